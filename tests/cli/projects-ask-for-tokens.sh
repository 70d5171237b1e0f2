# Projects are made, changed and forgotten, offline and online; tokens open what they should.
tells 0 out 'its secret, shown this once' "$DS" create-project shop --data data
says out '"sub":"shop"'
secret=$(sed -n '3s/ *//p' out)
[ "${#secret}" -ge 32 ] || fail "the secret is short: $secret"
[ "$(stat -c %a data/projects.db)" = 600 ] || fail "others may read the keys"
tells 4 err 'there is a project shop already' "$DS" create-project shop --data data
expect 2 "$DS" create-project 'no name' --data data
expect 3 "$DS" project show nobody --data data

start_server
tells 5 err '--online' "$DS" create-project late --data data
expect 0 "$DS" create-project late --data data --online --json
[ "$(json out 'd["name"]')" = late ] || fail "no project: $(cat out)"
# What is to be tried names the server that runs.
tells 0 out "$DS_URL/v1/stream/tried/hello" "$DS" create-project tried --data data --online
expect 0 "$DS" project rm tried --data data --online
tells 0 out 'late' "$DS" project ls --data data --online
says out 'with a token'

# Nobody without a token; with one, what its scope allows.
expect 5 "$DS" put shop/orders
expect 0 "$DS" token shop --scope write --data data --online
DS_TOKEN=$(cat out)
export DS_TOKEN
expect 0 "$DS" put shop/orders --content-type text/plain
expect 0 "$DS" append shop/orders 'first words'
tells 0 out 'first words' "$DS" tail shop/orders --no-follow
expect 5 "$DS" put late/orders
unset DS_TOKEN
expect 0 "$DS" token shop --stream orders --expires-in 60 --data data --online
tells 0 out 'orders' "$DS" token --explain "$(cat out)"
grep -qE 'in (60|5[0-9]) s' out || fail "not for a minute: $(cat out)"
# Named as everywhere else, it is the same stream, and what was taken is told.
expect 0 "$DS" token shop --stream shop/orders --data data --online
says err 'taken as the stream orders of the project shop'
cp out minted
expect 0 "$DS" token --explain "$(cat minted)"
grep -qE '^stream +orders$' out || fail "not for the stream orders: $(cat out)"
expect 0 "$DS" tail shop/orders --no-follow --token "$(cat minted)"
expect 2 "$DS" token --explain 'no token'
expect 2 "$DS" token

# Keys turn without a gap; the last one stays.
tells 0 out 'the new secret, shown this once' "$DS" project keys shop add --data data --online
expect 0 "$DS" project show shop --data data --online --json
old=$(json out 'd["keys"][1]')
[ "$(grep -cF -e "$secret" out)" = 0 ] || fail "a secret is shown again"
expect 0 "$DS" project keys shop rm "$old" --data data --online
expect 0 "$DS" project show shop --data data --online --json
last=$(json out 'd["keys"][0]')
tells 4 err 'Cannot remove the last signing key' "$DS" project keys shop rm "$last" --data data --online
expect 3 "$DS" project keys shop rm 00000000 --data data --online
printf 'a secret of our own, long enough\n' >own
expect 0 "$DS" project keys shop add --secret-file own --data data --online
[ "$(grep -c 'of our own' out)" = 0 ] || fail "a secret that was given is shown"

# Settings count at once.
expect 0 "$DS" project privacy shop public --data data --online
tells 0 out 'first words' "$DS" tail shop/orders --no-follow
expect 0 "$DS" project privacy shop private --data data --online
expect 5 "$DS" tail shop/orders --no-follow
tells 0 out 'https://shop.example' "$DS" project cors shop add https://shop.example --data data --online
expect 2 "$DS" project cors shop add shop.example --data data --online
expect 0 "$DS" project cors shop rm https://shop.example --data data --online
expect 0 "$DS" project cache shop private --data data --online
expect 0 "$DS" project tokens shop query on --data data --online
tells 0 out 'rk_' "$DS" project reader-key shop orders --data data --online
expect 0 "$DS" project reader-key shop shop/orders --data data --online
expect 3 "$DS" project reader-key shop nothing --data data --online
expect 2 "$DS" project privacy shop maybe --data data --online
expect 2 "$DS" project keys --data data --online
expect 0 "$DS" project rm late --data data --online
stop_server
expect 0 "$DS" project ls --data data --json
[ "$(json out '[p["name"] for p in d["projects"]]')" = "['shop']" ] || fail "projects: $(cat out)"
grep -qF -e "$secret" serve.log && fail "a secret is in the log"

# A record of the hosted system.
printf '{"signingSecret":"old and short","isPublic":true}' >record.json
expect 0 "$DS" create-project moved --import record.json --data data
tells 0 out 'yes' "$DS" project show moved --data data
