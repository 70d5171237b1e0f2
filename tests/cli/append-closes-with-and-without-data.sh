# --close closes after the data, in the same request; without input it only closes.
start_server
"$DS" put close/data --content-type text/plain
tells 0 out 'closed it' "$DS" append close/data 'the end' --close
expect 0 "$DS" tail close/data
[ "$(cat out)" = 'the end' ] || fail "tail printed: $(cat out)"
"$DS" put close/only --content-type text/plain
tells 0 out 'closed close/only' "$DS" append close/only --close
expect 0 "$DS" append close/only --close
expect 0 "$DS" tail close/only
[ ! -s out ] || fail "tail printed: $(cat out)"
tells 2 err 'nothing to append' "$DS" append close/only
