// The measures of tests/bench/cold: each gives { text, promises: [{ text, met }], and its values }.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startS3, storeEnvironment } from '../node/s3.mjs'
import { dice } from '../node/s3_faults.mjs'
import { sleep, until } from '../node/server.mjs'
import { startProcess } from './peers/process.mjs'

const run = promisify(execFile)
const mib = 1024 * 1024
const messageSize = 1024
const prefix = 'cold'
// A segment is full with so many bytes.
function segmentFlags({ segment }) {
  return ['--rotate-bytes', segment * mib, '--rotate-messages', 1000000000]
}
const hour = 3600

// ds serve, as the laboratory starts servers.
function peerOf(binary, flags) {
  return {
    dialect: 'ds',
    base: '/v1/stream/',
    start: ({ cpu, directory }) => {
      const place = ['--data', directory, '--listen', '127.0.0.1:0']
      return startProcess({
        cpu,
        command: [binary, 'serve', ...place, ...flags.map(String)],
        said: /^listening on http:\/\/127\.0\.0\.1:(\d+)/m,
        env: storeEnvironment,
        strict: true,
      })
    },
  }
}

async function operate(binary, directory, ...words) {
  const options = { maxBuffer: 256 * mib }
  const line = [...words, '--online', '--json', '--data', directory]
  return JSON.parse((await run(binary, line, options)).stdout)
}

const inspect = (binary, directory) => operate(binary, directory, 'inspect')

async function rotated(binary, directory) {
  const done = async () => (await inspect(binary, directory)).waiting === 0
  await until('all full segments to be in the store', done, hour * 1000)
}

// JSON goes in appends of 256 KiB.
const batchBytes = 256 * 1024
function stream(size) {
  const type = { 'content-type': 'application/json' }
  return { prefix, bytes: size * mib, 'message-size': messageSize, ...type }
}

function fill(lab, target, size) {
  return lab.bench('catchup', { ...stream(size), readers: 1, rounds: 1 }, target, hour)
}

const shown = (bytes) => `${(bytes / mib).toFixed(2)} MiB`
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

// Values of pairs: the medians, and the median and the spread of the ratios within the pairs.
function compare(ones, others) {
  const ratios = ones.map((one, i) => one / others[i])
  const ratio = median(ratios)
  const spread = `${digits(Math.min(...ratios))} to ${digits(Math.max(...ratios))}`
  const both = `${digits(median(ones))} against ${digits(median(others))}`
  return { ratio, text: `${both}, ratio ${digits(ratio)} (${spread})` }
}

// The hot log's size, again and again while a stream of so many MiB is written; the store is a
// folder.
async function looksAtHotLog({ lab, binary, sizes }, write) {
  const samples = []
  const rate = await lab.inDirectory((directory) =>
    lab.withServer(peerOf(binary, segmentFlags(sizes)), directory, async (target) => {
      let done = false
      const writing = write(lab, target, sizes).finally(() => (done = true))
      writing.catch(() => {}) // told below
      const began = performance.now()
      while (!done) {
        const { hot_bytes: hot, database_bytes: database } = await inspect(binary, directory)
        samples.push({ ms: Math.round(performance.now() - began), hot, database })
        await sleep(50) // between two looks
      }
      return writing
    }),
  )
  const most = (field) => Math.max(...samples.map((sample) => sample[field]))
  const bound = 2 * sizes.segment * mib + batchBytes
  const within = samples.filter(({ hot }) => hot <= bound).length / samples.length
  const text = [
    `at ${rate.toFixed(0)} MB/s: hot rows at most ${shown(most('hot'))}`,
    `database files at most ${shown(most('database'))}`,
    `${samples.length} looks, ${(100 * within).toFixed(1)} % of them under ${shown(bound)}`,
  ].join(', ')
  return { text, rate, bound, most: most('hot'), samples }
}

// Each message an append of its own, by 64 who each wait for the answer.
async function writeMessages(lab, target, sizes) {
  const load = { connections: 64, size: messageSize, 'content-type': 'application/json' }
  const rates = []
  for (let left = sizes.size * mib; left > 0; ) {
    const round = await lab.bench('append', { ...load, seconds: sizes.seconds }, target)
    rates.push((round.per_second * messageSize) / 1e6)
    left -= round.per_second * round.seconds * messageSize
  }
  return median(rates)
}

// As fast as one writer can: appends of 256 KiB.
async function writeBatches(lab, target, sizes) {
  return (await fill(lab, target, sizes.size)).fill_mb_per_second
}

export async function hotLog(parts) {
  const messages = await looksAtHotLog(parts, writeMessages)
  const batches = await looksAtHotLog(parts, writeBatches)
  return {
    text: [
      `${parts.sizes.size} MiB in appends of ${messageSize} B over 64 connections, ${messages.text}`,
      `in appends of ${batchBytes / 1024} KiB, as fast as the disk takes them, ${batches.text}`,
    ].join('; '),
    promises: [
      {
        text: `message by message, hot rows under ${shown(messages.bound)}`,
        met: messages.most <= messages.bound,
      },
    ],
    messages,
    batches,
  }
}

