// The targets, each compared with what was measured.
import { isBetter } from './results.mjs'
import { ratio, short } from './words.mjs'

const sides = { atLeast: (value, goal) => value / goal, atMost: (value, goal) => goal / value }

// [text, side, goal, what, of whom, field]: the value of a column of ds, or with `of` its ratio to
// that of { peer, column }, which are ds and the same column where they are not said.
const group = { peer: 'ceiling-group' }
const minimal = { peer: 'ceiling-none' }
const node = { peer: 'node-memory' }
const of = (column) => ({ column })
const million = '1,000,000 streams'
const targets = [
  ['appends, 64 connections, of the group commit ceiling', 'atLeast', 0.6, 'a-one/64', group],
  ['appends, 256 connections, of the group commit ceiling', 'atLeast', 0.6, 'a-one/256', group],
  ['appends, 64 connections, of the Node reference in memory', 'atLeast', 1.5, 'a-one/64', node],
  ['appends, 256 connections, of the Node reference in memory', 'atLeast', 4, 'a-one/256', node],
  ['appends, 64 connections, 10,000 streams, of those to one stream', 'atLeast', 0.8, 'a-many/64, 10,000 streams', of('a-one/64')],
  ['appends, 256 connections, 10,000 streams, of those to one stream', 'atLeast', 0.8, 'a-many/256, 10,000', of('a-one/256')],
  ['p50 of an append, 1 connection, of the group commit ceiling', 'atMost', 1.3, 'a-one/1 connection', group, 'p50_ms'],
  ['deliveries/s, 10,000 readers, of raw send() to 10,000 sockets', 'atLeast', 0.7, 'd-most/10,000 readers', { peer: 'machine', column: 'm-sockets/10,000 sockets' }],
  ['deliveries/s, 10,000 readers, of the minimal responder', 'atLeast', 0.7, 'd-most/10,000 readers', minimal],
  ['p99 of one message to 10,000 readers, of the minimal responder', 'atMost', 1.5, 'd-10000/10,000, 1/s', minimal, 'p99_ms'],
  ['KiB of memory for an idle SSE reader', 'atMost', 4, 'd-idle/10,000 readers'],
  ['% of a processor with 10,000 idle', 'atMost', 0.5, 'd-idle/10,000 readers', undefined, 'server_cpu_percent'],
  ['catch-up MB/s, 1 reader, of the minimal responder', 'atLeast', 0.6, 'f-warm/1 reader, 64 KiB bodies', minimal],
  ['catch-up MB/s, 64 readers, of the minimal responder', 'atLeast', 0.6, 'f-warm/64 readers, 64 KiB', minimal],
  ['catch-up MB/s, JSON, 1 reader, of the minimal responder', 'atLeast', 0.6, 'f-warm/1 reader, JSON of 100 B', minimal],
  ['catch-up MB/s, JSON, 64 readers, of the minimal responder', 'atLeast', 0.6, 'f-warm/64 readers, JSON', minimal],
  ['tail reads/s, of the minimal responder', 'atLeast', 0.6, 'f-small/at the tail', minimal],
  ['304s/s, of the minimal responder', 'atLeast', 0.6, 'f-small/with ETag (304)', minimal],
  [`${million}: B of memory each`, 'atMost', 300, 'g-1000000/memory, B each'],
  [`${million}: s until they are open`, 'atMost', 5, 'g-1000000/opens in s'],
  [`${million}: open files`, 'atMost', 200, 'g-1000000/open files'],
  // Costs may differ by the noise of the machine, no more.
  ['cost of an append with 1,000,000 messages before it, of one with 0', 'atMost', 1.25, 'h-length/1,000,000', of('h-length/0')],
  ['cost of an append with 1,000,000 streams, of one with 1', 'atMost', 1.25, 'h-streams/1,000,000', of('h-streams/1')],
  ['cost of a delivery with 10,000 other readers, of one with 0', 'atMost', 1.25, 'h-parked/10,000', of('h-parked/0')],
  ['cost of a delivery to 10,000 readers, of one to 1,000', 'atMost', 1.25, 'h-readers/10,000', of('h-readers/1,000')],
]

