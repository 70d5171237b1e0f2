# Completions of ds for bash. Written by: ds completion bash
_ds() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local words valued plain at=2 place=0
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W 'append backup close completion create-project estuary head inspect loadtest project proxy-config publish put restore retention rm rotate segments serve subscribe tail token unsubscribe webhook-key --help --version' -- "$word")
        return
    fi
    local command=${COMP_WORDS[1]}
    case "$command ${COMP_WORDS[2]}" in
    'loadtest cdn'|'loadtest cost') ((COMP_CWORD == 2)) || { command+=" ${COMP_WORDS[2]}"; at=3; } ;;
    esac
    case $command in
    append)
        case $before in
            --file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --content-type) COMPREPLY=(); return ;;
            --retry-for) COMPREPLY=(); return ;;
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--file --lines --create --content-type --close --retry-for -q --quiet --url --token --ca-file -h --help'
        valued=' --file --content-type --retry-for --url --token --ca-file '
        plain=('' '') ;;
    backup)
        case $before in
            --keep) COMPREPLY=(); return ;;
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --store) COMPREPLY=(); return ;;
            --store-endpoint) COMPREPLY=(); return ;;
            --store-region) COMPREPLY=(); return ;;
            --store-access-key) COMPREPLY=(); return ;;
            --store-secret-key) COMPREPLY=(); return ;;
            --store-session-token) COMPREPLY=(); return ;;
            --store-timeout) COMPREPLY=(); return ;;
            --store-concurrency) COMPREPLY=(); return ;;
        esac
        words='--keep --data --online --json --store --store-moved --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency -h --help'
        valued=' --keep --data --store --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency '
        plain=() ;;
    close)
        case $before in
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--url --token --ca-file -h --help'
        valued=' --url --token --ca-file '
        plain=('') ;;
    completion)
        case $before in
        esac
        words='-h --help'
        valued='  '
        plain=('bash zsh fish') ;;
    create-project)
        case $before in
            --import) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --url) COMPREPLY=(); return ;;
            --admin-token-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--public --import --data --online --json --url --admin-token-file --ca-file -h --help'
        valued=' --import --data --url --admin-token-file --ca-file '
        plain=('') ;;
    estuary)
        case $before in
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        esac
        words='--url --token --ca-file --data --online --json -h --help'
        valued=' --url --token --ca-file --data '
        plain=('ls show rm skip' '') ;;
    head)
        case $before in
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--url --token --ca-file --json -h --help'
        valued=' --url --token --ca-file '
        plain=('') ;;
    inspect)
        case $before in
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --store) COMPREPLY=(); return ;;
            --store-endpoint) COMPREPLY=(); return ;;
            --store-region) COMPREPLY=(); return ;;
            --store-access-key) COMPREPLY=(); return ;;
            --store-secret-key) COMPREPLY=(); return ;;
            --store-session-token) COMPREPLY=(); return ;;
            --store-timeout) COMPREPLY=(); return ;;
            --store-concurrency) COMPREPLY=(); return ;;
        esac
        words='--verify --data --online --json --store --store-moved --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency -h --help'
        valued=' --data --store --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency '
        plain=('') ;;
    loadtest)
        case $before in
            --url) COMPREPLY=(); return ;;
            --write-url) COMPREPLY=(); return ;;
            --project) COMPREPLY=(); return ;;
            --secret) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --cache-header) COMPREPLY=(); return ;;
            --clients) COMPREPLY=(); return ;;
            --streams) COMPREPLY=(); return ;;
            --sse-ratio) COMPREPLY=(); return ;;
            --write-interval) COMPREPLY=(); return ;;
            --duration) COMPREPLY=(); return ;;
            --ramp-up) COMPREPLY=(); return ;;
            --msg-size) COMPREPLY=(); return ;;
            --threads) COMPREPLY=(); return ;;
            --html) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --max-p99) COMPREPLY=(); return ;;
            --max-errors) COMPREPLY=(); return ;;
            --min-hit) COMPREPLY=(); return ;;
            --start-at) COMPREPLY=(); return ;;
            --merge) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--url --write-url --project --secret --token --ca-file --cache-header --clients --streams --sse-ratio --write-interval --duration --ramp-up --msg-size --threads --json --html --quiet --bill --max-p99 --max-errors --min-hit --start-at --merge -h --help'
        valued=' --url --write-url --project --secret --token --ca-file --cache-header --clients --streams --sse-ratio --write-interval --duration --ramp-up --msg-size --threads --html --max-p99 --max-errors --min-hit --start-at --merge '
        plain=()
        ((COMP_CWORD > 2)) || plain[0]+=' cdn cost' ;;
    'loadtest cdn')
        case $before in
            --url) COMPREPLY=(); return ;;
            --write-url) COMPREPLY=(); return ;;
            --project) COMPREPLY=(); return ;;
            --secret) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --cache-header) COMPREPLY=(); return ;;
            --concurrency) COMPREPLY=(); return ;;
            --stagger) COMPREPLY=(); return ;;
            --rounds) COMPREPLY=(); return ;;
        esac
        words='--url --write-url --project --secret --token --ca-file --cache-header --concurrency --stagger --rounds --json -h --help'
        valued=' --url --write-url --project --secret --token --ca-file --cache-header --concurrency --stagger --rounds '
        plain=() ;;
    'loadtest cost')
        case $before in
            --readers) COMPREPLY=(); return ;;
            --streams) COMPREPLY=(); return ;;
            --writes-per-second) COMPREPLY=(); return ;;
            --arrivals) mapfile -t COMPREPLY < <(compgen -W 'regular poisson' -- "$word"); return ;;
            --msg-size) COMPREPLY=(); return ;;
            --header-size) COMPREPLY=(); return ;;
            --sse-ratio) COMPREPLY=(); return ;;
            --sse-lifetime) COMPREPLY=(); return ;;
            --long-poll-timeout) COMPREPLY=(); return ;;
            --producer-ratio) COMPREPLY=(); return ;;
            --subscribers) COMPREPLY=(); return ;;
            --cold-reads) COMPREPLY=(); return ;;
            --retention-days) COMPREPLY=(); return ;;
            --hit-rate) COMPREPLY=(); return ;;
            --pops) COMPREPLY=(); return ;;
            --edge-hit-rate) COMPREPLY=(); return ;;
            --edge-hit-rate-behind-cdn) COMPREPLY=(); return ;;
            --prices) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --price) COMPREPLY=(); return ;;
            --scenario) COMPREPLY=(); return ;;
        esac
        words='--readers --streams --writes-per-second --arrivals --msg-size --header-size --sse-ratio --sse-lifetime --long-poll-timeout --producer-ratio --subscribers --cold-reads --retention-days --hit-rate --pops --edge-hit-rate --edge-hit-rate-behind-cdn --allowances --prices --price --print-prices --scenario --json -h --help'
        valued=' --readers --streams --writes-per-second --arrivals --msg-size --header-size --sse-ratio --sse-lifetime --long-poll-timeout --producer-ratio --subscribers --cold-reads --retention-days --hit-rate --pops --edge-hit-rate --edge-hit-rate-behind-cdn --prices --price --scenario '
        plain=() ;;
    project)
        case $before in
            --secret-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --url) COMPREPLY=(); return ;;
            --admin-token-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--secret-file --data --online --json --url --admin-token-file --ca-file -h --help'
        valued=' --secret-file --data --url --admin-token-file --ca-file '
        plain=('ls show rm keys cors privacy cache tokens estuaries reader-key' '' '') ;;
    proxy-config)
        case $before in
            --origin) COMPREPLY=(); return ;;
            --server-name) COMPREPLY=(); return ;;
            --listen) COMPREPLY=(); return ;;
            --tls-cert) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --tls-key) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --cdn-network) COMPREPLY=(); return ;;
            --cdn-header) COMPREPLY=(); return ;;
            --cache-dir) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --cache-mib) COMPREPLY=(); return ;;
            --long-poll-timeout) COMPREPLY=(); return ;;
            --sse-keep-alive) COMPREPLY=(); return ;;
            --max-body) COMPREPLY=(); return ;;
        esac
        words='--origin --server-name --listen --tls-cert --tls-key --behind-cdn --cdn-network --cdn-header --cache --no-cache --cache-dir --cache-mib --long-poll-timeout --sse-keep-alive --max-body -h --help'
        valued=' --origin --server-name --listen --tls-cert --tls-key --cdn-network --cdn-header --cache-dir --cache-mib --long-poll-timeout --sse-keep-alive --max-body '
        plain=('nginx caddy varnish') ;;
    publish)
        case $before in
            --file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --content-type) COMPREPLY=(); return ;;
            --retry-for) COMPREPLY=(); return ;;
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--file --content-type --retry-for --url --token --ca-file -h --help'
        valued=' --file --content-type --retry-for --url --token --ca-file '
        plain=('' '') ;;
    put)
        case $before in
            --content-type) COMPREPLY=(); return ;;
            --ttl) COMPREPLY=(); return ;;
            --expires-at) COMPREPLY=(); return ;;
            --fork-from) COMPREPLY=(); return ;;
            --fork-offset) COMPREPLY=(); return ;;
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--content-type --ttl --expires-at --closed --fork-from --fork-offset --url --token --ca-file -h --help'
        valued=' --content-type --ttl --expires-at --fork-from --fork-offset --url --token --ca-file '
        plain=('') ;;
    restore)
        case $before in
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --project) COMPREPLY=(); return ;;
            --store) COMPREPLY=(); return ;;
            --store-endpoint) COMPREPLY=(); return ;;
            --store-region) COMPREPLY=(); return ;;
            --store-access-key) COMPREPLY=(); return ;;
            --store-secret-key) COMPREPLY=(); return ;;
            --store-session-token) COMPREPLY=(); return ;;
            --store-timeout) COMPREPLY=(); return ;;
            --store-concurrency) COMPREPLY=(); return ;;
        esac
        words='--data --list --project --without-backup --json --store --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency -h --help'
        valued=' --data --project --store --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency '
        plain=() ;;
    retention)
        case $before in
            --age) COMPREPLY=(); return ;;
            --bytes) COMPREPLY=(); return ;;
            --messages) COMPREPLY=(); return ;;
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --store) COMPREPLY=(); return ;;
            --store-endpoint) COMPREPLY=(); return ;;
            --store-region) COMPREPLY=(); return ;;
            --store-access-key) COMPREPLY=(); return ;;
            --store-secret-key) COMPREPLY=(); return ;;
            --store-session-token) COMPREPLY=(); return ;;
            --store-timeout) COMPREPLY=(); return ;;
            --store-concurrency) COMPREPLY=(); return ;;
            --url) COMPREPLY=(); return ;;
            --admin-token-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--age --bytes --messages --none --data --online --json --store --store-moved --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency --url --admin-token-file --ca-file -h --help'
        valued=' --age --bytes --messages --data --store --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency --url --admin-token-file --ca-file '
        plain=('') ;;
    rm)
        case $before in
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--url --token --ca-file -h --help'
        valued=' --url --token --ca-file '
        plain=('') ;;
    rotate)
        case $before in
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --store) COMPREPLY=(); return ;;
            --store-endpoint) COMPREPLY=(); return ;;
            --store-region) COMPREPLY=(); return ;;
            --store-access-key) COMPREPLY=(); return ;;
            --store-secret-key) COMPREPLY=(); return ;;
            --store-session-token) COMPREPLY=(); return ;;
            --store-timeout) COMPREPLY=(); return ;;
            --store-concurrency) COMPREPLY=(); return ;;
        esac
        words='--dry-run --data --online --json --store --store-moved --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency -h --help'
        valued=' --data --store --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency '
        plain=('') ;;
    segments)
        case $before in
            --grace) COMPREPLY=(); return ;;
            --content-type) COMPREPLY=(); return ;;
            --stream) COMPREPLY=(); return ;;
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --store) COMPREPLY=(); return ;;
            --store-endpoint) COMPREPLY=(); return ;;
            --store-region) COMPREPLY=(); return ;;
            --store-access-key) COMPREPLY=(); return ;;
            --store-secret-key) COMPREPLY=(); return ;;
            --store-session-token) COMPREPLY=(); return ;;
            --store-timeout) COMPREPLY=(); return ;;
            --store-concurrency) COMPREPLY=(); return ;;
        esac
        words='--grace --dry-run --content-type --stream --data --online --json --store --store-moved --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency -h --help'
        valued=' --grace --content-type --stream --data --store --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency '
        plain=('ls gc import' '') ;;
    serve)
        case $before in
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --durability) mapfile -t COMPREPLY < <(compgen -W 'full os' -- "$word"); return ;;
            --lanes) COMPREPLY=(); return ;;
            --tail-cache-bytes) COMPREPLY=(); return ;;
            --page-cache-bytes) COMPREPLY=(); return ;;
            --producer-retention) COMPREPLY=(); return ;;
            --listen) COMPREPLY=(); return ;;
            --tls-cert) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --tls-key) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --trust-proxy) COMPREPLY=(); return ;;
            --public-url) COMPREPLY=(); return ;;
            --long-poll-timeout) COMPREPLY=(); return ;;
            --sse-keep-alive) COMPREPLY=(); return ;;
            --sse-lifetime) COMPREPLY=(); return ;;
            --header-timeout) COMPREPLY=(); return ;;
            --idle-timeout) COMPREPLY=(); return ;;
            --write-timeout) COMPREPLY=(); return ;;
            --drain-timeout) COMPREPLY=(); return ;;
            --max-body) COMPREPLY=(); return ;;
            --body-budget) COMPREPLY=(); return ;;
            --max-header-bytes) COMPREPLY=(); return ;;
            --max-headers) COMPREPLY=(); return ;;
            --max-connections) COMPREPLY=(); return ;;
            --io-threads) COMPREPLY=(); return ;;
            --edge-cache-bytes) COMPREPLY=(); return ;;
            --cache-age) COMPREPLY=(); return ;;
            --cache-stale) COMPREPLY=(); return ;;
            --cache-live-age) COMPREPLY=(); return ;;
            --wake-stagger) COMPREPLY=(); return ;;
            --limit-project-requests) COMPREPLY=(); return ;;
            --limit-project-bytes) COMPREPLY=(); return ;;
            --limit-project-connections) COMPREPLY=(); return ;;
            --limit-project-readers) COMPREPLY=(); return ;;
            --limit-project-streams) COMPREPLY=(); return ;;
            --limit-stream-producers) COMPREPLY=(); return ;;
            --limit-address-requests) COMPREPLY=(); return ;;
            --limit-address-bytes) COMPREPLY=(); return ;;
            --limit-address-connections) COMPREPLY=(); return ;;
            --limit-address-readers) COMPREPLY=(); return ;;
            --admin-listen) COMPREPLY=(); return ;;
            --log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error' -- "$word"); return ;;
            --access-log) mapfile -t COMPREPLY < <(compgen -W 'off errors all' -- "$word"); return ;;
            --log-format) mapfile -t COMPREPLY < <(compgen -W 'auto json text' -- "$word"); return ;;
            --config) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --rotate-messages) COMPREPLY=(); return ;;
            --rotate-bytes) COMPREPLY=(); return ;;
            --rotate-age) COMPREPLY=(); return ;;
            --rotate-compression) mapfile -t COMPREPLY < <(compgen -W 'auto none zstd' -- "$word"); return ;;
            --segment-cache-bytes) COMPREPLY=(); return ;;
            --retain-age) COMPREPLY=(); return ;;
            --retain-bytes) COMPREPLY=(); return ;;
            --retain-messages) COMPREPLY=(); return ;;
            --gc-grace) COMPREPLY=(); return ;;
            --backup-every) COMPREPLY=(); return ;;
            --backup-keep) COMPREPLY=(); return ;;
            --store) COMPREPLY=(); return ;;
            --store-endpoint) COMPREPLY=(); return ;;
            --store-region) COMPREPLY=(); return ;;
            --store-access-key) COMPREPLY=(); return ;;
            --store-secret-key) COMPREPLY=(); return ;;
            --store-session-token) COMPREPLY=(); return ;;
            --store-timeout) COMPREPLY=(); return ;;
            --store-concurrency) COMPREPLY=(); return ;;
            --auth) mapfile -t COMPREPLY < <(compgen -W 'auto projects token hook none' -- "$word"); return ;;
            --auth-url) COMPREPLY=(); return ;;
            --auth-timeout) COMPREPLY=(); return ;;
            --auth-token-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --admin-token-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --cors-origin) COMPREPLY=(); return ;;
            --webhook-loopback) mapfile -t COMPREPLY < <(compgen -W 'auto yes no' -- "$word"); return ;;
            --webhook-host) COMPREPLY=(); return ;;
            --estuary-ttl) COMPREPLY=(); return ;;
            --fanout-inline) COMPREPLY=(); return ;;
            --fanout-backlog) COMPREPLY=(); return ;;
        esac
        words='--data --durability --lanes --tail-cache-bytes --page-cache-bytes --producer-retention --listen --tls-cert --tls-key --trust-proxy --public-url --long-poll-timeout --sse-keep-alive --sse-lifetime --header-timeout --idle-timeout --write-timeout --drain-timeout --max-body --body-budget --max-header-bytes --max-headers --max-connections --io-threads --server-timing --edge-cache-bytes --cache-age --cache-stale --cache-live-age --wake-stagger --limit-project-requests --limit-project-bytes --limit-project-connections --limit-project-readers --limit-project-streams --limit-stream-producers --limit-address-requests --limit-address-bytes --limit-address-connections --limit-address-readers --admin-listen --log-level --access-log --log-format --print-config --config --rotate-messages --rotate-bytes --rotate-age --keep-hot --rotate-compression --segment-cache-bytes --retain-age --retain-bytes --retain-messages --gc-grace --backup-every --backup-keep --store --store-moved --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency --store-takeover --accept-loss --auth --auth-url --auth-timeout --insecure --auth-token-file --admin-token-file --cors-origin --webhook-loopback --webhook-host --estuary-ttl --fanout-inline --fanout-backlog -h --help'
        valued=' --data --durability --lanes --tail-cache-bytes --page-cache-bytes --producer-retention --listen --tls-cert --tls-key --trust-proxy --public-url --long-poll-timeout --sse-keep-alive --sse-lifetime --header-timeout --idle-timeout --write-timeout --drain-timeout --max-body --body-budget --max-header-bytes --max-headers --max-connections --io-threads --edge-cache-bytes --cache-age --cache-stale --cache-live-age --wake-stagger --limit-project-requests --limit-project-bytes --limit-project-connections --limit-project-readers --limit-project-streams --limit-stream-producers --limit-address-requests --limit-address-bytes --limit-address-connections --limit-address-readers --admin-listen --log-level --access-log --log-format --config --rotate-messages --rotate-bytes --rotate-age --rotate-compression --segment-cache-bytes --retain-age --retain-bytes --retain-messages --gc-grace --backup-every --backup-keep --store --store-endpoint --store-region --store-access-key --store-secret-key --store-session-token --store-timeout --store-concurrency --auth --auth-url --auth-timeout --auth-token-file --admin-token-file --cors-origin --webhook-loopback --webhook-host --estuary-ttl --fanout-inline --fanout-backlog '
        plain=() ;;
    subscribe)
        case $before in
            --from) mapfile -t COMPREPLY < <(compgen -W 'now start' -- "$word"); return ;;
            --notify-above) COMPREPLY=(); return ;;
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--keep --from --json --plain --notify-above --url --token --ca-file -h --help'
        valued=' --from --notify-above --url --token --ca-file '
        plain=('' '') ;;
    tail)
        case $before in
            --from) mapfile -t COMPREPLY < <(compgen -W 'start now' -- "$word"); return ;;
            -n|--last) COMPREPLY=(); return ;;
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--from -n --last --no-follow --url --token --ca-file -h --help'
        valued=' --from -n --last --url --token --ca-file '
        plain=('') ;;
    token)
        case $before in
            --scope) mapfile -t COMPREPLY < <(compgen -W 'read write manage' -- "$word"); return ;;
            --stream) COMPREPLY=(); return ;;
            --expires-in) COMPREPLY=(); return ;;
            --explain) COMPREPLY=(); return ;;
            --secret) COMPREPLY=(); return ;;
            --secret-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --url) COMPREPLY=(); return ;;
            --admin-token-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--scope --stream --expires-in --explain --secret --secret-file --data --online --json --url --admin-token-file --ca-file -h --help'
        valued=' --scope --stream --expires-in --explain --secret --secret-file --data --url --admin-token-file --ca-file '
        plain=('') ;;
    unsubscribe)
        case $before in
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
            --ca-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--url --token --ca-file -h --help'
        valued=' --url --token --ca-file '
        plain=('' '') ;;
    webhook-key)
        case $before in
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        esac
        words='--data --online --json -h --help'
        valued=' --data '
        plain=() ;;
    esac
    # Which of the arguments it is: options and their values are none.
    for ((; at < COMP_CWORD; ++at)); do
        if [[ $valued == *" ${COMP_WORDS[at]} "* ]]; then ((++at))
        elif [[ ${COMP_WORDS[at]} != -* ]]; then ((++place)); fi
    done
    [[ $word == -* ]] || words=${plain[place]-}
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _ds ds
