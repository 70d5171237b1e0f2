# --from start, an offset, or now; and --no-follow ends at the tail.
start_server
"$DS" put from/here --content-type text/plain
"$DS" append from/here 'old ' >appended
offset=$(sed 's/.*next offset //' appended)
"$DS" append from/here 'new '
expect 0 "$DS" tail from/here --no-follow
[ "$(cat out)" = 'old new ' ] || fail "from the start: $(cat out)"
expect 0 "$DS" tail from/here --from "$offset" --no-follow
[ "$(cat out)" = 'new ' ] || fail "from the offset: $(cat out)"
expect 0 "$DS" tail from/here --from now --no-follow
[ ! -s out ] || fail "from now: $(cat out)"
"$DS" tail from/here --from now >live &
tail=$!
# It has begun once a line that is appended meanwhile shows up.
until [ -s live ]; do
    "$DS" append from/here 'x' --quiet
    sleep 0.05
done
"$DS" append from/here 'last' --close
wait "$tail"
grep -qxE 'x+last' live || fail "live: $(cat live)"
