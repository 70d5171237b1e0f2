# Help and version print to standard output and succeed, however they are asked for.
expect 0 "$DS" --help
cp out overview
expect 0 "$DS" -h
same out overview
expect 0 "$DS" help
same out overview
for command in append backup completion inspect put restore retention rotate segments serve tail; do
    says overview "  $command "
    tells 0 out "Usage: ds $command [OPTIONS]" "$DS" "$command" --help
    says out 'Examples:'
    cp out page
    expect 0 "$DS" help "$command"
    same out page
done
expect 0 "$DS" --version
grep -qxE 'ds [0-9]+\.[0-9]+\.[0-9]+' out || fail "version: $(cat out)"
