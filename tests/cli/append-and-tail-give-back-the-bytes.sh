# Whatever goes in, as text or as binary data, whole or in lines, comes out byte for byte.
start_server
printf 'one\r\ntwo\rthree\n\n\n caf\303\251 \377\376\000 tab\t\n  two spaces\nno newline' >input
for type in text/plain application/octet-stream; do
    stream=bytes/${type#*/}
    "$DS" put "$stream" --content-type "$type"
    "$DS" tail "$stream" >live &
    tail=$!
    "$DS" append "$stream" --file input
    "$DS" append "$stream" --lines <input
    "$DS" append "$stream" "$(printf 'a word\r')"
    "$DS" append "$stream" --lines --close --file input
    { cat input input; printf 'a word\r'; cat input; } >expected
    wait "$tail"
    same live expected
    "$DS" tail "$stream" >later
    same later expected
done
