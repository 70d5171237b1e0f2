# A line that is written to the pipe arrives while the pipe stays open.
start_server
"$DS" put live/log --content-type text/plain
"$DS" tail live/log >seen &
mkfifo pipe
"$DS" append live/log --lines <pipe >appended &
append=$!
exec 3>pipe
printf 'first\n' >&3
wait_until has_size seen 6
printf 'second\n' >&3
wait_until has_size seen 13
exec 3>&-
wait "$append"
says appended 'appended 2 lines to live/log'
