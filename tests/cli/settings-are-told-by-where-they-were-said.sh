# A wrong value is told with its variable, or its file and line; a misspelt variable or key with the
# one that was meant.
serve() { "$DS" serve --data data --listen 127.0.0.1:0 "$@"; }
# told_for TEXT: the file of this text is refused, and nothing is made.
told_for() {
    printf "$1" >c.toml
    expect 2 "$DS" serve --data data --config c.toml
    [ ! -e data ] || fail "a data directory was made for: $1"
}

DS_LISTEN=foo tells 2 err 'ds: DS_LISTEN foo: want HOST:PORT' "$DS" serve --data data
DS_MAX_BODY=16Q tells 2 err 'ds: DS_MAX_BODY: 16Q is no size' serve
DS_LANES=many tells 2 err 'ds: DS_LANES: many is no number' serve
DS_ADMIN_TOKEN=adm tells 2 err 'ds: DS_ADMIN_TOKEN: a token has at least 16' serve
DS_AUTH_TOKEN=adm tells 2 err 'ds: DS_AUTH_TOKEN: a token has at least 16' serve --auth token
echo short >token
tells 2 err 'ds: --admin-token-file: a token has at least 16' serve --admin-token-file token
DS_WEBHOOK_HOST=hooks.example.com,-,a..b tells 2 err 'ds: DS_WEBHOOK_HOST -: want hooks.example.com' serve
DS_INSECURE=perhaps tells 2 err 'ds: DS_INSECURE: perhaps is no value for it' serve
DS_URL=foo tells 2 err 'ds: DS_URL: write it with its scheme, as in http://foo' "$DS" tail demo/a
DS_CONFIG=absent.toml tells 2 err 'ds: DS_CONFIG: there is no file absent.toml' serve
tells 2 err 'ds: --config: there is no file absent.toml' serve --config absent.toml
# What was typed counts, and is what is told.
DS_MAX_BODY=16Q tells 2 err 'ds: --max-body: 17Q is no size' serve --max-body 17Q

told_for '# first\n\nlisten = "foo"\n'
says err 'ds: c.toml, line 3: listen foo: want HOST:PORT'
told_for 'lanes = 2\nmax-body = "16Q"\n'
says err 'ds: c.toml, line 2: max-body: 16Q is no size'
told_for '\nlanes=banana\n'
says err 'c.toml, line 2: lanes'
told_for 'lanes = 2\nlanes = 3\n'
says err "ds: c.toml, line 2: 'lanes' is set a second time"
told_for 'lanes = 2, 3\n'
says err "ds: c.toml, line 1: 'lanes' takes one value"
told_for 'insecure = perhaps\n'
says err "ds: c.toml, line 1: 'insecure' is a switch: write true or false"
told_for 'lanes\n'
says err "ds: c.toml, line 1: 'lanes' has no value"
told_for '\n\n\nlisen = "127.0.0.1:1"\n'
says err "ds: c.toml, line 4: 'lisen' is no option; did you mean listen"
told_for 'store-secret-key = "x"\n'
says err "ds: c.toml, line 1: 'store-secret-key' stands in no file"
told_for 'lanes = 2\n[cache\n'
says err "ds: c.toml, line 2: '[cache' begins a section"
told_for 'store = "cold\n'
says err "ds: c.toml, line 1: the text of 'store' has no closing"
# A file whose words are all taken, a mark between quotes among them.
printf 'cors-origin = ["https://a.example",\n  "https://b.example"] # two\nstore = "c#d"\ninsecure = true\n' >c.toml
tells 0 out 'cors-origin=["https://a.example", "https://b.example"]' "$DS" serve --print-config --config c.toml
says out 'store="c#d"'
cp out again.toml
expect 0 "$DS" serve --print-config --config again.toml
same out again.toml

# What nothing reads is told by the command that it was meant for, and by no other.
DS_LISTNE=127.0.0.1:1 expect 0 "$DS" serve --print-config
says err 'ds: DS_LISTNE is set, and nothing reads it; did you mean DS_LISTEN'
DS_ADMIN_TOKNE=secret tells 0 err 'did you mean DS_ADMIN_TOKEN' "$DS" serve --print-config
! grep -q secret err || fail 'a value was told'
DS_TOKNE=secret tells 6 err 'did you mean DS_TOKEN' "$DS" head demo/a --url http://127.0.0.1:1
DS_LISTNE=127.0.0.1:1 expect 6 "$DS" head demo/a --url http://127.0.0.1:1
! grep -q LISTNE err || fail 'it was told to a command that would not read it'
DS_LISTEN=127.0.0.1:1 DS_SECRET=x DS_BENCH_PEERS=x DS_LISTNE= expect 0 "$DS" completion bash
[ ! -s err ] || fail "told of what is well: $(cat err)"
