# A token that was sent is told as refused, and why; a stream that was trimmed is not called deleted.
expect 0 "$DS" create-project shop --data data --json
secret=$(json out 'd["secret"]')
start_server
export DS_SECRET=$secret
good=$("$DS" token shop --scope write)
unset DS_SECRET
export DS_TOKEN=$good
expect 0 "$DS" put shop/a --content-type text
unset DS_TOKEN
expect 5 "$DS" tail shop/a
says err 'the server asks for a token; give it with --token or DS_TOKEN'
tells 5 err 'the server refused the token: it is none that' "$DS" tail shop/a --token abc
# Signed with this secret, and of a minute ago.
expired=$(python3 - "$secret" <<'P'
import base64, hashlib, hmac, json, sys, time
def part(data): return base64.urlsafe_b64encode(data).rstrip(b'=')
text = part(b'{"alg":"HS256","typ":"JWT"}') + b'.' + part(json.dumps(
    {'sub': 'shop', 'scope': 'read', 'exp': int(time.time()) - 60}).encode())
print((text + b'.' + part(hmac.new(sys.argv[1].encode(), text, hashlib.sha256).digest())).decode())
P
)
for words in 'tail shop/a' 'append shop/a x' 'put shop/b' 'head shop/a' 'rm shop/a'; do
    # shellcheck disable=SC2086
    expect 5 "$DS" $words --token "$expired"
    grep -qE 'the server refused the token: it expired 6[0-9] s ago; .*ds token shop --scope read' err ||
        fail "$words: $(cat err)"
done
elsewhere=$(DS_SECRET=$secret "$DS" token shop --scope write)
tells 5 err 'the project shop' "$DS" put demo/log --token "$elsewhere"
wrong=$(DS_SECRET='another secret, which is long enough' "$DS" token shop)
tells 5 err 'no key of the project shop there has signed it' "$DS" tail shop/a --token "$wrong"
stop_server

# Two of three segments go; what is left is read, and what is not there is told.
: >serve.out
"$DS" serve --data trimmed --listen 127.0.0.1:0 --rotate-messages 4 --retain-messages 4 >serve.out 2>>serve.log &
server_pid=$!
wait_until grep -q '^listening on ' serve.out
DS_URL=$(sed -n 's/^listening on //p' serve.out)
expect 0 "$DS" put demo/a --content-type json
expect 0 "$DS" tail demo/a --no-follow
[ ! -s err ] || fail "a stream that is whole is told as trimmed: $(cat err)"
for n in $(seq 1 12); do expect 0 "$DS" append demo/a "{\"n\":$n}"; done
is_trimmed() { "$DS" head demo/a --json >facts && [ "$(json facts 'd["earliestOffset"]')" = 0000000000000002_0000000000000000 ]; }
wait_until is_trimmed
expect 3 "$DS" tail demo/a --no-follow --from 0000000000000000_0000000000000000
says err 'no longer holds what was at that offset: retention has removed it'
says err 'ds tail demo/a --from 0000000000000002_0000000000000000'
grep -q deleted err && fail "told as deleted: $(cat err)"
expect 0 "$DS" tail demo/a --no-follow
[ "$(head -1 out)" = '{"n":9}' ] || fail "not what is left: $(cat out)"
says err 'stream demo/a begins at 0000000000000002_0000000000000000'
expect 0 "$DS" tail demo/a --no-follow --from now
[ ! -s err ] || fail "who asks for what comes is told of what was: $(cat err)"
stop_server
