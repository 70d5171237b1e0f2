# Quietly when its reader goes away, with 130 after Ctrl-C, with 3 when the stream is gone.
start_server
"$DS" put end/quiet --content-type text/plain
seq 1 100000 | "$DS" append end/quiet --lines
code=0
(set -o pipefail; "$DS" tail end/quiet 2>err | head -n 1 >out) || code=$?
[ "$code" = 0 ] || fail "exit code $code into head"
[ ! -s err ] || fail "it complained: $(cat err)"
[ "$(cat out)" = 1 ] || fail "head printed: $(cat out)"

# bash lets background jobs ignore SIGINT; a shell with job control does not.
set -m
"$DS" tail end/quiet >seen &
tail=$!
set +m
wait_until has_size seen 588895
kill -INT "$tail"
code=0
wait "$tail" || code=$?
[ "$code" = 130 ] || fail "exit code $code after SIGINT"

"$DS" put end/gone --content-type text/plain
"$DS" append end/gone 'x'
"$DS" tail end/gone >seen 2>err &
tail=$!
wait_until has_size seen 1
curl -sS -X DELETE "$DS_URL/v1/stream/end/gone"
code=0
wait "$tail" || code=$?
[ "$code" = 3 ] || fail "exit code $code after DELETE"
says err 'does not exist'
