// Measures ds, its peers and the ceilings of the machine. See usage().
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../node/server.mjs'
import { minutesOf } from './estimate.mjs'
import { figuresText } from './figures.mjs'
import { gateText, pairOf, pairPeers, pairsText } from './guard.mjs'
import { Laboratory } from './laboratory.mjs'
import { describeMachine, machineText } from './machine.mjs'
import { allPeers } from './peers/peers.mjs'
import { pictureText } from './picture.mjs'
import { allBlocks } from './plan.mjs'
import { publish, unpublishable } from './publish.mjs'
import { Results } from './results.mjs'
import { selfTest } from './self_test.mjs'
import { printTable } from './table.mjs'
import { judge, printTargets } from './targets.mjs'
import { measureAll } from './turns.mjs'

function usage() {
  return `Usage: tests/bench/run [options]

Measures ds, other servers and the ceilings of the machine, prints one table, and writes
result.json, figures.md and picture.svg. All of it takes about 25 minutes.

  --quick          a small part once, in less than two minutes
  --repeat N       how often each measure is taken; the table has medians (default 3)
  --only LETTERS   only these: a appends, b batches and pipelines, c idempotent appends,
                   d SSE fan-out, e long-poll, f catch-up and small reads, g a million streams,
                   h growth
  --peers IDS      only these, separated by commas: ds,ceiling-group,nchan ...
  --out DIR        where the files go (default build/bench)
  --scale F        all times longer or shorter: 0.5 is half as long
  --auth           ds alone, each row with tokens that nobody checks and that are checked, by turns
                   (default: 5 times), and what the gate costs by itself. Writes auth.json only
  --against PATH   ds alone, each row with the ds of PATH and with this one, by turns (default: 5 times).
                   A row that falls by more than 3 % is named. Writes against.json only
  --publish        also writes tests/bench/picture.svg and tests/bench/figures.md, and replaces the
                   figures in man/ds-figures.7 and README.md
  --plan           say what would be measured, and do nothing
  --self-test      a tiny run of each measure against ds and the ceilings: are the results whole?
  --bench-binary PATH   another ds_bench, with ds_ceiling and ds_gate next to it
  --help

The environment variables DS, DS_BENCH and DS_BENCH_PEERS name another ds, another ds_bench, and
another folder than build/peers for servers that are built here.
`
}

const spec = {
  quick: { type: 'boolean', default: false },
  repeat: { type: 'string' },
  only: { type: 'string', default: 'abcdefgh' },
  peers: { type: 'string' },
  out: { type: 'string', default: join(root, 'build/bench') },
  scale: { type: 'string', default: '1' },
  auth: { type: 'boolean', default: false },
  against: { type: 'string' },
  publish: { type: 'boolean', default: false },
  plan: { type: 'boolean', default: false },
  'self-test': { type: 'boolean', default: false },
  'bench-binary': { type: 'string' },
  help: { type: 'boolean', default: false },
}

function parsed() {
  try {
    return parseArgs({ options: spec }).values
  } catch (error) {
    refuse(error.message)
  }
}

function refuse(why) {
  process.stderr.write(`tests/bench/run: ${why}\n`)
  process.exit(2)
}

const options = parsed()
if (options.help) {
  process.stdout.write(usage())
  process.exit(0)
}
const repeat = Number(options.repeat ?? (options.auth || options.against ? 5 : options.quick ? 1 : 3))
const scale = Number(options.scale)
if (!(Number.isInteger(repeat) && repeat > 0)) refuse('--repeat takes a number above 0')
if (!(scale > 0)) refuse('--scale takes a number above 0')
const paired = options.auth || options.against !== undefined
if (paired && (options.peers || options.publish)) refuse('--auth and --against are about ds, and for reading only')
if (options.auth && options.against) refuse('--auth and --against are two runs')
if (!/^[a-h]+$/.test(options.only)) refuse('--only takes letters from a to h')

const build = resolve(root, process.env.DS_BUILD ?? 'build/release')
const bench = resolve(
  options['bench-binary'] ?? process.env.DS_BENCH ?? join(build, 'tests/bench/ds_bench'),
)
const binaries = {
  ds: resolve(process.env.DS ?? join(build, 'ds')),
  ceiling: join(dirname(bench), 'ds_ceiling'),
}
const programs = resolve(root, process.env.DS_BENCH_PEERS ?? 'build/peers')

const other = options.against && resolve(options.against)
const pair = paired ? pairOf(allPeers({ binaries, programs }), other) : undefined

function chosenPeers() {
  if (pair !== undefined) return pairPeers(pair)
  const known = allPeers({ binaries, programs })
  const wanted = options.peers?.split(',') ?? known.map(({ id }) => id)
  const unknown = wanted.filter((id) => !known.some((peer) => peer.id === id))
  if (unknown.length > 0) refuse(`no peer is called ${unknown.join(', ')}`)
  const peers = known.filter(({ id }) => wanted.includes(id))
  for (const peer of peers) {
    peer.absent = peer.missing()
    peer.versionText = peer.absent === undefined ? peer.version() : ''
  }
  return peers
}

