# A line that is no JSON stops the append, is named by its number, and what came before it is there.
start_server
"$DS" put json/bad --content-type application/json
printf '{"a":1}\n[2]\n1,2\n"never"\n' >input
tells 2 err 'line 3' "$DS" append json/bad --lines --file input
says err '2 lines before that were appended'
expect 0 "$DS" tail json/bad --no-follow
[ "$(cat out)" = $'{"a":1}\n[2]' ] || fail "tail printed: $(cat out)"
