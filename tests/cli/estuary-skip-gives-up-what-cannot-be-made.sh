# Copies that cannot be made: the server lives and says so, offline tools open the directory, and
# ds estuary skip ends it, online and offline.
start_server
"$DS" put shop/orders --content-type text/plain >/dev/null
subscribe() {
    curl -sf -H 'Content-Type: application/json' "$DS_URL/v1/estuary/subscribe/shop/orders" \
        -d "{\"estuaryId\":\"$1\"}" >/dev/null
}
subscribe broken
subscribe well
stop_server

# No row of one estuary can be written any more.
trigger() {
    python3 - "$1" <<'END'
import sqlite3, sys
lane = sqlite3.connect('data/lane-0.db')
if sys.argv[1] == 'on':
    [id] = lane.execute("SELECT id FROM stream WHERE name = 'shop/broken'").fetchone()
    lane.execute(f"CREATE TRIGGER refuse BEFORE INSERT ON log_0 WHEN NEW.stream = {id} "
                 "BEGIN SELECT RAISE(ABORT, 'not this row'); END")
else:
    lane.execute('DROP TRIGGER refuse')
lane.commit()
END
}
post() {
    curl -s -o answer -w '%{http_code}' -H 'Content-Type: text/plain' \
        "$DS_URL/v1/stream/shop/orders" -d "$1"
}
is_taken() { [ "$(post "$1")" = 204 ]; }
is_aside() { "$DS" inspect --online --data data | grep -q 'set aside'; }
trigger on
start_server
[ "$(post first)" = 503 ] || fail "the row was written: $(cat answer)"
wait_until is_taken 'one;'
wait_until is_aside
says serve.log fanout.set_aside
expect 0 "$DS" inspect --online --data data
says out 'copies of shop/orders from 0000000000000000_0000000000000000 on: not this row'
says out 'ds estuary skip STREAM'
expect 0 "$DS" inspect --online --data data --json
json out 'd["set_aside"][0]["stream"]' | grep -qx shop/orders
is_taken 'two;' || fail "the owner's append was refused: $(cat answer)"

# The directory opens without the server, too.
stop_server
expect 0 "$DS" inspect --data data --verify
expect 0 "$DS" segments gc --data data
expect 0 "$DS" rotate --data data
expect 0 "$DS" backup --data data
expect 2 "$DS" estuary skip 'no stream' --data data
expect 3 "$DS" estuary skip shop/nothing --data data
expect 0 "$DS" estuary skip shop/orders --data data
says out 'gave up the copies of shop/orders from 0000000000000000_0000000000000000 on'
tells 0 out 'shop/orders owes no copies' "$DS" estuary skip shop/orders --data data
expect 0 "$DS" inspect --data data
! grep -q 'set aside' out || fail "it is still set aside"

# Online, and what came to the others is not lost.
start_server
wait_until is_taken 'three;'
wait_until is_aside
expect 0 "$DS" estuary skip shop/orders --online --data data --json
json out 'd["from"]' | grep -qE '^[0-9]{16}_[0-9]{16}$'
stop_server
trigger off
start_server
is_taken 'last;' || fail "it is refused: $(cat answer)"
is_there() { "$DS" tail shop/broken --no-follow | grep -q 'last;'; }
wait_until is_there
tells 0 out 'missed before' "$DS" estuary show shop/broken
expect 0 "$DS" inspect --data data --online --verify
stop_server
