# Where a server listens is told once to who sees both of its outputs, and on both to who does not.
cat >seen.py <<'P'
import os, pty, select, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen, ended = b'', False
while select.select([terminal], [], [], 10)[0]:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    seen += more
    if not ended and b'serve.listening' in seen:
        ended = True
        os.kill(pid, signal.SIGTERM)
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
P
expect 0 python3 seen.py "$DS" serve --data data --listen 127.0.0.1:0
[ "$(grep -c 'serve.listening' out)" = 1 ] || fail "not told: $(cat out)"
! grep -q 'listening on http' out || fail "told twice: $(cat out)"
says out 'serve.stopped'
start_server
wait_until grep -q 'serve.listening' serve.log
