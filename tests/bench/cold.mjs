// Measures what history in an object store costs. See usage().
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../node/server.mjs'
import { appendLatency, catchUp, hotLog, randomReads } from './cold_measures.mjs'
import { Laboratory } from './laboratory.mjs'
import { describeMachine, machineText } from './machine.mjs'

function usage() {
  return `Usage: tests/bench/cold [options]

Measures a stream of 1 KiB messages whose segments move to an object store, and holds the results
against what is promised:

  a  how large the hot log gets while it is written, message by message: less than twice a segment
     and one append; and when it is written as fast as the disk takes it
  b  ranged gets of a random read from S3 (npm s3rver): at most one
  c  catch-up from segments in a folder against the same data in the hot log: at least 0.7 of the
     rate; by a server that has just started, and again by the same one
  d  latency of appends with rotation against without: p99 at most 1.3 of it

  --only LETTERS   only these (default abcd)
  --size MIB       of the stream of a and b (default 2048)
  --history MIB    of the stream of c (default 512)
  --segment MIB    when a segment is full (default 4)
  --reads N        of b (default 500)
  --pairs N        how often c and d are measured, in pairs (default 5)
  --seconds S      of each measure of d (default 5)
  --out FILE       all values, as JSON (default build/bench/cold.json)
  --self-test      all of it tiny: are the results whole? Says nothing about speed
  --help

The environment variables DS and DS_BENCH name another ds and another ds_bench.
`
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'abcd' },
    size: { type: 'string', default: '2048' },
    history: { type: 'string', default: '512' },
    segment: { type: 'string', default: '4' },
    reads: { type: 'string', default: '500' },
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    out: { type: 'string', default: join(root, 'build/bench/cold.json') },
    'self-test': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  process.stdout.write(usage())
  process.exit(0)
}
const tiny = { size: 24, history: 8, segment: 1, reads: 20, pairs: 1, seconds: 0.3 }
const sizes = Object.fromEntries(
  Object.keys(tiny).map((name) => [name, options['self-test'] ? tiny[name] : Number(options[name])]),
)
if (Object.values(sizes).some((size) => !(size > 0)) || !/^[a-d]+$/.test(options.only)) {
  process.stderr.write(usage())
  process.exit(2)
}

const build = resolve(root, process.env.DS_BUILD ?? 'build/release')
const binary = resolve(process.env.DS ?? join(build, 'ds'))
const bench = resolve(process.env.DS_BENCH ?? join(build, 'tests/bench/ds_bench'))
for (const path of [binary, bench]) {
  if (existsSync(path)) continue
  process.stderr.write(`tests/bench/cold: ${path} is missing; scripts/build builds it\n`)
  process.exit(2)
}

const lab = new Laboratory({ binary: bench })
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    lab.close()
    process.exit(130)
  })
}
const machine = describeMachine(lab.directory)
console.log(`ds, history in an object store: ${machineText(machine)}`)
const measures = { a: hotLog, b: randomReads, c: catchUp, d: appendLatency }
const results = {}
let passed = 0
let failed = 0
try {
  for (const letter of options.only) {
    const began = Date.now()
    try {
      const result = await measures[letter]({ lab, binary, sizes })
      results[letter] = { ...result, took_seconds: (Date.now() - began) / 1000 }
      console.log(`${letter}  ${result.text}`)
      for (const { text, met } of result.promises) {
        console.log(`   ${met ? 'met   ' : 'MISSED'} ${text}`)
        if (met || options['self-test']) ++passed
        else ++failed
      }
    } catch (error) {
      console.log(`FAIL ${letter}: ${error.stack ?? error}`)
      ++failed
    }
  }
} finally {
  lab.close()
}
mkdirSync(dirname(options.out), { recursive: true })
writeFileSync(options.out, `${JSON.stringify({ machine, sizes, results }, null, 1)}\n`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