// Reads at random places, one after another, each by offset; the S3 server counts the gets.
export async function randomReads({ lab, binary, sizes }) {
  const s3 = await startS3()
  const peer = peerOf(binary, [...segmentFlags(sizes), ...s3.flags()])
  try {
    return await lab.inDirectory(async (directory) => {
      const segments = await lab.withServer(peer, directory, async (target) => {
        await fill(lab, target, sizes.size)
        await rotated(binary, directory)
        return segmentsOf(binary, directory)
      })
      return lab.withServer(peer, directory, async (target) => {
        const { gets, times } = await readAt(target, segments, sizes, s3)
        const { counts } = await inspect(binary, directory)
        return judged({ segments, gets, times, ahead: counts.read_ahead })
      })
    })
  } finally {
    await s3.stop()
  }
}

async function segmentsOf(binary, directory) {
  const listed = await operate(binary, directory, 'segments', 'ls')
  return listed.segments ?? listed
}

async function readAt(target, segments, sizes, s3) {
  const roll = dice(1)
  const times = []
  const gets = []
  const name = `http://127.0.0.1:${target.port}${target.base}${prefix}-00000000`
  for (let i = 0; i < sizes.reads; ++i) {
    const { from, messages } = segments[Math.floor(roll() * segments.length)]
    const place = String(Math.floor(roll() * messages)).padStart(16, '0')
    const url = `${name}?offset=${from.slice(0, 17)}${place}`
    const before = s3.counts().ranged
    const began = performance.now()
    const reply = await fetch(url)
    const page = await reply.json()
    times.push(performance.now() - began)
    if (reply.status !== 200 || page.length === 0) throw new Error(`${url}: ${reply.status}`)
    gets.push(s3.counts().ranged - before)
  }
  return { gets, times }
}

// What is fetched ahead answers no read: nobody waits for it.
function judged({ segments, gets, times, ahead }) {
  const sum = gets.reduce((total, one) => total + one, 0)
  const all = times.toSorted((a, b) => a - b)
  const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))].toFixed(1)
  return {
    text: [
      `${gets.length} random reads over ${segments.length} segments in S3`,
      `${sum} ranged gets, ${ahead} of them ahead, at most ${Math.max(...gets)} during a read`,
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
    ].join(', '),
    promises: [
      { text: 'at most one ranged get answers a read', met: sum - ahead <= gets.length },
      { text: 'not more gets than reads in all', met: sum <= gets.length },
    ],
    gets,
    times,
  }
}

// The same stream twice: in segments in a folder, and in the hot log. A pair is of the same minute.
export async function catchUp({ lab, binary, sizes }) {
  const cold = peerOf(binary, segmentFlags(sizes))
  const hot = peerOf(binary, [...segmentFlags(sizes), '--store', 'none'])
  const read = { ...stream(sizes.history), readers: 1, 'no-fill': true }
  const rate = async (rounds, target) =>
    (await lab.bench('catchup', { ...read, rounds }, target, hour)).mb_per_second
  const pairs = []
  await lab.inDirectory((coldPlace) =>
    lab.inDirectory(async (hotPlace) => {
      await lab.withServer(cold, coldPlace, async (target) => {
        await fill(lab, target, sizes.history)
        await rotated(binary, coldPlace)
      })
      await lab.withServer(hot, hotPlace, (target) => fill(lab, target, sizes.history))
      const measure = (peer, place) =>
        lab.withServer(peer, place, async (target) => ({
          first: await rate(1, target),
          again: await rate(2, target),
        }))
      for (let i = 0; i < sizes.pairs; ++i) {
        const pair = {}
        for (const which of i % 2 === 0 ? ['cold', 'hot'] : ['hot', 'cold']) {
          pair[which] = await measure(...(which === 'cold' ? [cold, coldPlace] : [hot, hotPlace]))
        }
        pairs.push(pair)
      }
    }),
  )
  const rates = (which, when) => pairs.map((pair) => pair[which][when])
  const compared = (when) => compare(rates('cold', when), rates('hot', when))
  const [first, again] = [compared('first'), compared('again')]
  return {
    text: [
      `catch-up of ${sizes.history} MiB from segments against the hot log, MB/s`,
      `by a new server: ${first.text}`,
      `again by the same: ${again.text}`,
    ].join('; '),
    promises: [
      { text: 'by a new server at least 0.7 of the rate', met: first.ratio >= 0.7 },
      { text: 'again by the same at least 0.7 of the rate', met: again.ratio >= 0.7 },
    ],
    pairs,
  }
}

// Appends of 1 KiB to one stream over 16 connections, on fresh directories.
export async function appendLatency({ lab, binary, sizes }) {
  const peers = {
    with: peerOf(binary, segmentFlags(sizes)),
    without: peerOf(binary, [...segmentFlags(sizes), '--store', 'none']),
  }
  const load = { connections: 16, size: messageSize, seconds: sizes.seconds }
  const pairs = []
  for (let i = 0; i < sizes.pairs; ++i) {
    const pair = {}
    for (const which of i % 2 === 0 ? ['with', 'without'] : ['without', 'with']) {
      pair[which] = await lab.withFreshServer(peers[which], (target) =>
        lab.bench('append', { ...load, 'content-type': 'application/json' }, target),
      )
    }
    pairs.push(pair)
  }
  const values = (which, field) => pairs.map((pair) => pair[which][field])
  const compared = (field) => compare(values('with', field), values('without', field))
  const p99 = compared('p99_ms')
  return {
    text: [
      'appends with rotation against without',
      `p50 in ms: ${compared('p50_ms').text}`,
      `p99 in ms: ${p99.text}`,
      `appends/s: ${compared('per_second').text}`,
    ].join('; '),
    promises: [{ text: 'p99 at most 1.3 of without', met: p99.ratio <= 1.3 }],
    pairs,
  }
}
