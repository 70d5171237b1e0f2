# The command line comes before the environment, the environment before the file, the file before
# the defaults; and a misspelt setting does not go unnoticed.
shows() { grep -qxE "$1=[\"']?$2[\"']?" out || fail "$1 is not $2: $(cat out)"; }
printf 'listen = "127.0.0.1:1"\nlong-poll-timeout = 1.5\ndurability = "os"\n' >file.toml
export DS_LONG_POLL_TIMEOUT=2 DS_DURABILITY=full
expect 0 "$DS" serve --print-config --config file.toml --durability os
shows listen 127.0.0.1:1
shows long-poll-timeout 2
shows durability os
shows max-body 8388608
DS_CONFIG=file.toml expect 0 "$DS" serve --print-config
shows listen 127.0.0.1:1
cp out again.toml
expect 0 "$DS" serve --print-config --config again.toml
shows listen 127.0.0.1:1
printf 'lisen = "127.0.0.1:1"\n' >wrong.toml
expect 2 "$DS" serve --print-config --config wrong.toml
says err "'lisen'"
says err 'did you mean listen'
expect 2 "$DS" serve --print-config --config absent.toml
DS_CONFIG=absent.toml expect 2 "$DS" serve --print-config
DS_LONG_POLL_TIMEOUT=soon expect 2 "$DS" serve --print-config
