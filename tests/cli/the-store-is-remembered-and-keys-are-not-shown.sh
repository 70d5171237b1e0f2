# A directory remembers where its segments are, and keys of a store are printed nowhere.
start_server --store vault --rotate-messages 1
expect 0 "$DS" put demo/log --content-type text/plain
expect 0 "$DS" append demo/log 'kept in the vault'
stop_server
expect 0 "$DS" rotate --data data
[ -n "$(find vault -name '*.seg')" ] || fail 'nothing is in the vault'
tells 2 err "$PWD/vault" "$DS" serve --data data --store other
says err "$PWD/other" '--store-moved'
[ ! -e other ] || fail 'the wrong place was made'
cp -r vault other
expect 0 "$DS" inspect --data data --verify --store other --store-moved
mv vault gone
start_server
tells 0 out 'kept in the vault' "$DS" tail demo/log --from start --no-follow
stop_server

export DS_STORE_ACCESS_KEY=HIDDEN1 DS_STORE_SECRET_KEY=HIDDEN2 DS_STORE_SESSION_TOKEN=HIDDEN3
tells 0 out s3://shown/here "$DS" serve --print-config --store s3://shown/here
cat out >all
expect 0 "$DS" serve --print-config --store-secret-key HIDDEN4
cat out >>all
for s3 in 'http://127.0.0.1:1' 'nonsense'; do
    for command in serve inspect rotate 'segments gc'; do
        code=0
        timeout 20 "$DS" $command --data data --store s3://bucket --store-moved \
            --store-endpoint "$s3" --store-timeout 0.1 >>all 2>&1 </dev/null || code=$?
        [ "$code" != 0 ] || [ "$command" != serve ] || fail "exit code of $command"
    done
done
if grep -q HIDDEN all; then fail "a key was shown: $(grep HIDDEN all)"; fi
printf 'store-secret-key = "HIDDEN5"\n' >file.toml
tells 2 err store-secret-key "$DS" serve --print-config --config file.toml
if grep -q HIDDEN err; then fail 'a key was shown'; fi
