# The command line comes before the environment, the environment before the file, the file before
# the defaults; and a misspelt setting does not go unnoticed.
shows() { grep -qxE "$1=[\"']?$2[\"']?" out || fail "$1 is not $2: $(cat out)"; }
printf 'listen = "127.0.0.1:1"\nlong-poll-timeout = 1.5\ndurability = "os"\n' >file.toml
export DS_LONG_POLL_TIMEOUT=2 DS_DURABILITY=full
expect 0 "$DS" serve --print-config --config file.toml --durability os
shows listen 127.0.0.1:1
shows long-poll-timeout 2
shows durability os
# What nobody said is only told: the file holds on another machine.
says out '#max-body="32MiB"'
grep -qE '^#page-cache-bytes=' out || fail "the cache of this machine is set: $(cat out)"
DS_CONFIG=file.toml expect 0 "$DS" serve --print-config
shows listen 127.0.0.1:1
cp out again.toml
expect 0 "$DS" serve --print-config --config again.toml
shows listen 127.0.0.1:1
printf 'lisen = "127.0.0.1:1"\n' >wrong.toml
tells 2 err "'lisen'" "$DS" serve --print-config --config wrong.toml
says err 'did you mean listen'
expect 2 "$DS" serve --print-config --config absent.toml
DS_CONFIG=absent.toml expect 2 "$DS" serve --print-config
# Times and sizes have units, wherever they are said.
printf 'retain-bytes = "1GiB"\nretain-age = "7d"\nidle-timeout = 5m\n' >units.toml
DS_MAX_BODY=16M expect 0 "$DS" serve --print-config --config units.toml --sse-lifetime 90m
shows retain-bytes 1073741824
shows retain-age 604800
shows idle-timeout 300
shows max-body 16777216
shows sse-lifetime 5400
printf 'retain-age = "7x"\n' >units.toml
expect 2 "$DS" serve --print-config --config units.toml
says err '7x is no time; write it as 90s, 15m, 12h or 7d'
DS_MAX_BODY=16Q expect 2 "$DS" serve --print-config
says err '16Q is no size; write it as 64KiB, 16M or 1GiB'
DS_LONG_POLL_TIMEOUT=soon expect 2 "$DS" serve --print-config
