# Limits are shown, set, replaced and forgotten, online and offline.
start_server
expect 0 "$DS" retention --data data --online
says out 'no limits are set'
expect 0 "$DS" retention demo --age 60 --bytes 1048576 --data data --online
says out '1m, 1.0 MiB'
expect 0 "$DS" retention demo/log --messages 5 --data data --online
stop_server
expect 0 "$DS" retention --data data --json
[ "$(json out '[(r["scope"], r["age_ms"], r["messages"]) for r in d["retention"]]')" = \
    "[('demo', 60000, 0), ('demo/log', 0, 5)]" ] || fail "limits: $(cat out)"
expect 0 "$DS" retention demo --messages 7 --data data
says out '7 messages'
expect 0 "$DS" retention demo/log --none --data data
says out 'no limits are set for demo/log'
expect 0 "$DS" retention --data data
says out 'demo   7 messages'
expect 2 "$DS" retention --age 5 --data data
expect 2 "$DS" retention demo --age 5 --none --data data
expect 2 "$DS" retention demo --bytes 0 --data data
expect 2 "$DS" retention 'no name' --data data
