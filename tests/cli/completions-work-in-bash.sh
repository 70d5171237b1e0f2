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
touch some-file
offers some-file ds append x --file so
for shell in zsh fish; do "$DS" completion "$shell" | grep -q no-follow; done
expect 2 "$DS" completion tcsh
