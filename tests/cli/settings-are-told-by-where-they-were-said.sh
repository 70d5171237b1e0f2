# A wrong value is told with its variable, or its file and line; a misspelt variable or key with the
# one that was meant.
serve() { "$DS" serve --data data --listen 127.0.0.1:0 "$@"; }
# told_for TEXT: the file of this text is refused, and nothing is made.
told_for() {
    printf "$1" >c.toml
    expect 2 "$DS" serve --data data --config c.toml
    [ ! -e data ] || fail "a data directory was made for: $1"
}

DS_LISTEN=foo expect 2 "$DS" serve --data data
says err 'ds: DS_LISTEN foo: want HOST:PORT'
DS_MAX_BODY=16Q expect 2 serve
says err 'ds: DS_MAX_BODY: 16Q is no size'
DS_LANES=many expect 2 serve
says err 'ds: DS_LANES: many is no number'
DS_ADMIN_TOKEN=adm expect 2 serve
says err 'ds: DS_ADMIN_TOKEN: a token has at least 16'
DS_AUTH_TOKEN=adm expect 2 serve --auth token
says err 'ds: DS_AUTH_TOKEN: a token has at least 16'
echo short >token
expect 2 serve --admin-token-file token
says err 'ds: --admin-token-file: a token has at least 16'
DS_WEBHOOK_HOST=hooks.example.com,-,a..b expect 2 serve
says err 'ds: DS_WEBHOOK_HOST -: want hooks.example.com'
DS_INSECURE=perhaps expect 2 serve
says err 'ds: DS_INSECURE: perhaps is no value for it'
DS_URL=foo expect 2 "$DS" tail demo/a
says err 'ds: DS_URL: write it with its scheme, as in http://foo'
DS_CONFIG=absent.toml expect 2 serve
says err 'ds: DS_CONFIG: there is no file absent.toml'
expect 2 serve --config absent.toml
says err 'ds: --config: there is no file absent.toml'
# What was typed counts, and is what is told.
DS_MAX_BODY=16Q expect 2 serve --max-body 17Q
says err 'ds: --max-body: 17Q is no size'

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
expect 0 "$DS" serve --print-config --config c.toml
says out 'cors-origin=["https://a.example", "https://b.example"]'
says out 'store="c#d"'
cp out again.toml
expect 0 "$DS" serve --print-config --config again.toml
same out again.toml

# What nothing reads is told by the command that it was meant for, and by no other.
DS_LISTNE=127.0.0.1:1 expect 0 "$DS" serve --print-config
says err 'ds: DS_LISTNE is set, and nothing reads it; did you mean DS_LISTEN'
DS_ADMIN_TOKNE=secret expect 0 "$DS" serve --print-config
says err 'did you mean DS_ADMIN_TOKEN'
! grep -q secret err || fail 'a value was told'
DS_TOKNE=secret expect 6 "$DS" head demo/a --url http://127.0.0.1:1
says err 'did you mean DS_TOKEN'
DS_LISTNE=127.0.0.1:1 expect 6 "$DS" head demo/a --url http://127.0.0.1:1
! grep -q LISTNE err || fail 'it was told to a command that would not read it'
DS_LISTEN=127.0.0.1:1 DS_SECRET=x DS_BENCH_PEERS=x DS_LISTNE= expect 0 "$DS" completion bash
[ ! -s err ] || fail "told of what is well: $(cat err)"
