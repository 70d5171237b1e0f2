# What cannot be meant is told by its name, and nothing is made of it.
tells 2 err '--url: is empty' "$DS" tail x --url ''
tells 2 err '--last: abc is no number' "$DS" tail x -n abc
expect 2 "$DS" head x --url http://127.0.0.1:1/v1/stream/demo/x
says err 'is the URL of a stream; write that of its server, http://127.0.0.1:1'
tells 2 err 'is the URL of a stream' "$DS" project ls --url http://127.0.0.1:1/v1/stream/x
tells 2 err '--ca-file: there is no file nowhere.pem' "$DS" head x --ca-file nowhere.pem
tells 2 err '--data: is empty' "$DS" serve --data ''
tells 2 err '--data: is empty' "$DS" inspect --data ''
tells 2 err '--config: . is a directory' "$DS" serve --config .
printf 'listen = "127.0.0.1:0"garbage\n' >wrong.toml
tells 2 err 'wrong.toml, line 1: something stands right behind' "$DS" serve --data made --config wrong.toml
tells 2 err '--public-url example.com: write it with its scheme' "$DS" serve --data made --public-url example.com
tells 2 err 'there is no folder nowhere' "$DS" serve --data made --listen unix:nowhere/ds.sock
tells 2 err '--insecure' "$DS" serve --data made --listen 127.0.0.1:0 --trust-proxy 127.0.0.1 --auth none
tells 2 err '--origin must be' "$DS" proxy-config nginx --server-name a.example --origin http://10.0.0.1:0
tells 2 err 'caddy has no cache' "$DS" proxy-config caddy --server-name a.example --cache
tells 2 err apache "$DS" proxy-config apache --server-name a.example
[ ! -e made ] || fail 'a data directory was made'

# Whoever has named a server for clients is told how operators name one.
DS_URL=http://127.0.0.1:1 tells 2 err 'or the server with --url' "$DS" project ls
tells 2 err 'say: ds project keys NAME add, or keys NAME rm FINGERPRINT' "$DS" project keys shop remove x
tells 2 err 'say: ds project privacy NAME public|private' "$DS" project privacy shop
tells 2 err 'say: ds project estuaries NAME N' "$DS" project estuaries shop many

# A directory keeps its lanes, and says so to who asks for others.
start_server --lanes 2
stop_server
start_server --lanes 3
says serve.log lanes.kept
tells 1 err 'listen on 127.0.0.1:' "$DS" serve --data made --listen "${DS_URL#http://}"
[ ! -e made ] || fail 'a data directory was made for a port that is taken'
tells 3 err 'there is nothing at the path of stream demo/x' "$DS" put demo/x --url "$DS_URL/below"
stop_server
