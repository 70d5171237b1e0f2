# A directory is opened by one at a time: the others are told whom to ask. Nothing is made by a
# typo, and a server that was killed is told from one that runs.
tells 2 err '--data' "$DS" inspect --data absent
expect 2 "$DS" rotate --data absent --online
expect 2 "$DS" segments import x --content-type text/plain --data absent
[ ! -e absent ] || fail 'a typo made a directory'

start_server
[ "$(stat -c %a data/admin.json)" = 600 ] || fail "mode $(stat -c %a data/admin.json)"
for command in rotate inspect 'segments ls' 'segments gc' backup retention \
    'segments import x --content-type text/plain'; do
    tells 5 err '--online' "$DS" $command --data data
done
tells 2 err 'leave out --online' "$DS" segments import x --content-type text/plain --data data --online
tells 0 out 'streams       0' "$DS" inspect --data data --online

# Its port is for those who may read the file.
url=$(json data/admin.json 'd["url"]')
post() { curl -s -o /dev/null -w '%{http_code}' -d '{}' "$@"; }
[ "$(post "$url/v1/admin/inspect")" = 401 ] || fail 'no token'
[ "$(post -H 'Authorization: Bearer x' "$url/v1/admin/inspect")" = 401 ] || fail 'a wrong token'
[ "$(post -H "Authorization: Bearer $(json data/admin.json 'd["token"]')" "$url/v1/admin/inspect")" = 200 ] ||
    fail 'the right token'

stop_server KILL
[ -e data/admin.json ] || fail 'who removed it?'
tells 6 err "name the server's directory with --data" "$DS" inspect --data data --online
expect 0 "$DS" inspect --data data
start_server --admin-listen none
[ ! -e data/admin.json ] || fail 'a stale admin.json was left'
expect 6 "$DS" inspect --data data --online
stop_server
tells 2 err '127.0.0.1:0' "$DS" serve --data data --admin-listen 0.0.0.0:0