// [{ text, status: 'met' | 'missed' | 'not measured', detail }]
export function judge({ blocks, peers, results }) {
  const columns = new Map(blocks.flatMap((block) => block.columns).map((one) => [one.id, one]))
  const ours = targets.map(([text, side, goal, id, other, field]) => {
    const own = { column: columns.get(id), peer: 'ds', field }
    if (other === undefined) return verdict(text, results.median(own.column, own.peer, field), side, goal, short)
    const below = { ...own, ...other, column: columns.get(other.column ?? id) }
    return verdict(text, results.ratio(own, below), side, goal, ratio)
  })
  return [...ours, ...rivals(columns, peers, results), ...nchanRows(columns, results)]
}

function verdict(text, measured, side, goal, words) {
  const sign = side === 'atLeast' ? '≥' : '≤'
  const wanted = `${text} ${sign} ${words(goal)}`
  if (measured === undefined) return { text: wanted, status: 'not measured', detail: '' }
  const share = sides[side](measured, goal)
  const met = share >= 1
  const by = met ? '' : ` by ${Math.max(1, Math.round(100 * (1 - share)))} %`
  return { text: wanted, status: met ? 'met' : 'missed', detail: `${words(measured)}${by}` }
}

// Rows where another server has the better value; the best of those only:
// [{ column, peer, own, theirs, factor }]
export function losses({ columns, peers, results, kinds }) {
  return [...columns.values()].flatMap((column) => {
    const own = results.median(column, 'ds')
    if (own === undefined) return []
    return peers
      .filter(({ kind }) => kinds.includes(kind))
      .map((peer) => ({ column, peer, own, theirs: results.median(column, peer.id) }))
      .filter(({ theirs }) => theirs !== undefined && isBetter(column, theirs, own))
      .sort((a, b) => (isBetter(column, a.theirs, b.theirs) ? -1 : 1))
      .slice(0, 1)
      .map((loss) => ({ ...loss, factor: factorOf(loss) }))
  })
}

function factorOf({ own, theirs }) {
  return Math.max(own, theirs) / Math.max(Math.min(own, theirs), 1e-9)
}

function rivals(columns, peers, results) {
  const lost = losses({ columns, peers, results, kinds: ['durable-streams'] })
  const others = peers.filter(({ kind }) => kind === 'durable-streams')
  const rows = [...columns.values()].filter(
    (one) =>
      results.median(one, 'ds') !== undefined &&
      others.some(({ id }) => results.median(one, id) !== undefined),
  ).length
  const text = 'at least as good as the best other Durable Streams server in every row'
  return [counted(text, rows, lost)]
}

function nchanRows(columns, results) {
  const fanout = new Map([...columns].filter(([, one]) => one.block.fanout))
  const peers = [{ id: 'nchan', name: 'nginx nchan', kind: 'broker' }]
  const rows = [...fanout.values()].filter(
    (one) => results.median(one, 'ds') !== undefined && results.median(one, 'nchan') !== undefined,
  ).length
  const lost = losses({ columns: fanout, peers, results, kinds: ['broker'] })
  return [counted('ahead of nchan in every fan-out row', rows, lost)]
}

function counted(text, rows, lost) {
  if (rows === 0) return { text, status: 'not measured', detail: '' }
  const detail = `${rows - lost.length} of ${rows} rows`
  const names = lost.map(
    ({ column, peer, factor }) => `\n    ${column.id}: ${peer.name} by ${ratio(factor)}`,
  )
  return { text, status: lost.length === 0 ? 'met' : 'missed', detail: detail + names.join('') }
}

export function printTargets(verdicts, print) {
  print('\nTargets')
  for (const { text, status, detail } of verdicts) {
    print(`  ${status.padEnd(12)} ${text}${detail === '' ? '' : `: ${detail}`}`)
  }
}
