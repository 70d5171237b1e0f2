# A hook is taken from the command line, the environment and a file; contradictions are refused.
url=http://127.0.0.1:1/may
serve() { expect "$1" "$DS" serve --data data --listen 127.0.0.1:0 "${@:2}"; }
for mode in projects token none; do
    serve 2 --auth "$mode" --auth-url "$url"
    says err "--auth $mode asks no hook" '--auth hook'
done
serve 2 --auth hook
says err '--auth hook needs --auth-url, such as http://127.0.0.1:9000/may'
serve 2 --auth-url 127.0.0.1:9000
says err 'want a URL such as http://127.0.0.1:9000/may'
serve 2 --auth-url https://me:secret-word@auth.example/may
says err '--auth-url'
[ "$(grep -c secret-word err)" = 0 ] || fail "a password is shown: $(cat err)"
serve 2 --auth-url ftp://auth.example/may
serve 2 --auth-url "$url" --auth-timeout 0
DS_AUTH_URL=nonsense serve 2
says err 'ds: DS_AUTH_URL: want a URL'

# What is printed can be taken back.
DS_AUTH_URL=$url expect 0 "$DS" serve --print-config --auth-timeout 2
cp out printed.toml
[ "$(grep -cE "^auth-url=[\"']$url[\"']$" out)" = 1 ] || fail "no URL: $(cat out)"
start_server --config printed.toml
expect 5 "$DS" put shop/orders
stop_server
start_server --auth hook --auth-url "$url"
tells 5 err 'cannot be found out' "$DS" tail shop/orders --no-follow
stop_server
[ "$(grep -c auth_hook.sick serve.log)" = 2 ] || fail "it is told once: $(cat serve.log)"
