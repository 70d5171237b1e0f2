# The first request is repeated like any other: a server behind a proxy, or one that has just been
# started, says 503 or breaks off for a moment. Where nobody listens, that is told at once.
cat >late.py <<'P'
import http.server, itertools, socket, sys
asked = itertools.count()
class Late(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        time = next(asked)
        if time == 0:
            self.send_response(503)
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        if time == 1:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
            self.close_connection = True
            self.rfile.close(); self.wfile.close(); self.connection.close()
            return
        text = b'the text' if self.command == 'GET' else b''
        self.send_response(200)
        self.send_header('Content-Type', 'text/plain')
        self.send_header('Stream-Next-Offset', '8')
        self.send_header('Stream-Up-To-Date', 'true')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    do_GET = do_HEAD = do_PUT = do_POST = answer
    def log_message(self, *words):
        pass
class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *words):
        pass
server = Server(('127.0.0.1', 0), Late)
print(server.server_port, flush=True)
server.serve_forever()
P
for words in 'append demo/r hello' 'append demo/r hello --content-type text' 'publish demo/r hello' \
    'tail demo/r --no-follow'; do
    : >port
    python3 late.py >port &
    late=$!
    wait_until test -s port
    # shellcheck disable=SC2086
    expect 0 "$DS" $words --url "http://127.0.0.1:$(cat port)"
    [ -s out ] || fail "nothing is told: $words"
    kill "$late"
    wait "$late" 2>/dev/null || true
    # shellcheck disable=SC2086
    tells 6 err 'no server answers at' "$DS" $words --url "http://127.0.0.1:$(cat port)"
done
