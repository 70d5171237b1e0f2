# A bill shows the published figures and the right ones, and no slip in its numbers goes unnoticed.
cost() { expect 0 "$DS" loadtest cost "$@"; }
wrong() {
    local says=$1
    shift
    expect 2 "$DS" loadtest cost "$@"
    [ ! -s out ] || fail "a bill was printed all the same for: $*"
    says err "$says"
}

cost --readers 10000 --writes-per-second 1 --hit-rate 0.999
says out '$11,664.00' '$17.66' '$122.64' '$2,455.44'
cost --scenario reference-no-cache
says out '25,920,000,000' '$7,776.00'
cost --hit-rate 79% --json
[ "$(json out '[round(s["publishedLines"], 2) for s in d["scenarios"] if s["id"] == "reference-cdn"]')" = '[2455.44]' ]

# What is printed as the list of prices is taken back as one, and a single price comes after it.
cost --print-prices
cp out prices.json
cost --json && cp out before
cost --prices prices.json --json
same out before
sed -i 's/"price": 0.30,/"price": 0.60,/' prices.json
cost --prices prices.json --price object-requests=0 --json
[ "$(json out '[round(s["publishedLines"], 2) for s in d["scenarios"] if s["id"] == "reference-no-cache"]')" = '[15552.0]' ]
cost --allowances --scenario ds
says out 'INCLUDED'

wrong '99.9 is no share; write it as 0.99 or 99%' --hit-rate 99.9
wrong 'nan is no share' --hit-rate nan
wrong 'the number of readers must be 1 to 1000000000, not 0' --readers 0
wrong 'the number of readers must be 1 to' --readers 1e300
wrong '--readers' --readers many
wrong 'the writes per second must be 0 to 1000000, not -1' --writes-per-second=-1
wrong '--arrivals' --arrivals seldom
wrong "there is no scenario 'dss'" --scenario dss
wrong "there is no price 'vpss'" --price vpss=4
wrong "'vps' must be a number of dollars" --price vps=-4
wrong "want NAME=DOLLARS" --price vps
wrong 'absent' --prices absent
printf '{"currency":"USD","prices":[{"name":"vps"}]}' >part.json
wrong "part.json: prices: 'vps' lacks 'what'" --prices part.json
printf 'no JSON' >text.json
wrong 'text.json: prices: this is no JSON' --prices text.json
