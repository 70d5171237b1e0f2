# Lines appended while the server is killed and started again arrive once each, in order.
start_server
"$DS" put restart/lines --content-type text/plain
mkfifo pipe
"$DS" append restart/lines --lines --close <pipe >appended 2>append.err &
append=$!
exec 3>pipe
"$DS" tail restart/lines >seen 2>tail.err 3>&- &
tail=$!
for round in 1 2 3; do
    for i in $(seq 1 200); do echo "round $round line $i"; done | tee -a expected >&3
    wait_until has_size seen "$(stat -c %s expected)"
    stop_server KILL
    # These are read, and cannot be sent, while nobody is there.
    for i in $(seq 1 20); do echo "round $round while away $i"; done | tee -a expected >&3
    start_server
done
exec 3>&-
wait "$append"
wait "$tail"
same seen expected
"$DS" tail restart/lines >later
same later expected
says append.err 'trying again'
