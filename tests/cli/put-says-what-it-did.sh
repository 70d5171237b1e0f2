# Creating, finding again, closing and forking are each told in one line.
start_server
tells 0 out 'created say/this, text/plain, next offset' "$DS" put say/this --content-type text/plain --ttl 3600
tells 0 out 'exists already: say/this' "$DS" put say/this --content-type text/plain --ttl 3600
"$DS" append say/this 'inherited ' >appended
offset=$(sed 's/.*next offset //' appended)
"$DS" append say/this 'not inherited'
tells 0 out 'forked from say/this' "$DS" put say/fork --fork-from say/this --fork-offset "$offset"
"$DS" append say/fork 'own'
expect 0 "$DS" tail say/fork --no-follow
[ "$(cat out)" = 'inherited own' ] || fail "tail printed: $(cat out)"
tells 0 out 'closed' "$DS" put say/done --closed
tells 0 out 'created alone, application/octet-stream' "$DS" put alone
