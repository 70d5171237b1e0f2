# Completions of ds for bash. Written by: ds completion bash
_ds() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words plain
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W 'append completion put serve tail --help --version' -- "$word")
        return
    fi
    case ${COMP_WORDS[1]} in
    append)
        case $before in
            --file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            --content-type) COMPREPLY=(); return ;;
            --retry-for) COMPREPLY=(); return ;;
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
        esac
        words='--file --lines --content-type --close --retry-for -q --quiet --url --token -h --help'
        plain='' ;;
    completion)
        case $before in
        esac
        words='-h --help'
        plain='bash zsh fish' ;;
    put)
        case $before in
            --content-type) COMPREPLY=(); return ;;
            --ttl) COMPREPLY=(); return ;;
            --expires-at) COMPREPLY=(); return ;;
            --fork-from) COMPREPLY=(); return ;;
            --fork-offset) COMPREPLY=(); return ;;
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
        esac
        words='--content-type --ttl --expires-at --closed --fork-from --fork-offset --url --token -h --help'
        plain='' ;;
    serve)
        case $before in
            --data) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
            --durability) mapfile -t COMPREPLY < <(compgen -W 'full os' -- "$word"); return ;;
            --segment-messages) COMPREPLY=(); return ;;
            --segment-bytes) COMPREPLY=(); return ;;
            --lanes) COMPREPLY=(); return ;;
            --tail-cache-bytes) COMPREPLY=(); return ;;
            --page-cache-bytes) COMPREPLY=(); return ;;
            --producer-retention) COMPREPLY=(); return ;;
            --listen) COMPREPLY=(); return ;;
            --public-url) COMPREPLY=(); return ;;
            --long-poll-timeout) COMPREPLY=(); return ;;
            --sse-keep-alive) COMPREPLY=(); return ;;
            --sse-lifetime) COMPREPLY=(); return ;;
            --header-timeout) COMPREPLY=(); return ;;
            --idle-timeout) COMPREPLY=(); return ;;
            --write-timeout) COMPREPLY=(); return ;;
            --drain-timeout) COMPREPLY=(); return ;;
            --max-body) COMPREPLY=(); return ;;
            --max-header-bytes) COMPREPLY=(); return ;;
            --max-headers) COMPREPLY=(); return ;;
            --max-connections) COMPREPLY=(); return ;;
            --io-threads) COMPREPLY=(); return ;;
            --log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error' -- "$word"); return ;;
            --log-format) mapfile -t COMPREPLY < <(compgen -W 'auto json text' -- "$word"); return ;;
            --config) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
        words='--data --durability --segment-messages --segment-bytes --lanes --tail-cache-bytes --page-cache-bytes --producer-retention --listen --public-url --long-poll-timeout --sse-keep-alive --sse-lifetime --header-timeout --idle-timeout --write-timeout --drain-timeout --max-body --max-header-bytes --max-headers --max-connections --io-threads --server-timing --log-level --log-format --print-config --config -h --help'
        plain='' ;;
    tail)
        case $before in
            --from) mapfile -t COMPREPLY < <(compgen -W 'start now' -- "$word"); return ;;
            --url) COMPREPLY=(); return ;;
            --token) COMPREPLY=(); return ;;
        esac
        words='--from --no-follow --url --token -h --help'
        plain='' ;;
    esac
    [[ $word == -* ]] || words=$plain
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _ds ds
