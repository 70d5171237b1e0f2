# --close closes after the data, in the same request; without input it only closes.
start_server
"$DS" put close/data --content-type text/plain
expect 0 "$DS" append close/data 'the end' --close
says out 'closed it'
expect 0 "$DS" tail close/data
[ "$(cat out)" = 'the end' ] || fail "tail printed: $(cat out)"
"$DS" put close/only --content-type text/plain
expect 0 "$DS" append close/only --close
says out 'closed close/only'
expect 0 "$DS" append close/only --close
expect 0 "$DS" tail close/only
[ ! -s out ] || fail "tail printed: $(cat out)"
expect 2 "$DS" append close/only
says err 'nothing to append'
