# A load test starts a server for itself, and leaves nothing behind; what is wrong is said at once.
run=(--clients 6 --streams 2 --sse-ratio 0.5 --write-interval 100 --duration 1 --ramp-up 0)
# Settings of another server are not meant for the one that it starts.
DS_STORE=dir:elsewhere DS_LISTEN=127.0.0.1:1 TMPDIR=$PWD \
    expect 0 "$DS" loadtest "${run[@]}" --max-errors 0 --html page.html --quiet
says out 'Every budget was kept' 'an embedded server'
! grep -q 'BILL' out || fail 'a bill that nobody asked for'
grep -q '"bill":\[{' page.html || fail 'the page has no bill'
grep -q '</html>' page.html
[ "$(echo *)" = 'err out page.html' ] || fail "left behind: $(echo *)"
expect 0 "$DS" loadtest "${run[@]}" --json
[ "$(json out 'd["kept"] and d["sse"]["clients"] == 3 and d["delivery"]["gaps"] == 0')" = True ]
[ "$(json out 'len(d["bill"]) > 0')" = True ] || fail 'the document has no bill'
cp out one.json
expect 1 "$DS" loadtest --merge one.json --max-p99 0 --html sum.html
says out 'MISSED'
grep -q '</html>' sum.html
expect 2 "$DS" loadtest --merge one.json one.json
says err 'one.json and one.json are the same report'
expect 2 "$DS" loadtest --merge page.html
says err 'page.html: no report of ds loadtest --json that can be read'
expect 2 "$DS" loadtest --merge absent.json
says err 'absent.json'
expect 2 "$DS" loadtest --merge one.json --clients 5
says err '--clients is for a run'
expect 1 "$DS" loadtest "${run[@]}" --quiet --max-p99 0 --bill
says out '--max-p99'
says out 'BILL'

tells 2 err '--clients' "$DS" loadtest --clients 0
tells 2 err '--sse-ratio' "$DS" loadtest --sse-ratio 1.5
expect 2 "$DS" loadtest --min-hit many
says err 'many is no share; write it as 0.99 or 99%'
expect 2 "$DS" loadtest --project 'not a project'
says err '--project must be'
expect 2 "$DS" loadtest --html nowhere/page.html
says err 'there is no folder nowhere'
expect 2 "$DS" loadtest --url 127.0.0.1:4437
says err 'http://'
expect 2 "$DS" loadtest --start-at noon
says err 'want a time such as'
expect 2 "$DS" loadtest --start-at 2026-01-01T00:00:00Z
says err 'want a time within the next hour'
expect 6 "$DS" loadtest --url http://127.0.0.1:1
tells 2 err '--url' "$DS" loadtest cdn
tells 2 err 'did you mean: ds loadtest cdn' "$DS" loadtest cnd
tells 2 err '--concurrency' "$DS" loadtest cdn --url http://127.0.0.1:1 --concurrency 1

# A server that wants a token, and one that is no stream server.
expect 0 "$DS" create-project shop --data data
secret=$(sed -n '3s/ *//p' out)
start_server --auth projects
tells 5 err 'wants a token' "$DS" loadtest --url "$DS_URL" --project shop "${run[@]}"
tells 5 err 'refuses the token' "$DS" loadtest --url "$DS_URL" --project shop --token none "${run[@]}"
DS_SECRET=$secret expect 0 "$DS" loadtest --url "$DS_URL" --project shop "${run[@]}" --quiet --max-errors 0
expect 2 "$DS" loadtest --url "$DS_URL/v1/nothing" --project shop --secret "$secret" "${run[@]}"
says err 'there is no Durable Streams server at'
