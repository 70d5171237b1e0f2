# A row of EXIT STATUS in ds(1) for each line here; other tests have more ways to come to them.
start_server
expect 0 "$DS" put demo/a --content-type json
expect 0 "$DS" --version
# 1: it failed.
expect 1 "$DS" serve --data other --listen "$server_listen"
says err 'in use; who holds it: ss -ltnp'
# 2: the command line, or what was to be sent.
expect 2 "$DS" tail
mkdir folder
tells 2 err 'folder: it is a directory' "$DS" append demo/a --file folder
expect 2 "$DS" append demo/a --file absent
expect 2 "$DS" publish demo/a --file folder
expect 2 "$DS" append demo/a '{"n":1}
{"n":2}'
says err 'if each line is a document, add --lines'
printf '\xef\xbb\xbf{"n":1}\n' >marked
tells 2 err 'line 1: invalid JSON at byte 0: a byte order mark' "$DS" append demo/a --lines --file marked
# 3, 4: the stream is not there, or otherwise.
expect 3 "$DS" head demo/b
expect 4 "$DS" put demo/a --content-type text
# 5: refused, or the directory is in use.
expect 5 "$DS" serve --data data --listen 127.0.0.1:0
expect 5 "$DS" inspect --data data
stop_server
# 6: nobody answers.
expect 6 "$DS" head demo/a
expect 6 "$DS" inspect --data data --online
# 7: a newer ds wrote it.
python3 -c 'import sqlite3; sqlite3.connect("data/lane-0.db").execute("PRAGMA user_version = 99")'
tells 7 err 'was written by a newer ds' "$DS" serve --data data --listen 127.0.0.1:0
expect 7 "$DS" inspect --data data

# A directory that nobody named is not made.
tells 2 err "name the server's with --data" "$DS" create-project shop
[ ! -e ds-data ] || fail 'a data directory was made'
DS_DATA=named expect 0 "$DS" create-project shop
[ -e named/ds.db ] || fail 'no data directory was made'
