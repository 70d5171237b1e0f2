# Who has the administrator's token needs no shell on the server's machine.
export DS_ADMIN_TOKEN=the-token-of-the-administrator
start_server --auth projects
url=$DS_URL
unset DS_URL
at() { "$DS" "$@" --url "$url"; }

tells 0 out 'there are no projects' at project ls
expect 0 at create-project shop
secret=$(sed -n '/^its secret/{n;s/^ *//p}' out)
[ ${#secret} = 43 ] || fail "no secret: $(cat out)"
says out "--url $url"
[ ! -e ds-data ] || fail 'a data directory was made here'
expect 4 at create-project shop
expect 0 at project ls
grep -qE '^shop ' out || fail "not listed: $(cat out)"
expect 0 at token shop --scope manage --expires-in 1h
token=$(cat out)
expect 0 env DS_TOKEN="$token" "$DS" put shop/orders --content-type json --url "$url"

# Who has the secret needs no server.
expect 0 env -u DS_ADMIN_TOKEN DS_SECRET="$secret" "$DS" token shop --scope write
expect 0 "$DS" append shop/orders '{"n":1}' --url "$url" --token "$(cat out)"
echo "$secret" >secret
expect 0 "$DS" token shop --secret-file secret --stream orders
expect 0 "$DS" tail shop/orders --no-follow --url "$url" --token "$(cat out)"
expect 2 "$DS" token 'no name' --secret-file secret

expect 0 at project cors shop add https://shop.example
expect 0 at project cors shop add https://shop.example
expect 0 at project tokens shop query on
tells 0 out 'https://shop.example' at project show shop
grep -qE '^token in URL +yes$' out || fail "not set: $(cat out)"
expect 0 at project cors shop rm https://shop.example
expect 3 at project cors shop rm https://shop.example
expect 0 at project privacy shop public
expect 0 at project cache shop private
tells 0 out 'rk_' at project reader-key shop orders

expect 0 at project keys shop add
first=$(grep -E '^keys ' out | grep -oE '[0-9a-f]{8}$')
expect 0 at project keys shop rm "$first"
expect 3 at project keys shop rm "$first"
expect 5 env DS_TOKEN="$token" "$DS" put shop/more --url "$url"
last=$("$DS" project show shop --url "$url" | grep -E '^keys ' | grep -oE '[0-9a-f]{8}$')
tells 4 err 'Cannot remove the last signing key' at project keys shop rm "$last"

expect 0 at retention shop --age 7d --bytes 1GiB
expect 0 at retention --json
[ "$(json out 'd["retention"]')" = "[{'scope': 'shop', 'age_ms': 604800000, 'bytes': 1073741824, 'messages': 0}]" ] ||
    fail "$(cat out)"
expect 0 at retention shop/orders --messages 5
expect 0 at retention shop --none
expect 0 "$DS" retention --data data --online --json
[ "$(json out '[r["scope"] for r in d["retention"]]')" = "['shop/orders']" ] || fail "$(cat out)"

# A manager of the project does what is the project's; the rest is the administrator's.
token=$("$DS" token shop --scope manage --url "$url")
manage() { env -u DS_ADMIN_TOKEN DS_TOKEN="$token" "$DS" "$@" --url "$url"; }
expect 0 manage project cache shop shared
tells 5 err "that takes the administrator's token" manage project rm shop
expect 5 manage retention shop
tells 5 err 'DS_ADMIN_TOKEN' env -u DS_ADMIN_TOKEN "$DS" project ls --url "$url"
expect 5 env DS_ADMIN_TOKEN=another-token-altogether "$DS" project ls --url "$url"
says err 'the server refused the token'

expect 0 at project rm shop
expect 3 at project show shop
expect 2 "$DS" project ls --url "$url" --online
stop_server
expect 6 at project ls

# Without a store nothing is asked of one: whoever signs tokens needs none of its keys.
DS_STORE=s3://nobody/there DS_STORE_ENDPOINT=http://127.0.0.1:9 expect 0 "$DS" create-project late --data data
expect 0 "$DS" token late --data data
