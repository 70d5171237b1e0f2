# Few files, a port that is taken, a port that takes a right: the server says what to do about it.
(
    ulimit -n 100
    start_server
    wait_until grep -q connections.bounded serve.log
    grep -q LimitNOFILE serve.log || fail 'no hint'
    # More of them than the server has files for: each is answered, or told to come back.
    python3 - "${DS_URL#http://127.0.0.1:}" <<'END' || fail 'a connection was left without an answer'
import socket, sys
held, told = [], 0
for _ in range(90):
    peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    peer.settimeout(10)
    peer.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    status = peer.recv(65536).split(b" ")[1]
    assert status in (b"200", b"503"), status
    told += status == b"503"
    held.append(peer)
assert 0 < told < 90, told
END
    stop_server
)
start_server --max-connections 100
[ "$(grep -c connections.bounded serve.log)" = 1 ] || fail 'bounded without need'
tells 1 err 'Address already in use' "$DS" serve --data other --listen "$server_listen"
says err "ss -ltnp 'sport = :${server_listen#127.0.0.1:}'" '127.0.0.1:0'

# Root may listen anywhere, unless the right is taken from it.
if [ "$(id -u)" = 0 ] && [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 443 ]; then
    expect 1 setpriv --bounding-set=-net_bind_service "$DS" serve --data third --listen 127.0.0.1:443
    says err 'Permission denied' CAP_NET_BIND_SERVICE
fi
stop_server
