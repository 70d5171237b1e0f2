# Two followers, one from the start and one that joins later, get each byte once through restarts.
start_server
for type in text/plain application/json; do
    stream=resume/${type#*/}
    rm -f first second
    "$DS" put "$stream" --content-type "$type"
    "$DS" tail "$stream" >first 2>first.err &
    first=$!
    : >expected
    for round in 1 2 3; do
        for i in $(seq 1 300); do echo "{\"round\":$round,\"i\":$i}"; done >lines
        cat lines >>expected
        "$DS" append "$stream" --lines --quiet <lines
        if [ "$round" = 1 ]; then
            "$DS" tail "$stream" >second 2>second.err &
            second=$!
            # A server that was never reached is an error; an interruption is not.
            wait_until has_size first 1
            wait_until has_size second 1
        fi
        if [ "$round" != 3 ]; then
            stop_server KILL
            start_server
        fi
    done
    "$DS" append "$stream" --close
    wait "$first"
    wait "$second"
    same first expected
    same second expected
done
