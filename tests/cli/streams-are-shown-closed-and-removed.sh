# head, close and rm do what they say, to one stream or to several, and say what they could not do.
start_server
for stream in demo/a demo/b demo/c; do
    expect 0 "$DS" put "$stream" --content-type text --ttl 1h
done
expect 0 "$DS" append demo/a hello

expect 0 "$DS" head demo/a
grep -qE '^stream +demo/a$' out || fail "no name: $(cat out)"
grep -qE '^content type +text/plain$' out || fail "no type: $(cat out)"
grep -qE '^closed +no$' out || fail "not open: $(cat out)"
grep -qE '^lives +1h after it was last used$' out || fail "no lifetime: $(cat out)"
expect 0 "$DS" head demo/a demo/b --json
[ "$(wc -l <out)" = 2 ] || fail "two lines for two streams: $(cat out)"
head -1 out >first
[ "$(json first 'd["stream"], d["contentType"], d["closed"], d["ttl"]')" = \
    "('demo/a', 'text/plain', False, '3600')" ] || fail "$(cat first)"
offset=$(json first 'd["nextOffset"]')
expect 0 "$DS" tail demo/a --no-follow --from "$offset"
[ ! -s out ] || fail "the next offset is not at the end: $(cat out)"

tells 0 out "closed demo/a, next offset $offset" "$DS" close demo/a
expect 0 "$DS" close demo/a
expect 0 "$DS" head demo/a
grep -qE '^closed +yes$' out || fail "not closed: $(cat out)"
expect 4 "$DS" append demo/a more
expect 0 "$DS" tail demo/a
[ "$(cat out)" = hello ] || fail "what it holds is lost: $(cat out)"

# What cannot be done is told, and the others are done.
tells 3 err 'stream demo/nowhere does not exist' "$DS" close demo/nowhere demo/b
says out 'closed demo/b'
tells 3 out 'removed demo/a' "$DS" rm demo/a demo/nowhere demo/b
says out 'removed demo/b'
says err 'stream demo/nowhere does not exist'
expect 3 "$DS" head demo/a
expect 0 "$DS" head demo/c
# A name that is none changes nothing.
expect 2 "$DS" rm demo/c 'no name/x'
expect 0 "$DS" head demo/c
expect 2 "$DS" rm
stop_server
expect 6 "$DS" rm demo/c demo/d
[ "$(wc -l <err)" = 1 ] || fail "it is told once that nobody answers: $(cat err)"
