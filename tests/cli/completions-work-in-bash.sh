# The script is valid, and offers commands, options and choices where they belong.
"$DS" completion bash >script
bash -n script
# shellcheck source=/dev/null
. ./script
offers() {
    COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
    _ds
    [[ " ${COMPREPLY[*]} " == *" $1 "* ]] || fail "'$1' is not among '${COMPREPLY[*]}' for: ${*:2}"
}
offers append ds ''
offers tail ds ta
offers --content-type ds put x --con
offers --close ds append x --
offers full ds serve --durability ''
offers zsh ds completion ''
# Each argument in its place: after an action there is none to choose.
offers_nothing() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _ds
    [ ${#COMPREPLY[@]} = 0 ] || fail "'${COMPREPLY[*]}' is offered for: $*"
}
offers keys ds project ''
offers keys ds project --data somewhere ''
offers_nothing ds project keys ''
offers_nothing ds project --online keys shop ''
offers --online ds project keys --onl
offers cost ds loadtest ''
offers_nothing ds loadtest cost ''
touch some-file
offers some-file ds append x --file so
for shell in zsh fish; do "$DS" completion "$shell" | grep -q no-follow; done
expect 2 "$DS" completion tcsh
