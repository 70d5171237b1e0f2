# Something else that speaks HTTP answers: a login page, a proxy with nothing behind it, a redirect.
# Nothing is told as done, and no stream as missing.
cat >elsewhere.py <<'P'
import http.server, sys
kind = sys.argv[1]
class Elsewhere(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        body = b'' if kind in ('204', '301') or self.command == 'HEAD' else b'<html>Please log in</html>'
        self.send_response(int(kind))
        if kind == '301':
            self.send_header('Location', 'http://127.0.0.1:9' + self.path)
        self.send_header('Content-Type', 'text/html')
        if kind != '204':
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Elsewhere)
print(server.server_port, flush=True)
server.serve_forever()
P
echo 'a line' >lines
commands=(
    'append demo/r hi' 'append demo/r hi --content-type text' 'append demo/r --lines --file lines'
    'append demo/r --lines --file lines --content-type text' 'append demo/r --close --content-type text'
    'append demo/r hi --close --content-type text' 'put demo/r' 'publish demo/r hi'
    'publish demo/r hi --content-type text' 'close demo/r' 'rm demo/r' 'head demo/r'
    'tail demo/r --no-follow' 'tail demo/r' 'subscribe demo/in demo/r' 'unsubscribe demo/in demo/r'
    'estuary ls demo' 'estuary show demo/in' 'estuary rm demo/in'
)
for kind in 200 202 204 206 404 405 501 301; do
    : >port
    python3 elsewhere.py "$kind" >port &
    elsewhere=$!
    wait_until test -s port
    export DS_URL=http://127.0.0.1:$(cat port)
    for words in "${commands[@]}"; do
        # shellcheck disable=SC2086
        expect 1 "$DS" $words
        [ ! -s out ] || fail "$kind to '$words' is told as: $(cat out)"
        grep -q '<html>' err && fail "$kind to '$words' shows the page: $(cat err)"
        if [ "$kind" = 301 ]; then
            says err 'moved to http://127.0.0.1:9; use --url http://127.0.0.1:9'
        else
            grep -qE "there is no (Durable Streams server|server with estuaries) at $DS_URL" err ||
                fail "$kind to '$words' is told as: $(cat err)"
        fi
    done
    for words in 'project ls' 'project rm shop' 'project show shop' 'create-project shop' 'retention'; do
        # shellcheck disable=SC2086
        DS_ADMIN_TOKEN=a-token-of-the-administrator expect 1 "$DS" $words --url "$DS_URL"
        [ ! -s out ] || fail "$kind to '$words' is told as: $(cat out)"
    done
    kill "$elsewhere"
done
unset DS_URL

# The URL may end in the root of streams, and a stream may be named by its URL.
start_server
expect 0 "$DS" put demo/r --content-type text --url "$DS_URL/v1/stream"
url=$DS_URL
unset DS_URL
expect 0 "$DS" append "$url/v1/stream/demo/r" words
expect 0 "$DS" tail "$url/v1/stream/demo/r?offset=-1" --no-follow
[ "$(cat out)" = words ] || fail "not what was appended: $(cat out)"
expect 0 "$DS" head "$url/v1/stream/demo/r"
tells 2 err '/v1/stream/PROJECT/STREAM' "$DS" tail "$url/demo/r"
expect 0 "$DS" rm "$url/v1/stream/demo/r"
# What is really missing is told so.
expect 3 "$DS" append "$url/v1/stream/demo/r" words
says err 'stream demo/r does not exist; create it with: ds put demo/r --content-type text'
expect 3 "$DS" tail demo/r --url "$url"
# TLS to a server without it.
expect 6 "$DS" tail demo/r --url "${url/http:/https:}"
says err "speaks plain HTTP; use --url $url"
stop_server
