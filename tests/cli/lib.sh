# What the command line tests share: a server of their own, and ways to wait and to compare.
#
# A test is a script that sources this file; it runs in an empty directory of its own. $DS is the
# binary under test. It fails by calling `fail`, or at the first command that fails.
set -euo pipefail
unset DS_URL DS_TOKEN DS_DATA DS_STORE

server_pid=
server_listen=127.0.0.1:0

fail() {
    echo "failed: $*" >&2
    exit 1
}

# Starts the server, on the port it had before if it ran before, and exports DS_URL. Arguments are
# more options of ds serve.
start_server() {
    # Emptied here, since the background job may get to it only after we have looked.
    : >serve.out
    # Descriptor 3 is what tests write pipes through; a server that had it would keep them open.
    "$DS" serve --data data --listen "$server_listen" "$@" >serve.out 2>>serve.log 3>&- &
    server_pid=$!
    wait_until grep -q '^listening on http://' serve.out
    DS_URL=$(sed -n 's/^listening on //p' serve.out)
    server_listen=${DS_URL#http://}
    export DS_URL
}

# Ends the server with a signal (TERM if none is given) and waits until it has gone.
stop_server() {
    kill "-${1:-TERM}" "$server_pid"
    wait "$server_pid" 2>/dev/null || true
    server_pid=
}

# Repeats a command until it succeeds, for ten seconds at most.
wait_until() {
    local tries=0
    until "$@" 2>/dev/null; do
        ((++tries <= 500)) || fail "waited in vain for: $*"
        sleep 0.02
    done
}

has_size() { [ "$(stat -c %s "$1")" -ge "$2" ]; }
is_gone() { ! kill -0 "$1"; }

# json FILE EXPRESSION: what Python makes of the JSON document in the file, as `d`.
json() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"; }

same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }

# expect CODE COMMAND...: runs it, keeps its output in `out` and `err`, and checks the exit code.
expect() {
    local wanted=$1 code=0
    shift
    "$@" >out 2>err </dev/null || code=$?
    [ "$code" = "$wanted" ] || fail "exit code $code instead of $wanted from: $* ($(cat err))"
}

# says FILE TEXT...: the file contains the texts.
says() {
    local text
    for text in "${@:2}"; do
        grep -qF -- "$text" "$1" || fail "'$text' is not in $1: $(cat "$1")"
    done
}

# tells CODE FILE TEXT COMMAND...: expects the code of it, and the text in `out` or `err`.
tells() {
    local code=$1 file=$2 text=$3
    shift 3
    expect "$code" "$@"
    says "$file" "$text"
}

clean_up() {
    local children
    children=$(jobs -p)
    [ -z "$children" ] || kill -KILL $children 2>/dev/null || true
    wait 2>/dev/null || true
}
trap clean_up EXIT
