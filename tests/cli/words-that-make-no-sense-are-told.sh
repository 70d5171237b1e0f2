# What cannot be meant is told by its name, and nothing is made of it.
expect 2 "$DS" tail x --url ''
says err '--url: is empty'
expect 2 "$DS" tail x -n abc
says err '--last: abc is no number'
expect 2 "$DS" head x --url http://127.0.0.1:1/v1/stream/demo/x
says err 'is the URL of a stream; write that of its server, http://127.0.0.1:1'
expect 2 "$DS" project ls --url http://127.0.0.1:1/v1/stream/x
says err 'is the URL of a stream'
expect 2 "$DS" head x --ca-file nowhere.pem
says err '--ca-file: there is no file nowhere.pem'
expect 2 "$DS" serve --data ''
says err '--data: is empty'
expect 2 "$DS" inspect --data ''
says err '--data: is empty'
expect 2 "$DS" serve --config .
says err '--config: . is a directory'
printf 'listen = "127.0.0.1:0"garbage\n' >wrong.toml
expect 2 "$DS" serve --data made --config wrong.toml
says err 'wrong.toml, line 1: something stands right behind'
expect 2 "$DS" serve --data made --public-url example.com
says err '--public-url example.com: write it with its scheme'
expect 2 "$DS" serve --data made --listen unix:nowhere/ds.sock
says err 'there is no folder nowhere'
expect 2 "$DS" serve --data made --listen 127.0.0.1:0 --trust-proxy 127.0.0.1 --auth none
says err '--insecure'
[ ! -e made ] || fail 'a data directory was made'

# Whoever has named a server for clients is told how operators name one.
DS_URL=http://127.0.0.1:1 expect 2 "$DS" project ls
says err 'or the server with --url'
expect 2 "$DS" project keys shop remove x
says err 'say: ds project keys NAME add, or keys NAME rm FINGERPRINT'
expect 2 "$DS" project privacy shop
says err 'say: ds project privacy NAME public|private'
expect 2 "$DS" project estuaries shop many
says err 'say: ds project estuaries NAME N'

# A directory keeps its lanes, and says so to who asks for others.
start_server --lanes 2
stop_server
start_server --lanes 3
says serve.log lanes.kept
expect 1 "$DS" serve --data made --listen "${DS_URL#http://}"
says err 'listen on 127.0.0.1:'
[ ! -e made ] || fail 'a data directory was made for a port that is taken'
expect 3 "$DS" put demo/x --url "$DS_URL/below"
says err 'there is nothing at the path of stream demo/x'
stop_server
