# Limits are shown, set, replaced and forgotten, online and offline.
start_server
tells 0 out 'no limits are set' "$DS" retention --data data --online
tells 0 out '1m, 1.0 MiB' "$DS" retention demo --age 60 --bytes 1048576 --data data --online
expect 0 "$DS" retention demo/log --messages 5 --data data --online
stop_server
expect 0 "$DS" retention --data data --json
[ "$(json out '[(r["scope"], r["age_ms"], r["messages"]) for r in d["retention"]]')" = \
    "[('demo', 60000, 0), ('demo/log', 0, 5)]" ] || fail "limits: $(cat out)"
tells 0 out '7 messages' "$DS" retention demo --messages 7 --data data
tells 0 out 'no limits are set for demo/log' "$DS" retention demo/log --none --data data
tells 0 out 'demo   7 messages' "$DS" retention --data data
expect 2 "$DS" retention --age 5 --data data
expect 2 "$DS" retention demo --age 5 --none --data data
expect 2 "$DS" retention demo --bytes 0 --data data
expect 2 "$DS" retention 'no name' --data data
