// A tiny run of each measure against ds and the ceilings: whole results, no errors; and whether
// what is written of them is whole. Says nothing about speed.
import { figuresText } from './figures.mjs'
import { gateText, pairOf, pairPeers, pairsText } from './guard.mjs'
import { pictureText } from './picture.mjs'
import { allBlocks } from './plan.mjs'
import { forManual, forReadme, replaced, unpublishable } from './publish.mjs'
import { Results } from './results.mjs'
import { judge } from './targets.mjs'

const seconds = 0.1
const times = ['p50_ms', 'p99_ms', 'max_ms']
const usage = ['server_cpu_us', 'server_cpu_percent', 'rss_mib']
const rates = ['per_second', ...times]
const few = { readers: 20, size: 100 }
const history = { bytes: 200000, readers: 2, rounds: 1 }
const bytes = { 'content-type': 'application/octet-stream', 'message-size': 65536 }
const small = { kind: 'tail', connections: 2, seconds }

// [measure, options, fields it must have beside those of all]
const driven = [
  ['append', { connections: 4, streams: 10, seconds }, ['requests_per_second', ...rates]],
  ['append', { connections: 2, batch: 10, pipeline: 4, seconds }, rates],
  ['append', { connections: 2, streams: 3, producers: true, seconds }, rates],
  ['fanout', { ...few, rate: 50, seconds }, ['share_of_rate', 'last_p99_ms', ...rates]],
  ['fanout', { ...few, saturate: true, seconds }, ['expected', ...rates]],
  ['idle', { ...few, seconds }, ['kib_per_reader', 'connect_seconds', ...times]],
  ['longpoll', { ...few, rounds: 2 }, rates],
  ['catchup', { ...history, 'message-size': 100 }, ['mb_per_second', 'bytes_per_answer', ...times]],
  ['catchup', { ...history, ...bytes }, ['mb_per_second', ...times]],
  ['reads', small, ['status', ...rates]],
  ['reads', { ...small, kind: 'etag' }, ['status', ...rates]],
  ['reads', { ...small, kind: 'page' }, ['status', ...rates]],
  ['reads', { ...small, kind: 'etag-page' }, ['status', ...rates]],
  ['streams', { count: 100, 'append-each': true }, ['bytes_per_stream', 'per_second']],
]
// Of ds alone: nobody else has estuaries.
const own = [['estuary', { subscribers: 20, size: 100, seconds }, ['copies', 'busy', ...rates]]]
const alone = [
  ['sqlite', { size: 100, batch: 4, seconds }, ['commits_per_second', ...rates]],
  ['sockets', { readers: 20, rounds: 3 }, ['each_p50_ms', ...rates]],
]

class Tally {
  passed = 0
  failed = 0

  constructor(print) {
    this.print = print
  }

  async check(name, run) {
    try {
      await run()
      ++this.passed
    } catch (error) {
      ++this.failed
      this.print(`FAIL ${name}: ${error.message}`)
    }
  }
}

async function whole(lab, [measure, options, fields], target) {
  const result = await lab.bench(measure, options, target)
  const expected = ['errors', ...fields, ...(target.pid ? usage : [])]
  const lacking = expected.filter((field) => typeof result[field] !== 'number')
  if (result.measure !== measure) throw new Error(`the result of ${result.measure}`)
  if (lacking.length > 0) throw new Error(`no number is ${lacking.join(', ')}`)
}

// As if every column had been measured of everybody.
function imagined(blocks, peers) {
  const results = new Results()
  for (const column of blocks.flatMap((block) => block.columns)) {
    const { columns, value, also } = column.block
    const fields = [value, ...also, ...columns.flatMap((one) => one.value ?? [])]
    for (const [i, peer] of peers.entries()) {
      const result = Object.fromEntries(fields.map((field) => [field, i + 1]))
      results.add({ column: column.id, peer: peer.id, repetition: 1, result })
    }
  }
  return results
}

