// What an adversary tries, one kind after the other, each against servers of its own. See usage().
import { parseArgs } from "node:util"

import { runParts } from "../node/parts.mjs"

const kinds = ["bodies"]

function usage() {
  return `Usage: tests/adversary/run [options] [KIND...]

Runs all kinds of attacks, or those named:

  bodies      large, slow and nested bodies from peers that show no token

  --long        the sizes that were seen to do harm; without it smaller ones of the same kind
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
