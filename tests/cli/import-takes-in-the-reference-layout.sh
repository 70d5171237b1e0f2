# Segments of the hosted system, a folder of them or a single file, read the same here.
folder=bucket/stream/$(printf old/stream | base64 | tr -d '=' | tr '+/' '-_')
mkdir -p "$folder"
printf '\0\0\0\4abc\n\0\0\0\3de\n' >"$folder/segment-0.seg"
printf '\0\0\0\2f\n' >"$folder/segment-1.seg"
start_server
stop_server
expect 0 "$DS" segments import bucket --content-type text/plain --data data
says out 'imported 2 segments of 1 stream, 3 messages'
expect 2 "$DS" segments import bucket --content-type text/plain --data data
expect 0 "$DS" segments import "$folder/segment-0.seg" --stream old/one --content-type text/plain \
    --data data --json
[ "$(json out 'd["messages"], d["bytes"]')" = '(2, 7)' ] || fail "one file: $(cat out)"
expect 0 "$DS" inspect --data data --verify
start_server
expect 0 "$DS" tail old/stream --from start --no-follow
printf 'abc\nde\nf\n' >wanted
same out wanted
expect 0 "$DS" tail old/one --from start --no-follow
printf 'abc\nde\n' >wanted
same out wanted
stop_server
mkdir cut
printf '\0\0\0\377x' >cut/segment-0.seg
expect 1 "$DS" segments import cut/segment-0.seg --stream old/bad --content-type text/plain \
    --data data
expect 2 "$DS" segments import nowhere --content-type text/plain --data data
