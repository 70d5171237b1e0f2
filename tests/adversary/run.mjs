// What an adversary tries, one kind after the other, each against servers of its own. See usage().
import { parseArgs } from "node:util"

import { runParts } from "../node/parts.mjs"

const kinds = [
  "bodies",
  "heads",
  "tokens",
  "hooks",
  "connections",
  "readers",
  "content",
  "counts",
  "estuaries",
  "webhooks",
  "endings",
  "directories",
]

function usage() {
  return `Usage: tests/adversary/run [options] [KIND...]

Runs all kinds of attacks, or those named:

  bodies       slow and nested bodies from peers that show no token
  heads        paths that lead elsewhere, heads without end, noise
  tokens       tokens that are guessed
  hooks        an external hook that is asked without end, hangs, or answers badly
  connections  peers that drip, say nothing, come and go, or take nothing
  readers      readers that stall on large pages, live and in history
  content      JSON of the worst kinds, packed bodies, odd header values
  counts       producers, streams of a subscription, keys, tokens and URLs without end
  estuaries    appends that become many copies, or go through nets
  webhooks     receivers that answer badly
  endings      signals while peers hold on
  directories  files that are lost, foreign, newer or damaged; a clock that jumps

While most of them run, a neighbour appends and reads, and must not notice. Afterwards the server has to be
alive and healthy, to end when it is told to, and 'ds inspect --verify' has to find all of its directory true.

  --long        the sizes that were seen to do harm, and a neighbour who notices more; without it smaller ones of
                the same kind
  --sanitized   the server is slow and large: bounds of time and memory are wider
  --help

The environment variable DS names another ds than build/release/ds.
`
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: "boolean", default: false },
    sanitized: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
})
if (options.help) {
  process.stdout.write(usage())
  process.exit(0)
}
if (positionals.some((kind) => !kinds.includes(kind))) {
  process.stderr.write(usage())
  process.exit(2)
}

await runParts({
  parts: positionals.length > 0 ? positionals : kinds,
  load: (kind) => import(`./${kind}.mjs`),
  options,
  seconds: 300,
})