function writing(peers) {
  const blocks = allBlocks()
  const results = imagined(blocks, peers)
  const verdicts = judge({ blocks, peers, results })
  const about = { date: '2000-01-01', repeat: 1, machineText: 'machine', command: 'command' }
  const all = { blocks, peers, results, verdicts, about }
  return { figures: figuresText(all), picture: pictureText(all), verdicts }
}

function demand(good, why) {
  if (!good) throw new Error(why)
}

// What tokens cost: with results that are there, and as if they were.
async function checkGuard(lab, tally, pair) {
  await tally.check('gate', async () => {
    const gate = await lab.gate({ batches: 3, requests: 100 })
    const text = gateText(gate)
    demand(!/-$|undefined|NaN/m.test(text), `a value is not there: ${text}`)
  })
  await tally.check('pairs', () => {
    const blocks = allBlocks()
    const text = pairsText({ blocks, pair, results: imagined(blocks, pair.peers) })
    demand(!/undefined|NaN/.test(text), 'a value is not there')
    const columns = blocks.flatMap((block) => block.columns)
    const falls = columns.filter((one) => (one.better ?? one.block.better) === 'less').length
    demand(text.includes(`${falls} of ${columns.length} rows fall`), text.split('\n').at(-1))
  })
}

async function checkWriting(tally, peers) {
  const { figures, picture, verdicts } = writing(peers)
  await tally.check('figures', () => {
    const rows = figures.split('\n').filter((line) => line.startsWith('|')).length - 2
    demand(rows > 15 && rows <= 25, `${rows} rows`)
    demand(!/undefined|NaN|null/.test(figures), 'a value is not there')
  })
  await tally.check('picture', () => {
    const opened = picture.match(/<(svg|text|tspan|style|defs|pattern)\b/g).length
    const closed = picture.match(/<\/(svg|text|tspan|style|defs|pattern)>/g).length
    demand(opened === closed, `${opened} elements are opened, ${closed} closed`)
    demand(!/undefined|NaN/.test(picture), 'a value is not there')
  })
  await tally.check('targets', () => {
    const silent = verdicts.filter(({ status }) => status === 'not measured')
    demand(silent.length === 0, `no column for: ${silent.map(({ text }) => text).join('; ')}`)
  })
  await tally.check('publishing', () => {
    const text = 'a\n<!-- figures -->\nold\n<!-- /figures -->\nb\n'
    const fresh = replaced(text, 'new\n')
    demand(fresh === text.replace('old', 'new'), `it became ${JSON.stringify(fresh)}`)
    demand(unpublishable() === undefined, `${unpublishable()}`)
    for (const shown of [forReadme(figures), forManual(figures)])
      demand(!/undefined|NaN|null/.test(shown), 'a value is not there')
  })
}

// True if all is well.
export async function selfTest({ lab, peers, print }) {
  const tally = new Tally(print)
  const pair = pairOf(peers)
  const ceilings = peers.filter(({ id }) => id.startsWith('ceiling-'))
  for (const peer of [...pairPeers(pair), ...ceilings]) {
    await tally.check(peer.id, () =>
      lab.withFreshServer(peer, async (target) => {
        // At once, for nobody's speed is looked at.
        const all = peer.id === 'ds' ? [...driven, ...own] : driven
        const checks = all.map(([measure, options, fields], i) => {
          const name = `${peer.id}: ${measure} ${JSON.stringify(options)}`
          const named = { ...options, prefix: `self-${i}` }
          return tally.check(name, () => whole(lab, [measure, named, fields], target))
        })
        await Promise.all(checks)
      }),
    )
  }
  for (const one of alone) {
    await tally.check(one[0], () =>
      lab.inDirectory((directory) => {
        const [measure, options, fields] = one
        const place = measure === 'sqlite' ? { directory } : { cpu2: lab.cpus.server }
        return whole(lab, [measure, { ...options, ...place }, fields], {})
      }),
    )
  }
  await checkGuard(lab, tally, pair)
  await checkWriting(tally, peers)
  print(`${tally.passed} passed, ${tally.failed} failed`)
  return tally.failed === 0
}
