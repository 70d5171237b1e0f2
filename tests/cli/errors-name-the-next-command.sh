# Every way to go wrong has its stable exit code, and a message that says how to go on.
start_server
expect 2 "$DS"
tells 2 err 'did you mean: ds tail' "$DS" tial
for words in 'ls:ds inspect PROJECT --online' 'list:ds inspect PROJECT' 'get:ds tail STREAM' \
    'cat:ds tail STREAM' 'info:ds head STREAM' 'status:ds inspect --online' 'delete:ds rm STREAM' \
    'del:ds rm STREAM' 'create:ds put STREAM'; do
    tells 2 err "that is: ${words#*:}" "$DS" "${words%%:*}" demo/a
done
tells 2 err 'application/json, or json, text' "$DS" put ok/x --content-type jsn
expect 2 "$DS" retention ok --age 7x
says err '7x is no time; write it as 90s, 15m, 12h or 7d'
expect 2 "$DS" --verison
tells 2 err 'did you mean --from' "$DS" tail x --form now
tells 2 err 'ds tail --help' "$DS" tail
expect 2 "$DS" put 'bad name/x'
expect 2 "$DS" put ok/x --ttl 5 --expires-at 2030-01-01T00:00:00Z
expect 2 "$DS" put ok/x --ttl -5
expect 2 "$DS" put ok/x --fork-offset 0000000000000000_0000000000000000
tells 2 err 'http://127.0.0.1:4437' "$DS" tail ok/x --url 127.0.0.1:4437
expect 2 "$DS" append ok/x --file absent
tells 3 err 'create it with: ds put no/such' "$DS" append no/such text
tells 3 err 'ds put no/such' "$DS" tail no/such
expect 3 "$DS" put ok/fork --fork-from ok/absent
[ "$(cat err)" = 'ds: the stream to fork from does not exist' ] || fail "said twice: $(cat err)"
tells 2 err 'would be gone at once' "$DS" put ok/never --ttl 0s
tells 2 err 'would be gone at once' "$DS" put ok/never --expires-at 2001-01-01T00:00:00Z
tells 2 err '--expires-at: tomorrow is no instant' "$DS" put ok/never --expires-at tomorrow
expect 0 "$DS" put ok/x --content-type text/plain
expect 4 "$DS" put ok/x --content-type application/json
expect 4 "$DS" append ok/x --content-type application/json '{}'
expect 4 "$DS" put ok/other --fork-from ok/x --content-type json
says err 'stream ok/x holds text/plain, and a fork has its source'
tells 2 err '--fork-offset: ' "$DS" put ok/other --fork-from ok/x --fork-offset 0000000000000009_0000000000000000
expect 0 "$DS" append ok/x 'the end' --close
tells 4 err '--fork-from ok/x' "$DS" append ok/x more
tells 2 err '--from start' "$DS" tail ok/x --from nowhere
tells 6 err 'http://bob:***@127.0.0.1:1' "$DS" tail ok/x --url http://bob:PASSWORD@127.0.0.1:1
grep -q PASSWORD err && fail "a password is shown: $(cat err)"
stop_server
tells 6 err 'start one with: ds serve' "$DS" tail ok/x
expect 6 "$DS" append ok/x text --content-type text/plain
