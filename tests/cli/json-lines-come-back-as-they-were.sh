# A file of JSON lines that went in with --lines comes out of tail as it was, live and later.
start_server
{
    printf '{"n": 1.0e0, "big": 123456789012345678901234567890, "n": 2}\n'
    printf '[1,[2],{"a":[]}]\n"line\\nbreak \303\251"\nnull\n-0\n{}\n[]\n'
    for i in $(seq 1 2000); do echo "{\"i\":$i}"; done
} >input
"$DS" put json/lines --content-type application/json
"$DS" tail json/lines >live &
tail=$!
"$DS" append json/lines --lines --close <input
wait "$tail"
same live input
"$DS" tail json/lines >later
same later input
