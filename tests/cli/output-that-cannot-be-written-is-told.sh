# What nobody could read is not done, and a secret that was not shown is not there.
full() { # CODE COMMAND...: as expect, with standard output on a full disk
    local wanted=$1 code=0
    shift
    "$@" >/dev/full 2>err </dev/null || code=$?
    [ "$code" = "$wanted" ] || fail "exit code $code instead of $wanted from: $* ($(cat err))"
    says err 'write the output: No space left on device'
}
full 1 "$DS" --help
full 1 "$DS" --version
full 1 "$DS" tail --help
full 1 "$DS" completion bash
full 1 "$DS" proxy-config nginx --server-name a.example
full 1 "$DS" serve --print-config
full 1 "$DS" loadtest cost
full 1 "$DS" loadtest cost --json
full 1 "$DS" loadtest cost --print-prices
full 1 "$DS" create-project lost --data data
full 1 "$DS" create-project lost --data data --json
expect 0 "$DS" create-project shop --data data --json
secret=$(json out 'd["secret"]')
full 1 env DS_SECRET="$secret" "$DS" token shop
start_server
for how in '' --json; do
    # shellcheck disable=SC2086
    full 1 "$DS" create-project lost --data data --online $how
    expect 3 "$DS" project show lost --data data --online
    # shellcheck disable=SC2086
    full 1 "$DS" project keys shop add --data data --online $how
    expect 0 "$DS" project show shop --data data --online --json
    [ "$(json out 'len(d["keys"])')" = 1 ] || fail "a key that nobody knows is there: $(cat out)"
done
full 1 "$DS" inspect --data data --online
full 1 "$DS" project ls --data data --online
DS_TOKEN=$("$DS" token shop --scope manage --data data --online)
export DS_TOKEN
full 1 "$DS" put shop/a --content-type text
full 1 "$DS" append shop/a text
full 1 "$DS" tail shop/a --no-follow
full 1 "$DS" head shop/a
full 1 "$DS" backup --data data --online

# Descriptors that came closed are no files of our own.
code=0
"$DS" tail shop/a --no-follow >&- 2>err || code=$?
[ "$code" = 1 ] || fail "exit code $code of a tail without output"
says err 'write the output: Bad file descriptor'
for how in '' --lines --close '--file -'; do
    code=0
    # shellcheck disable=SC2086
    timeout 10 "$DS" append shop/a $how <&- >out 2>err || code=$?
    [ "$code" = 1 ] || fail "exit code $code of an append $how without input: $(cat err)"
    says err 'read the input: Bad file descriptor'
done
stop_server
: >serve.out
"$DS" serve --data data --listen "$server_listen" 2>&- >serve.out &
server_pid=$!
wait_until grep -q '^listening on ' serve.out
[ ! -s data/lock ] || fail "the log is in the lock: $(head -c 200 data/lock)"
stop_server
