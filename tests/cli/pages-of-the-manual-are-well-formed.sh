# groff, where it is installed, has nothing to say against a page of the manual.
if command -v groff >/dev/null; then
    for page in "$1"/../../man/*.[17]; do
        groff -man -ww -z -Tutf8 "$page" 2>complaints || fail "$page: groff failed"
        [ ! -s complaints ] || fail "$(cat complaints)"
    done
fi
