# Every way to go wrong has its stable exit code, and a message that says how to go on.
start_server
expect 2 "$DS"
expect 2 "$DS" tial
says err 'did you mean: ds tail'
for words in 'ls:ds inspect PROJECT --online' 'list:ds inspect PROJECT' 'get:ds tail STREAM' \
    'cat:ds tail STREAM' 'info:ds head STREAM' 'status:ds inspect --online' 'delete:ds rm STREAM' \
    'del:ds rm STREAM' 'create:ds put STREAM'; do
    expect 2 "$DS" "${words%%:*}" demo/a
    says err "that is: ${words#*:}"
done
expect 2 "$DS" put ok/x --content-type jsn
says err 'application/json, or json, text'
expect 2 "$DS" retention ok --age 7x
says err '7x is no time; write it as 90s, 15m, 12h or 7d'
expect 2 "$DS" --verison
expect 2 "$DS" tail x --form now
says err 'did you mean --from'
expect 2 "$DS" tail
says err 'ds tail --help'
expect 2 "$DS" put 'bad name/x'
expect 2 "$DS" put ok/x --ttl 5 --expires-at 2030-01-01T00:00:00Z
expect 2 "$DS" put ok/x --ttl -5
expect 2 "$DS" put ok/x --fork-offset 0000000000000000_0000000000000000
expect 2 "$DS" tail ok/x --url 127.0.0.1:4437
says err 'http://127.0.0.1:4437'
expect 2 "$DS" append ok/x --file absent
expect 3 "$DS" append no/such text
says err 'create it with: ds put no/such'
expect 3 "$DS" tail no/such
says err 'ds put no/such'
expect 3 "$DS" put ok/fork --fork-from ok/absent
[ "$(cat err)" = 'ds: the stream to fork from does not exist' ] || fail "said twice: $(cat err)"
expect 2 "$DS" put ok/never --ttl 0s
says err 'would be gone at once'
expect 2 "$DS" put ok/never --expires-at 2001-01-01T00:00:00Z
says err 'would be gone at once'
expect 2 "$DS" put ok/never --expires-at tomorrow
says err '--expires-at: tomorrow is no instant'
expect 0 "$DS" put ok/x --content-type text/plain
expect 4 "$DS" put ok/x --content-type application/json
expect 4 "$DS" append ok/x --content-type application/json '{}'
expect 4 "$DS" put ok/other --fork-from ok/x --content-type json
says err 'stream ok/x holds text/plain, and a fork has its source'
expect 2 "$DS" put ok/other --fork-from ok/x --fork-offset 0000000000000009_0000000000000000
says err '--fork-offset: '
expect 0 "$DS" append ok/x 'the end' --close
expect 4 "$DS" append ok/x more
says err '--fork-from ok/x'
expect 2 "$DS" tail ok/x --from nowhere
says err '--from start'
expect 6 "$DS" tail ok/x --url http://bob:PASSWORD@127.0.0.1:1
says err 'http://bob:***@127.0.0.1:1'
grep -q PASSWORD err && fail "a password is shown: $(cat err)"
stop_server
expect 6 "$DS" tail ok/x
says err 'start one with: ds serve'
expect 6 "$DS" append ok/x text --content-type text/plain
