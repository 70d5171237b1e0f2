# A data directory that is lost comes back from the store, with its offsets; and nothing is made of
# a question that makes no sense.
start_server --store vault --rotate-messages 4
expect 0 "$DS" put demo/log --content-type text/plain
for i in 1 2 3 4 5; do expect 0 "$DS" append demo/log "line $i
"; done
"$DS" tail demo/log --from start --no-follow >before
one_is_there() { [ -n "$(find vault/stream -name '*.seg')" ]; }
wait_until one_is_there
tells 0 out 'backed up to ' "$DS" backup --data data --online --keep 1
expect 0 "$DS" append demo/log 'after the backup'
stop_server
mv data lost

tells 0 out 'the store has 1 stream' "$DS" restore --store vault --list
[ ! -e ds-data ] || fail 'a list made something'
tells 0 out 'ds serve --data data' "$DS" restore --store vault --data data
says out 'ds create-project NAME --data data' 'refuses everybody'
says out 'the server of the old one must not run any more'
tells 0 out 'all true' "$DS" inspect --data data --verify
says out "$PWD/vault"
# Whose projects it had nobody knows, so nobody is let in unless everybody is meant to be.
start_server
expect 5 "$DS" tail demo/log --from start --no-follow
stop_server
start_server --auth none
"$DS" tail demo/log --from start --no-follow >after
same before after
stop_server
tells 2 err 'is there already' "$DS" restore --store vault --data data

# From segments alone: up to the last message that was moved.
expect 0 "$DS" restore --store vault --data part --without-backup --json
[ "$(json out '[(s["name"], s["messages"]) for s in d["streams"]]')" = "[('demo/log', 4)]" ] ||
    fail "segments alone: $(cat out)"

tells 2 err '--store' "$DS" restore --data new
expect 2 "$DS" restore --data new --store none
for kind in '' --list; do
    # shellcheck disable=SC2086
    tells 2 err 'there is no folder ./nowhere' "$DS" restore --data new --store ./nowhere $kind
    tells 2 err 'no store of the kind dir:' "$DS" serve --data new --listen 127.0.0.1:0 --store dir:/x
done
[ ! -e nowhere ] || fail 'the folder of a store was made'
tells 2 err 'without a slash' "$DS" restore --data new --store vault --project a/b
[ ! -e new ] || fail 'something was made'
