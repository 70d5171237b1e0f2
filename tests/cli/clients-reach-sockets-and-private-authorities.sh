# A server on a socket of the Unix domain, and one whose certificate a private authority has signed.
start_at() { # URL-pattern OPTIONS...: as start_server, for another kind of address
    : >serve.out
    "$DS" serve --data data --listen "$@" >serve.out 2>>serve.log 3>&- &
    server_pid=$!
    wait_until grep -q '^listening on ' serve.out
}
socket=$PWD/ds.sock
start_at "unix:$socket"
export DS_URL=unix:$socket
expect 0 "$DS" put demo/a --content-type json
expect 0 "$DS" append demo/a '{"n":1}'
expect 0 "$DS" publish demo/a '{"n":2}'
expect 0 "$DS" tail demo/a --no-follow
[ "$(cat out)" = '{"n":1}
{"n":2}' ] || fail "not what was appended: $(cat out)"
expect 0 "$DS" head demo/a --url "unix:$socket"
expect 0 "$DS" estuary ls demo
expect 0 "$DS" rm demo/a
expect 2 "$DS" loadtest --url "unix:$socket" --clients 1 --streams 1 --duration 1
says err 'load tests go over the network'
stop_server
tells 6 err "no server answers at unix:$socket" "$DS" tail demo/a
tells 2 err 'unix:/run/ds/ds.sock' "$DS" tail demo/a --url unix:
tells 2 err 'http://' "$DS" tail demo/a --url ftp://x
unset DS_URL

# Several places at once: what comes in at one is seen at the other.
start_at 127.0.0.1:0 --listen "unix:$socket"
wait_until grep -q '^listening on unix:' serve.out
url=$(sed -n 's/^listening on \(http.*\)/\1/p' serve.out)
expect 0 "$DS" put demo/b --content-type text --url "$url"
expect 0 "$DS" append demo/b hello --url "unix:$socket"
expect 0 "$DS" tail demo/b --no-follow --url "$url"
[ "$(cat out)" = hello ] || fail "not what was appended: $(cat out)"
# Who cannot have all of them takes none.
expect 1 "$DS" serve --data other --listen 127.0.0.1:0,unix:other.sock --listen "unix:$socket"
says err 'another server listens there'
[ ! -e other.sock ] || fail 'a socket was left behind'
stop_server
[ ! -e "$socket" ] || fail 'a socket was left behind'

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -keyout ca.key -out ca.pem -subj '/CN=a private authority' 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key \
    -out server.csr -subj '/CN=127.0.0.1' 2>/dev/null
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
    -extfile <(echo 'subjectAltName=IP:127.0.0.1') -out server.pem 2>/dev/null
start_at 127.0.0.1:0 --tls-cert server.pem --tls-key server.key
url=$(sed -n 's/^listening on //p' serve.out)
unset SSL_CERT_FILE
tells 6 err 'not signed by an authority known here' "$DS" put demo/b --url "$url"
says err 'name it with --ca-file'
expect 0 "$DS" put demo/b --url "$url" --ca-file ca.pem
DS_CA_FILE=ca.pem expect 0 "$DS" append demo/b x --url "$url"
SSL_CERT_FILE=ca.pem expect 0 "$DS" tail demo/b --no-follow --url "$url"
expect 0 "$DS" loadtest --url "$url" --ca-file ca.pem --clients 2 --streams 1 --duration 1 --ramp-up 0
tells 2 err 'there is no file nowhere.pem' "$DS" head demo/b --url "$url" --ca-file nowhere.pem
# Who is known, but for another name, is not helped by more authorities.
expect 6 "$DS" head demo/b --url "${url/127.0.0.1/localhost}" --ca-file ca.pem
grep -q -- '--ca-file' err && fail "advice that leads astray: $(cat err)"
stop_server
