# --create makes a stream that is not there, once there is something to append, and no other.
start_server
tells 3 err 'or add --create' "$DS" append make/a text
tells 3 err 'or add --create' "$DS" append make/a text --content-type text
expect 3 "$DS" publish make/a text
! grep -q -e --create err || fail "ds publish has no such option: $(cat err)"
tells 0 out 'created make/a, text/plain' "$DS" append make/a hello --create --content-type text
says out 'appended 5 bytes to make/a'
expect 0 "$DS" append make/a ' again' --create --content-type text/plain
! grep -q created out || fail 'it was made twice'
expect 0 "$DS" append make/a '!' --create
expect 0 "$DS" tail make/a --no-follow
[ "$(cat out)" = 'hello again!' ] || fail "it holds: $(cat out)"
# JSON line by line, out of a pipe.
printf '{"n":1}\n\n{"n":2}\n' >lines
expect 0 bash -c '"$DS" append make/json --lines --create --content-type json <lines'
says out 'appended 2 lines to make/json'
tells 0 out 'application/json' "$DS" head make/json
expect 0 "$DS" append make/quiet x --create --content-type text --quiet
[ ! -s out ] || fail "it is not quiet: $(cat out)"
# Made and closed at once.
tells 0 out 'closed make/done' "$DS" append make/done --create --content-type text --close --file /dev/null
# A stream with a lifetime of its own is as good as any.
expect 0 "$DS" put make/brief --content-type text --ttl 1h
expect 0 "$DS" append make/brief x --create --content-type text
# What is wrong makes nothing.
tells 2 err 'add --content-type text, json or bytes' "$DS" append make/b hello --create
tells 2 err 'there is nothing to append' "$DS" append make/b --create --content-type text --file /dev/null
expect 2 "$DS" append make/b --create --content-type text --file absent
expect 3 "$DS" head make/b
tells 4 err 'has another content type' "$DS" append make/a '{}' --create --content-type json
stop_server
expect 6 "$DS" append make/b hello --create --content-type text
