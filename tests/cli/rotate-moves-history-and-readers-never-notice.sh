# History moves to the store, by a server and without one; what is read stays the same.
start_server --rotate-messages 4
expect 0 "$DS" put demo/log --content-type text/plain
expect 0 "$DS" put demo/short --content-type text/plain
for i in $(seq 1 10); do expect 0 "$DS" append demo/log "line $i
"; done
expect 0 "$DS" append demo/short 'not full'
"$DS" tail demo/log --from start --no-follow >before

# Two segments are full, and move by themselves; what is open moves when it is asked for.
two_are_there() { "$DS" segments ls demo/log --online --data data --json >list && [ "$(json list 'len(d["segments"])')" = 2 ]; }
wait_until two_are_there
[ "$(json list '[s["messages"] for s in d["segments"]]')" = '[4, 4]' ] || fail "segments: $(cat list)"
tells 0 out 'would move 2 segments of 2 streams, 3 messages' "$DS" rotate --online --data data --dry-run
tells 0 out '2 segments,' "$DS" segments ls --online --data data
tells 0 out 'moved 1 segment of 1 stream, 2 messages' "$DS" rotate demo/log --online --data data
tells 0 out 'nothing to move' "$DS" rotate demo/log --online --data data
tells 3 err 'there is nothing called nope' "$DS" rotate nope --online --data data
tells 2 err 'leave out --store' "$DS" rotate demo/log --online --data data --store elsewhere
"$DS" tail demo/log --from start --no-follow >after
same before after

# The same without a server.
stop_server
[ ! -e data/admin.json ] || fail 'admin.json outlived its server'
expect 0 "$DS" rotate --data data --dry-run --json
[ "$(json out 'd["segments"]')" = 1 ] || fail "dry run: $(cat out)"
expect 0 "$DS" rotate --data data --json
[ "$(json out 'd["segments"], d["messages"]')" = '(1, 1)' ] || fail "rotation: $(cat out)"
tells 0 out 'nothing to move' "$DS" rotate demo --data data
expect 3 "$DS" rotate nope --data data
expect 0 "$DS" segments ls demo --data data --json
[ "$(json out 'sorted({s["stream"] for s in d["segments"]})')" = "['demo/log', 'demo/short']" ] ||
    fail "streams: $(cat out)"
start_server
"$DS" tail demo/log --from start --no-follow >after
same before after
stop_server
