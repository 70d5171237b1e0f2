# At a terminal: a hint, one Ctrl-D at the end, and no progress line over what is typed.
start_server
expect 0 "$DS" put demo/t --content-type text
cat >type.py <<'P'
import os, pty, re, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen, typed = b'', False
while True:
    if not select.select([terminal], [], [], 10)[0]:
        sys.exit('one Ctrl-D does not end it: %r' % seen)
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    seen += more
    if not typed and b'Ctrl-D' in seen:
        typed = True
        os.write(terminal, b'one\ntwo\n\x04')
status = os.waitpid(pid, 0)[1]
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(status))
P
for words in 'append demo/t' 'append demo/t --lines' 'publish demo/t'; do
    # shellcheck disable=SC2086
    expect 0 python3 type.py "$DS" $words
    says out 'type; Ctrl-D at the beginning of a line ends'
    grep -q $'\x1b' out && fail "something is drawn over what is typed: $words"
done
expect 0 "$DS" tail demo/t --no-follow
[ "$(sort out | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 3 one; 3 two;' ] || fail "typed: $(cat out)"
# Who types nowhere is told nothing.
expect 0 "$DS" append demo/t --file - --content-type text --close
[ ! -s err ] || fail "a hint without a terminal: $(cat err)"
stop_server
