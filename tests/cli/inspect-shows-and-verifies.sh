# What is known of a stream, a project and a directory, with and without a server; and a lie is
# told.
start_server --rotate-messages 2
expect 0 "$DS" put demo/log --content-type text/plain --ttl 3600
for i in 1 2 3 4 5; do expect 0 "$DS" append demo/log "$i"; done
expect 0 "$DS" put demo/fork --fork-from demo/log
expect 0 "$DS" put alone --content-type application/json
expect 0 "$DS" retention demo --messages 1000 --online --data data

look() {
    tells 0 out 'streams       3' "$DS" inspect --data data "$@"
    grep -qE '^  demo +2$' out || fail "projects: $(cat out)"
    tells 0 out demo/fork "$DS" inspect demo --data data "$@"
    says out demo/log
    tells 0 out 'content type  text/plain' "$DS" inspect demo/log --data data "$@"
    says out 'messages      5' '1h after the last use' 'keeps         1000 messages' 'forks         demo/fork'
    tells 0 out 'forked from   demo/log at ' "$DS" inspect demo/fork --data data "$@"
    expect 0 "$DS" inspect _default/alone --data data --json "$@"
    [ "$(json out 'd["content_type"], d["messages"]')" = "('application/json', 0)" ] ||
        fail "alone: $(cat out)"
    expect 0 "$DS" inspect demo --data data --json "$@"
    [ "$(json out 'len(d["streams"])')" = 2 ] || fail "demo: $(cat out)"
    tells 0 out 'all true' "$DS" inspect --verify --data data "$@"
    tells 3 err 'ds inspect' "$DS" inspect demo/none --data data "$@"
    expect 3 "$DS" inspect none --data data "$@"
    expect 2 "$DS" inspect 'no name' --data data "$@"
}
look --online
expect 0 "$DS" rotate --online --data data
look --online
stop_server
look

# One byte of a segment changes behind our back.
segment=$(find data/cold -name '*.seg' | sort | head -n 1)
printf 'X' | dd of="$segment" bs=1 seek=20 conv=notrunc 2>/dev/null
expect 1 "$DS" inspect --verify --data data
grep -q . err || fail 'the lie was not told'
expect 1 "$DS" inspect --verify --data data --json
[ "$(json out 'd["verified"] is None and len(d["lie"]) > 0')" = True ] || fail "lie: $(cat out)"
