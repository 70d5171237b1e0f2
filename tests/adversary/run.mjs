// What an adversary tries, one kind after the other, each against servers of its own. See usage().
import { parseArgs } from "node:util"

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

let passed = 0
let failed = 0
for (const kind of positionals.length > 0 ? positionals : kinds) {
  const { tests } = await import(`./${kind}.mjs`)
  for (const { name, run, skip } of tests(options)) {
    const why = skip?.()
    if (why) {
      console.log(`skip ${kind}: ${name}: ${why}`)
      continue
    }
    const began = Date.now()
    try {
      const note = await inTime(run())
      const seconds = ((Date.now() - began) / 1000).toFixed(1)
      console.log(`ok   ${kind}: ${name} (${seconds} s)${note ? `: ${note}` : ""}`)
      ++passed
    } catch (error) {
      console.log(`FAIL ${kind}: ${name}: ${error.stack ?? error}`)
      ++failed
    }
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

function inTime(test) {
  const tooLong = new Promise((_, reject) => {
    setTimeout(() => reject(new Error("took longer than 300 s")), 300000).unref()
  })
  return Promise.race([test, tooLong])
}
