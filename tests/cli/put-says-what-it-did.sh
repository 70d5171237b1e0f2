# Creating, finding again, closing and forking are each told in one line.
start_server
expect 0 "$DS" put say/this --content-type text/plain --ttl 3600
says out 'created say/this, text/plain, next offset'
expect 0 "$DS" put say/this --content-type text/plain --ttl 3600
says out 'exists already: say/this'
"$DS" append say/this 'inherited ' >appended
offset=$(sed 's/.*next offset //' appended)
"$DS" append say/this 'not inherited'
expect 0 "$DS" put say/fork --fork-from say/this --fork-offset "$offset"
says out 'forked from say/this'
"$DS" append say/fork 'own'
expect 0 "$DS" tail say/fork --no-follow
[ "$(cat out)" = 'inherited own' ] || fail "tail printed: $(cat out)"
expect 0 "$DS" put say/done --closed
says out 'closed'
expect 0 "$DS" put alone
says out 'created alone, application/octet-stream'
