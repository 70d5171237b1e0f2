# A server that takes less at once than a batch of lines gets smaller ones; a line that is too large
# on its own is named, and what came before it is there.
start_server --max-body 4k
seq 1 5000 >numbers
for type in text json; do
    expect 0 "$DS" put "fit/$type" --content-type "$type"
    tells 0 out 'appended 5000 lines' "$DS" append "fit/$type" --lines --file numbers --close
    says out 'and closed it'
    expect 0 "$DS" tail "fit/$type" --no-follow
    same numbers out
    expect 0 "$DS" put "fit/long-$type" --content-type "$type"
    { echo && seq 1 10 && head -c 5000 /dev/zero | tr '\0' 7 && echo && seq 1 10; } >long
    tells 5 err 'line 12: ' "$DS" append "fit/long-$type" --lines --file long
    says err '--max-body'
done
says err '10 lines before that were appended'
expect 0 "$DS" tail fit/long-json --no-follow
seq 1 10 >ten
same ten out
stop_server
