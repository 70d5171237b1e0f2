// The targets, each compared with what was measured.
import { isBetter } from './results.mjs'
import { ratio, short } from './words.mjs'

const sides = { atLeast: (value, goal) => value / goal, atMost: (value, goal) => goal / value }

// [{ text, status: 'met' | 'missed' | 'not measured', detail }]
export function judge({ blocks, peers, results }) {
  const columns = new Map(blocks.flatMap((block) => block.columns).map((one) => [one.id, one]))
  const at = (id, peer, field) => ({ column: columns.get(id), peer, field })
  const between = (text, above, below, side, goal) =>
    verdict(text, results.ratio(above, below), side, goal, ratio)
  const value = (text, { column, peer, field }, side, goal) =>
    verdict(text, results.median(column, peer, field), side, goal, short)
  const ours = [
    ...appendTargets(at, between),
    ...fanoutTargets(at, between, value),
    ...historyTargets(at, between),
    ...streamTargets(at, value),
    ...growthTargets(at, between),
  ]
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

function appendTargets(at, between) {
  const group = 'ceiling-group'
  return [
    ...['64', '256'].map((connections) => {
      const id = `a-one/${connections}`
      const text = `appends, ${connections} connections, of the group commit ceiling`
      return between(text, at(id, 'ds'), at(id, group), 'atLeast', 0.6)
    }),
    ...[
      ['64', 1.5],
      ['256', 4],
    ].map(([connections, goal]) => {
      const id = `a-one/${connections}`
      const text = `appends, ${connections} connections, of the Node reference in memory`
      return between(text, at(id, 'ds'), at(id, 'node-memory'), 'atLeast', goal)
    }),
    ...[
      ['64', 'a-many/64, 10,000 streams'],
      ['256', 'a-many/256, 10,000'],
    ].map(([connections, id]) => {
      const text = `appends, ${connections} connections, 10,000 streams, of those to one stream`
      return between(text, at(id, 'ds'), at(`a-one/${connections}`, 'ds'), 'atLeast', 0.8)
    }),
    between(
      'p50 of an append, 1 connection, of the group commit ceiling',
      at('a-one/1 connection', 'ds', 'p50_ms'),
      at('a-one/1 connection', group, 'p50_ms'),
      'atMost',
      1.3,
    ),
  ]
}

function fanoutTargets(at, between, value) {
  const most = 'd-most/10,000 readers'
  const slow = 'd-10000/10,000, 1/s'
  const idle = 'd-idle/10,000 readers'
  return [
    between(
      'deliveries/s, 10,000 readers, of raw send() to 10,000 sockets',
      at(most, 'ds'),
      at('m-sockets/10,000 sockets', 'machine'),
      'atLeast',
      0.7,
    ),
    between(
      'deliveries/s, 10,000 readers, of the minimal responder',
      at(most, 'ds'),
      at(most, 'ceiling-none'),
      'atLeast',
      0.7,
    ),
    between(
      'p99 of one message to 10,000 readers, of the minimal responder',
      at(slow, 'ds', 'p99_ms'),
      at(slow, 'ceiling-none', 'p99_ms'),
      'atMost',
      1.5,
    ),
    value('KiB of memory for an idle SSE reader', at(idle, 'ds'), 'atMost', 4),
    value('% of a processor with 10,000 idle', at(idle, 'ds', 'server_cpu_percent'), 'atMost', 0.5),
  ]
}

function historyTargets(at, between) {
  const names = {
    'f-warm/1 reader, 64 KiB bodies': 'catch-up MB/s, 1 reader',
    'f-warm/64 readers, 64 KiB': 'catch-up MB/s, 64 readers',
    'f-warm/1 reader, JSON of 100 B': 'catch-up MB/s, JSON, 1 reader',
    'f-warm/64 readers, JSON': 'catch-up MB/s, JSON, 64 readers',
    'f-small/at the tail': 'tail reads/s',
    'f-small/with ETag (304)': '304s/s',
  }
  return Object.entries(names).map(([id, text]) => {
    const of = `${text}, of the minimal responder`
    return between(of, at(id, 'ds'), at(id, 'ceiling-none'), 'atLeast', 0.6)
  })
}

function streamTargets(at, value) {
  const million = (column, peer = 'ds') => at(`g-1000000/${column}`, peer)
  return [
    value('1,000,000 streams: B of memory each', million('memory, B each'), 'atMost', 300),
    value('1,000,000 streams: s until they are open', million('opens in s'), 'atMost', 5),
    value('1,000,000 streams: open files', million('open files'), 'atMost', 200),
  ]
}

// Costs may differ by the noise of the machine, no more.
function growthTargets(at, between) {
  const pairs = [
    ['an append with 1,000,000 messages before it, of one with 0', 'h-length', '1,000,000', '0'],
    ['an append with 1,000,000 streams, of one with 1', 'h-streams', '1,000,000', '1'],
    ['a delivery with 10,000 other readers, of one with 0', 'h-parked', '10,000', '0'],
    ['a delivery to 10,000 readers, of one to 1,000', 'h-readers', '10,000', '1,000'],
  ]
  return pairs.map(([what, block, large, small]) =>
    between(
      `cost of ${what}`,
      at(`${block}/${large}`, 'ds'),
      at(`${block}/${small}`, 'ds'),
      'atMost',
      1.25,
    ),
  )
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
