# Modes, versions, lanes that are missing, folders of others, and two copies on one store.
mode_of() { stat -c %a "$1"; }
health() { curl -s -o health.out -w '%{http_code}' "$1/health"; }

# Nobody else reads it, or holds its lock.
umask 022
start_server --store vault --rotate-messages 2
expect 0 "$DS" put demo/log --content-type text/plain
for word in one two three four; do expect 0 "$DS" append demo/log "$word"; done
segments() { find vault/stream -name '*.seg' | wc -l; }
has_segments() { [ "$(segments)" -ge "$1" ]; }
wait_until has_segments 2
stop_server
[ "$(mode_of data)" = 700 ] || fail "mode $(mode_of data)"
[ -z "$(find data vault -type f ! -perm 600)" ] || fail "open to others: $(find data vault -type f ! -perm 600)"
[ -z "$(find data vault -type d ! -perm 700)" ] || fail "open to others: $(find data vault -type d ! -perm 700)"

# In use: the same status for all.
start_server --store vault
tells 5 err 'is in use' "$DS" serve --data data --listen 127.0.0.1:0
expect 5 "$DS" inspect --data data
stop_server

# A folder of others is left alone.
mkdir photos && echo cat >photos/cat.jpg
tells 2 err 'cat.jpg' "$DS" serve --data photos --listen 127.0.0.1:0
[ "$(ls -A photos)" = cat.jpg ] || fail "$(ls -A photos)"

# So is what is no folder, and its mode.
touch note && chmod 666 note
tells 2 err 'note is not a folder' "$DS" serve --data note --listen 127.0.0.1:0
[ "$(mode_of note)" = 666 ] || fail "mode $(mode_of note)"

# Databases of a newer ds, and broken ones, are named.
for name in ds projects subscriptions lane-0; do
    cp -a data newer && rm -f newer/*-wal newer/*-shm
    python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("PRAGMA user_version = 99"); c.commit()' "newer/$name.db"
    tells 7 err "$name.db" "$DS" serve --data newer --store none --listen 127.0.0.1:0
    says err 'newer ds (schema 99' 'ds restore'
    rm -rf newer
    cp -a data broken && rm -f broken/*-wal broken/*-shm
    printf 'this is no database, but long enough to be looked at for what it says of itself\n%0999d' 0 >"broken/$name.db"
    tells 1 err "broken/$name.db" "$DS" serve --data broken --store none --listen 127.0.0.1:0
    rm -rf broken
done

# A lane that is missing or empty; on a store of its own, as who accepts a loss takes the store.
cp -a data whole
cp -a vault vault2
rm data/lane-0.db*
tells 1 err 'lane-0.db is missing' "$DS" serve --data data --listen 127.0.0.1:0
says err '--accept-loss'
expect 1 "$DS" inspect --data data
: >data/lane-0.db
tells 1 err 'lane-0.db is empty' "$DS" serve --data data --listen 127.0.0.1:0
before=$(find vault2/stream -name '*.seg' -exec sha256sum {} + | sort)
start_server --accept-loss --rotate-messages 2 --store vault2 --store-moved
expect 0 "$DS" put demo/log --content-type text/plain
for word in ONE TWO; do expect 0 "$DS" append demo/log "$word"; done
has_one_more() { [ "$(find vault2/stream -name '*.seg' | wc -l)" -gt "$(echo "$before" | wc -l)" ]; }
wait_until has_one_more
stop_server
after=$(find vault2/stream -name '*.seg' -exec sha256sum {} + | sort)
[ -z "$(comm -23 <(echo "$before") <(echo "$after"))" ] || fail 'a segment was replaced'
rm -rf data && mv whole data

# Two copies at once on one store: the later one has it.
start_server --rotate-messages 2
cp -a data copy && rm -f copy/admin.json
"$DS" serve --data copy --listen 127.0.0.1:0 --rotate-messages 2 >copy.out 2>copy.log 3>&- &
copy_pid=$!
wait_until grep -q '^listening on http://' copy.out
copy_url=$(sed -n 's/^listening on //p' copy.out)
sleep 1.1 # the first has looked at the mark at its start, and looks again a second later
before=$(find vault/stream -name '*.seg' -exec sha256sum {} + | sort)
for word in five six; do expect 0 "$DS" append demo/log "by the copy $word" --url "$copy_url"; done
for word in five six; do expect 0 "$DS" append demo/log "by the first $word"; done
wait_until grep -q 'store.taken' serve.log
[ "$(health "$DS_URL") $(health "$copy_url")" = '503 200' ] || fail "health $(health "$DS_URL") $(health "$copy_url")"
tells 0 out 'in use by' "$DS" inspect --data data --online --json
tells 0 out 'by the first six' "$DS" tail demo/log --no-follow
tells 0 out 'by the copy six' "$DS" tail demo/log --no-follow --url "$copy_url"
stop_server
kill "$copy_pid" && wait "$copy_pid" || true
after=$(find vault/stream -name '*.seg' -exec sha256sum {} + | sort)
[ -z "$(comm -23 <(echo "$before") <(echo "$after"))" ] || fail 'a segment was replaced'
tells 2 err '--store-takeover' "$DS" serve --data data --listen 127.0.0.1:0
start_server --store-takeover --rotate-messages 2
tells 0 out 'by the first six' "$DS" tail demo/log --no-follow
stop_server

# A store that goes, as a disk that is not mounted: nothing is put in its place, and nothing is lost.
start_server --rotate-messages 2
mv vault away
for word in seven eight nine; do expect 0 "$DS" append demo/log "by the first $word"; done
wait_until grep -q 'rotator.sick' serve.log
[ ! -e vault ] || fail 'the folder of the store was made again'
mv away vault
stop_server
mv vault away
: >serve.log
start_server --rotate-messages 2
grep -q 'store.mark_gone' serve.log || fail 'a store without the mark was not told'
[ "$(health "$DS_URL")" = 503 ] || fail "health $(health "$DS_URL")"
expect 0 "$DS" append demo/log 'by the first ten'
stop_server
[ -z "$(find vault -type f)" ] || fail "put into another store: $(find vault -type f)"
rm -rf vault && mv away vault
start_server --rotate-messages 2
[ "$(health "$DS_URL")" = 200 ] || fail "health $(health "$DS_URL")"
expect 0 "$DS" tail demo/log --no-follow
for word in six seven eight nine ten; do says out "by the first $word"; done
stop_server

# Subscriptions that are lost are told.
rm data/subscriptions.db*
start_server
grep -q 'subscriptions.lost' serve.log || fail 'lost subscriptions were not told'
stop_server
