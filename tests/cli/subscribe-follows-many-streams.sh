# Many streams through one estuary: names, clean-up at the end, --keep, and mistakes.
start_server
"$DS" put shop/orders --content-type application/json >/dev/null
"$DS" put shop/notes --content-type text/plain >/dev/null
"$DS" put shop/blobs >/dev/null

# bash lets background jobs ignore SIGINT; a shell with job control does not.
follow() {
    set -m
    "$DS" subscribe "$@" >seen 2>said &
    follower=$!
    set +m
}
interrupt() {
    kill -INT "$follower"
    code=0
    wait "$follower" || code=$?
    [ "$code" = 130 ] || fail "exit code $code after SIGINT: $(cat said)"
}
is_subscribed() { curl -sf "$DS_URL/v1/estuary/shop/$1" >estuary.json && grep -q "\"streamId\":\"$2\"" estuary.json; }

follow shop/inbox shop/orders shop/notes shop/blobs
wait_until is_subscribed inbox blobs
"$DS" publish shop/orders '[{"n":1},{"n":2}]' >out
says out 'published 17 bytes to shop/orders'
says out '; 1 subscriber'
printf 'two\nlines' | "$DS" publish shop/notes >out
printf '\x00\xff' | "$DS" publish shop/blobs --file - >out
wait_until grep -q '^blobs: ' seen
cat >wanted <<'END'
orders: {"n":1}
orders: {"n":2}
notes: two
notes: lines
blobs: (base64) AP8=
END
same seen wanted
interrupt
tells 3 err 'ds subscribe shop/inbox' "$DS" estuary show shop/inbox

# What was there before stays, and --keep keeps the rest.
follow shop/inbox shop/orders --keep
wait_until is_subscribed inbox orders
interrupt
says said 'go on with: ds subscribe shop/inbox --keep --from'
"$DS" publish shop/orders '{"n":3}' >out
follow shop/inbox shop/notes --from start --json
wait_until is_subscribed inbox notes
wait_until grep -q '"n' seen
"$DS" append shop/notes 'hello' >/dev/null
wait_until grep -q 'hello' seen
interrupt
json <(sed -n 1p seen) 'd["stream"]' | grep -qx orders
is_subscribed inbox orders
! is_subscribed inbox notes || fail "notes are still subscribed"
tells 0 out 'inbox' "$DS" estuary ls shop
tells 0 out 'in envelopes' "$DS" estuary show shop/inbox
tells 0 out 'unsubscribed shop/inbox from shop/orders' "$DS" unsubscribe shop/inbox shop/orders
tells 0 out 'shop/inbox was not subscribed to shop/orders' "$DS" unsubscribe shop/inbox shop/orders
expect 0 "$DS" estuary rm shop/inbox
expect 3 "$DS" estuary rm shop/inbox
says err 'there is no estuary shop/inbox; see them with: ds estuary ls shop'

# One that is removed while it is read is gone, and collects nothing.
for keep in '' --keep; do
    # shellcheck disable=SC2086
    "$DS" subscribe shop/brief shop/orders $keep >brief 2>brief.err &
    reader=$!
    wait_until is_subscribed brief orders
    expect 0 "$DS" publish shop/orders '{"n":0}'
    wait_until grep -q '"n"' brief
    expect 0 "$DS" estuary rm shop/brief
    code=0
    wait "$reader" || code=$?
    [ "$code" = 3 ] || fail "it ended with $code: $(cat brief.err)"
    says brief.err 'the estuary shop/brief is gone' 'ds subscribe shop/brief STREAM...'
    ! grep -q 'ds put\|goes on' brief.err || fail "led astray: $(cat brief.err)"
done

# Mistakes are told, and change nothing.
tells 3 err 'does not exist' "$DS" subscribe shop/other shop/absent
expect 3 "$DS" estuary show shop/other
tells 2 err 'another project' "$DS" subscribe shop/other other/orders
tells 3 err 'there is no estuary' "$DS" subscribe shop/other
tells 4 err 'stream shop/orders is there, and is no estuary' "$DS" subscribe shop/orders shop/notes
expect 3 "$DS" publish shop/absent x
expect 2 "$DS" publish shop/orders ''
tells 2 err 'ls' "$DS" estuary drop shop/inbox
stop_server
