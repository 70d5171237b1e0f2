# Orphans are found, listed by a dry run, and removed once the grace time is over.
start_server --rotate-messages 1
expect 0 "$DS" put demo/log --content-type text/plain
expect 0 "$DS" append demo/log one
expect 0 "$DS" rotate --online --data data
stop_server
there=$(find data/cold -name '*.seg')
# Of a stream that there is not.
folder=$(dirname "$there")
orphan=${folder%-1}-99/${there##*/}
mkdir "$(dirname "$orphan")"
cp "$there" "$orphan"
tells 0 out 'would remove 0 orphans' "$DS" segments gc --dry-run --data data
says out '1 too young'
expect 0 "$DS" segments gc --dry-run --grace 0 --data data --json
[ "$(json out 'd["orphans"], d["removed"], len(d["keys"])')" = '(1, 0, 1)' ] || fail "dry: $(cat out)"
[ -e "$orphan" ] || fail 'a dry run removed it'
start_server
tells 0 out 'removed 1 orphan' "$DS" segments gc --grace 0 --data data --online
[ ! -e "$orphan" ] || fail 'it is still there'
[ -e "$there" ] || fail 'too much was removed'
stop_server
expect 2 "$DS" segments gc demo --data data
tells 2 err 'ds segments gc' "$DS" segments ls --grace 0 --data data
expect 2 "$DS" segments frob --data data
expect 2 "$DS" segments --data data
expect 2 "$DS" segments import --data data
tells 2 err '--content-type' "$DS" segments import x --data data