// Who is measured in a column, of those who are here.
function present(column, peers) {
  const wanted = options.quick ? (column.quick ?? []) : column.peers
  if (pair !== undefined) return wanted.includes('ds') ? peers : []
  return peers.filter((peer) => wanted.includes(peer.id) && peer.absent === undefined)
}

function chosenColumns(blocks, peers) {
  return blocks
    .filter(({ letter }) => options.only.includes(letter))
    .flatMap(({ columns }) => columns)
    .filter((column) => column.of === undefined)
    .map((column) => ({ column, who: present(column, peers) }))
    .filter(({ who }) => who.length > 0)
}

function writeResults({ blocks, peers, results, machine, verdicts, began }) {
  const about = {
    date: began.toISOString(),
    minutes: Math.round((Date.now() - began) / 6000) / 10,
    quick: options.quick,
    repeat,
    scale,
    machine,
    machineText: machineText(machine),
    command: commandLine(),
  }
  const out = resolve(options.out)
  mkdirSync(out, { recursive: true })
  const listed = peers.map(({ versionText: version, ...peer }) => ({ ...peer, version }))
  const all = { ...about, peers: listed, targets: verdicts, samples: results.samples }
  writeFileSync(join(out, 'result.json'), `${JSON.stringify(all, null, 1)}\n`)
  const figures = figuresText({ blocks, peers, results, verdicts, about })
  const picture = pictureText({ blocks, peers, results, about })
  writeFileSync(join(out, 'figures.md'), figures)
  writeFileSync(join(out, 'picture.svg'), picture)
  console.log(`\nresult.json, figures.md and picture.svg are in ${out}`)
  console.log(`The run took ${about.minutes} minutes.`)
  if (options.publish) publish({ figures, picture })
}

// What was asked for, as far as it changes what is measured.
function commandLine() {
  const given = ['repeat', 'only', 'peers', 'scale'].filter((name) => {
    const usual = spec[name].default
    return options[name] !== undefined && options[name] !== usual
  })
  const flags = given.map((name) => ` --${name} ${options[name]}`).join('')
  return `tests/bench/run${options.quick ? ' --quick' : ''}${flags}`
}

const began = new Date()
const blocks = allBlocks()
const peers = chosenPeers()
const work = chosenColumns(blocks, peers)
const estimate = `about ${minutesOf(work, { repeat, scale }).toFixed(1)} minutes`
if (options.plan) {
  for (const { column, who } of work) {
    console.log(`${column.id}: ${who.map(({ id }) => id).join(' ')}`)
  }
  console.log(estimate)
  process.exit(0)
}
for (const path of [bench, binaries.ceiling, binaries.ds, ...(other ? [other] : [])]) {
  if (!existsSync(path)) refuse(`${path} is missing; scripts/build builds it`)
}
const why = options.publish ? unpublishable() : undefined
if (why !== undefined) refuse(why)
const lab = new Laboratory({ binary: bench, scale })
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    lab.close()
    process.exit(130)
  })
}
if (options['self-test']) {
  const good = await selfTest({ lab, peers, print: console.log }).finally(() => lab.close())
  process.exit(good ? 0 : 1)
}
const machine = describeMachine(lab.directory)
console.log(`ds benchmark, ${began.toISOString().slice(0, 10)}: ${machineText(machine)}`)
console.log(`Each measure ${repeat === 1 ? 'once' : `${repeat} times`}: ${estimate}.`)
if (options.quick) {
  console.log('--quick: one run of each, few peers; left out are 16 connections, 1 KiB, a stream')
  console.log('for each connection, batches, idempotent appends, most of fan-out and catch-up,')
  console.log('a million streams, and growth.')
}
const results = new Results()
let gate
try {
  if (options.auth) gate = await lab.gate()
  await measureAll({ lab, work, repeat, results })
} finally {
  lab.close()
}
if (paired) {
  if (gate) console.log(`\n${gateText(gate)}`)
  console.log(`\n${pairsText({ blocks, pair, results })}`)
  const samples = { machine, gate, samples: results.samples }
  mkdirSync(resolve(options.out), { recursive: true })
  const file = join(resolve(options.out), options.auth ? 'auth.json' : 'against.json')
  writeFileSync(file, `${JSON.stringify(samples, null, 1)}\n`)
} else {
  printTable({ blocks, peers, results, print: console.log })
  const verdicts = judge({ blocks, peers, results })
  printTargets(verdicts, console.log)
  writeResults({ blocks, peers, results, machine, verdicts, began })
}
const failed = results.samples.filter(({ peer, failure }) => /^ds(-guarded|-other)?$/.test(peer) && failure !== undefined)
if (failed.length > 0) {
  console.log(`\nds failed in: ${failed.map(({ column }) => column).join('; ')}`)
  process.exitCode = 1
}
