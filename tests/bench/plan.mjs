// What is measured, and of whom: the blocks of the table as rows of data.
//
// A block has what its columns share; a column is [title, options of ds_bench, peers, more]. More can
// be said of it:
//   quick   who is measured by --quick; without it the column is left out there
//   figure  its name in the README, where it is a row; connections or readers at the end
//   limit   in seconds, for those who will not come to an end
//   once    not repeated: it takes long
//   takes   seconds, beside those of its loads that are said in them; for the estimate only
//   run     another way to measure it
import * as runs from './plan_runs.mjs'

const strong = ['ds', 'ceiling-group', 'rust-wal', 'rust-memory', 'axum-memory', 'node-memory']
const streamServers = [...strong, 'axum-file-durable', 'node-file']
const brokers = ['nchan', 'nats', 'redis-always', 'redis-everysec']
const everybody = [...streamServers, 'ds-os', 'ceiling-none', 'axum-acid', ...brokers]
const quickly = ['ds', 'ceiling-group', 'node-memory', 'nchan']
const edge = ['ds', 'ceiling-group']
const pushers = ['ds', 'ceiling-none', 'nchan']
const streamPushers = ['ds', 'ceiling-none', ...strong.slice(2)]
const morePushers = [...streamPushers, 'nchan']
const subscribers = [...morePushers, 'node-file', 'nats', 'redis-always']
const inMemory = ['ds', 'ceiling-none', 'rust-wal', 'axum-memory', 'node-memory', 'node-file']
const onDisk = ['ds', 'rust-wal', 'axum-file-durable', 'node-file']
const own = ['ds']

const many = (count) => count.toLocaleString('en')
const rates = { value: 'per_second', also: ['p50_ms', 'p99_ms'], better: 'more' }
const appends = {
  ...rates,
  letter: 'a',
  unit: 'appends/s',
  ceiling: 'ceiling-group',
  measure: 'append',
  base: { size: 100, streams: 1, seconds: 0.5 },
}
const kib = { size: 1024 }

const appendBlocks = [
  {
    id: 'a-one',
    title: 'Appends of 100 B to one stream',
    ...appends,
    columns: [
      ['1 connection', { connections: 1 }, everybody, { quick: quickly, figure: 'Appends/s, 1 connection' }],
      ['16', { connections: 16 }, [...strong, 'nchan', 'redis-always']],
      ['64', { connections: 64 }, everybody, { quick: quickly, figure: 'Appends/s, 64 connections' }],
      ['256', { connections: 256 }, everybody, { quick: quickly, figure: 'Appends/s, 256 connections' }],
    ],
  },
  {
    id: 'a-kib',
    title: 'Appends of 1 KiB to one stream',
    ...appends,
    columns: [
      ['1 connection', { connections: 1, ...kib }, edge],
      ['16', { connections: 16, ...kib }, edge],
      ['64', { connections: 64, ...kib }, [...strong, ...brokers], { figure: 'Appends/s of 1 KiB, 64 connections' }],
      ['256', { connections: 256, ...kib }, [...strong, ...brokers]],
    ],
  },
  {
    id: 'a-own',
    title: 'Appends of 100 B, one stream for each connection',
    ...appends,
    columns: [
      ['16 connections', { connections: 16, streams: 16 }, edge],
      ['64', { connections: 64, streams: 64 }, streamServers],
      ['256', { connections: 256, streams: 256 }, streamServers, { figure: 'Appends/s to 256 streams, 256 connections' }],
    ],
  },
  {
    id: 'a-many',
    title: 'Appends of 100 B spread over many streams',
    ...appends,
    columns: [
      ['64, 10,000 streams', { connections: 64, streams: 1e4 }, strong],
      ['256, 10,000', { connections: 256, streams: 1e4 }, streamServers,
        { quick: edge, limit: 20, figure: 'Appends/s to 10,000 streams, 256 connections' }],
      ['256, 100,000', { connections: 256, streams: 1e5 }, strong,
        { limit: 40, figure: 'Appends/s to 100,000 streams, 256 connections' }],
    ],
  },
  {
    id: 'b',
    title: 'Batched and pipelined appends of 100 B to one stream',
    ...appends,
    letter: 'b',
    unit: 'messages/s',
    columns: [
      ['16, batches of 100', { connections: 16, batch: 100 }, strong, { figure: 'Messages/s in batches of 100, 16 connections' }],
      ['1, 64 in flight', { connections: 1, pipeline: 64 }, strong],
      ['16, 16 in flight', { connections: 16, pipeline: 16 }, strong,
        { quick: edge, figure: 'Messages/s, 16 connections, 16 requests in flight on each' }],
    ],
  },
  {
    id: 'c',
    title: 'Idempotent appends of 100 B to one stream, a producer a connection',
    ...appends,
    letter: 'c',
    columns: [
      ['64', { connections: 64, producers: true }, streamServers, { figure: 'Idempotent appends/s, 64 connections' }],
      ['256', { connections: 256, producers: true }, strong],
    ],
  },
]

function rateBlock(readers) {
  return {
    id: `d-${readers}`,
    letter: 'd',
    title: `SSE fan-out of 100 B to ${many(readers)} readers of one stream`,
    value: 'p99_ms',
    unit: 'ms, p99 of a delivery',
    also: ['p50_ms', 'max_ms', 'share_of_rate'],
    better: 'less',
    ceiling: 'ceiling-none',
    fanout: true,
    measure: 'fanout',
    base: { readers, size: 100 },
    columns: [1, 10, 100].map((rate) => {
      const wide = (readers === 1000 && rate === 10) || (readers === 10000 && rate === 1)
      const figure = `SSE delivery, p99 in ms, ${many(readers)} readers, ${rate}/s`
      const shown = wide ? { quick: pushers, figure } : {}
      const seconds = rate === 1 ? 2 : 0.8
      return [`${many(readers)}, ${rate}/s`, { rate, seconds }, wide ? subscribers : pushers, { limit: 12, ...shown }]
    }),
  }
}

const liveBlocks = [
  ...[100, 1000, 10000].map(rateBlock),
  {
    id: 'd-most',
    letter: 'd',
    title: 'SSE fan-out of 100 B, as much as goes',
    ...rates,
    unit: 'deliveries/s',
    also: ['p99_ms'],
    ceiling: 'ceiling-none',
    fanout: true,
    measure: 'fanout',
    base: { saturate: true, size: 100, seconds: 0.8 },
    columns: [
      ['100 readers', { readers: 100 }, morePushers, { limit: 12 }],
      ['1,000 readers', { readers: 1000 }, subscribers, { limit: 12, figure: 'SSE deliveries/s, 1,000 readers' }],
      ['10,000 readers', { readers: 10000 }, subscribers,
        { limit: 12, quick: [...pushers, 'node-memory'], figure: 'SSE deliveries/s, 10,000 readers' }],
    ],
  },
  {
    id: 'd-estuary',
    letter: 'd',
    title: 'Durable copies of 100 B to the estuaries of one stream',
    ...rates,
    unit: 'copies/s',
    also: ['p50_ms', 'p99_ms', 'busy'],
    measure: 'estuary',
    base: { size: 100, seconds: 2 },
    columns: [
      ['10,000 subscribers, as fast as answers come', { subscribers: 10000 }, own, { limit: 60, quick: own }],
      ['10,000 subscribers, 5/s', { subscribers: 10000, rate: 5 }, own, { limit: 60 }],
      ['no subscribers, 5/s', { subscribers: 0, rate: 5 }, own, { limit: 60 }],
      ['16 subscribers, as fast as answers come', { subscribers: 16 }, own, { limit: 60 }],
    ],
  },
  {
    id: 'd-idle',
    letter: 'd',
    title: 'Memory of an idle SSE reader, of 10,000',
    value: 'kib_per_reader',
    unit: 'KiB',
    also: ['server_cpu_percent', 'connect_seconds'],
    better: 'less',
    measure: 'idle',
    columns: [
      ['10,000 readers', { readers: 10000, seconds: 1 }, subscribers.filter((id) => id !== 'ceiling-none'), {
        limit: 12,
        quick: ['ds', 'node-memory', 'nchan'],
        figure: 'Memory of an idle SSE reader in KiB, of 10,000',
      }],
    ],
  },
  {
    id: 'e',
    letter: 'e',
    title: 'Long-poll: one append wakes all',
    ...rates,
    unit: 'answers/s',
    ceiling: 'ceiling-none',
    measure: 'longpoll',
    columns: [
      ['10,000 readers', { readers: 10000, rounds: 4, size: 100 }, [...streamPushers, 'node-file'],
        { limit: 15, quick: ['ds', 'ceiling-none'], figure: 'Long-poll answers/s, 10,000 readers' }],
    ],
  },
]

// The machine by itself: no server.
const alone = { quick: ['machine'], run: runs.withoutServer }
const machineBlocks = [
  {
    id: 'm-sqlite',
    letter: 'a',
    title: 'Rows of 100 B into SQLite, WAL, synchronous=FULL',
    ...rates,
    unit: 'rows/s',
    measure: 'sqlite',
    base: { size: 100, seconds: 1 },
    columns: [1, 64, 256].map((batch) => [`${batch} in a commit`, { batch }, ['machine'], alone]),
  },
  {
    id: 'm-sockets',
    letter: 'd',
    title: 'send() of 100 B to each of many sockets',
    ...rates,
    unit: 'sends/s',
    measure: 'sockets',
    base: { size: 100 },
    columns: [
      ['1,000 sockets', { readers: 1000, rounds: 60 }, ['machine'], alone],
      ['10,000 sockets', { readers: 10000, rounds: 15 }, ['machine'], alone],
    ],
  },
]

const reading = {
  letter: 'f',
  value: 'mb_per_second',
  unit: 'MB/s',
  also: ['p50_ms', 'bytes_per_answer'],
  better: 'more',
  measure: 'catchup',
}
const bodies = { 'message-size': 65536, 'content-type': 'application/octet-stream' }
const json = { 'message-size': 100 }
const quickReads = ['ds', 'ceiling-none', 'node-memory']
const historyBlocks = [
  {
    id: 'f-warm',
    title: 'Catch-up from the start, warm',
    ...reading,
    ceiling: 'ceiling-none',
    columns: [
      ['1 reader, 64 KiB bodies', { bytes: 100e6, ...bodies, readers: 1, rounds: 5 }, inMemory,
        { limit: 15, quick: quickReads, figure: 'Catch-up MB/s, 1 reader, bodies of 64 KiB' }],
      ['64 readers, 64 KiB', { bytes: 20e6, ...bodies, readers: 64, rounds: 1 }, inMemory,
        { limit: 15, figure: 'Catch-up MB/s, 64 readers, bodies of 64 KiB' }],
      ['1 reader, JSON of 100 B', { bytes: 20e6, ...json, readers: 1, rounds: 5 }, inMemory,
        { limit: 15, figure: 'Catch-up MB/s, 1 reader, JSON of 100 B' }],
      ['64 readers, JSON', { bytes: 5e6, ...json, readers: 64, rounds: 1 }, inMemory, { limit: 15 }],
    ],
  },
  {
    id: 'f-cold',
    title: 'Catch-up from the start by a server that has just started, file cache dropped',
    ...reading,
    columns: [
      ['1 reader, 64 KiB bodies', { bytes: 100e6, ...bodies, readers: 1, rounds: 1 }, onDisk,
        { limit: 15, run: runs.cold, figure: 'Catch-up MB/s, 1 reader, cold' }],
      ['64 readers, 64 KiB', { bytes: 20e6, ...bodies, readers: 64, rounds: 1 }, onDisk, { limit: 15, run: runs.cold }],
    ],
  },
  {
    id: 'f-small',
    letter: 'f',
    title: 'Small reads, 64 connections',
    value: 'per_second',
    unit: 'answers/s',
    also: ['p99_ms', 'status'],
    better: 'more',
    ceiling: 'ceiling-none',
    measure: 'reads',
    base: { connections: 64, size: 100, seconds: 0.5 },
    columns: [
      ['at the tail', { kind: 'tail' }, inMemory, { quick: quickReads, figure: 'Reads/s at the tail, 64 connections' }],
      ['with ETag (304)', { kind: 'etag' }, inMemory,
        { quick: quickReads, figure: 'Reads/s with an ETag, answered 304, 64 connections' }],
      ['10 messages', { kind: 'page' }, inMemory],
      ['10 messages, ETag', { kind: 'etag-page' }, inMemory],
    ],
  },
]

function streamsBlock(count, peers, more) {
  return {
    id: `g-${count}`,
    letter: 'g',
    title: `${many(count)} streams`,
    value: 'bytes_per_stream',
    unit: 'B',
    also: [],
    better: 'less',
    measure: 'streams',
    columns: [['memory, B each', { count }, peers, { takes: 3 + count / 30000, run: runs.streams, ...more }]],
    // Other values of the first column.
    parts: [
      { title: 'opens in s', value: 'open_seconds', better: 'less', unit: 's' },
      { title: 'made /s', value: 'per_second', better: 'more', unit: 'streams/s' },
      { title: 'appends/s to all', value: 'appends_per_second', better: 'more', unit: 'appends/s' },
      { title: 'open files', value: 'open_files', better: 'less', unit: '' },
    ],
  }
}

// One column for each x, whose title is x: [options, peers, more].
function curve(id, title, xs, each, more) {
  return {
    id,
    letter: 'h',
    title,
    xs,
    value: 'server_cpu_us',
    unit: 'µs of processor time',
    also: ['per_second', 'p50_ms'],
    better: 'less',
    columns: xs.map((x) => [many(x), ...each(x)]),
    ...more,
  }
}

const growthBlocks = [
  streamsBlock(100000, ['ds', 'rust-wal', 'rust-memory', 'axum-memory', 'node-memory'], {
    quick: own,
    limit: 30,
    figure: 'Memory of a stream in B, of 100,000',
  }),
  streamsBlock(1000000, own, { limit: 90, once: true }),
  curve('h-length', 'An append, by messages in the stream', [0, 1e5, 1e6], (messages) => [
    undefined, own, { run: runs.length, takes: 1 + messages / 800000, messages },
  ]),
  curve('h-streams', 'An append, by streams there are', [1, 1e3, 1e5, 1e6], (streams) => [
    undefined, own, { run: runs.others, takes: 1 + streams / 50000, streams, once: streams === 1e6 },
  ]),
  curve('h-readers', 'A delivery, by readers', [1, 10, 100, 1e3, 1e4],
    (readers) => [{ readers, rate: 10, size: 100, seconds: 1 }, ['ds', 'ceiling-none']], { measure: 'fanout' }),
  curve('h-parked', 'A delivery, by readers of other streams', [0, 1e3, 1e4], (parked) => [
    undefined, own, { run: runs.parked, takes: 0.8 + parked / 8000, parked },
  ]),
  curve('h-size', 'Appends, by bytes of a message', [100, 1024, 10240, 102400, 1048576],
    (size) => [{ connections: 16, streams: 1, seconds: 0.5, size }, edge, { run: runs.size }], {
      value: 'mb_per_second',
      unit: 'MB/s',
      better: 'more',
      also: ['per_second', 'server_cpu_us'],
      marks: ['100 B', '1K', '10K', '100K', '1M'],
    }),
]

// The columns of a block as objects, each with its block and an id.
function built({ measure, base, columns, parts = [], ...block }) {
  const whole = columns.map(([title, options, peers, more]) => {
    const load = options && { options: { ...base, ...options } }
    return { title, measure, ...load, peers, run: runs.plain, ...more }
  })
  block.columns = [...whole, ...parts.map((part) => ({ ...part, of: whole[0] }))]
  for (const one of block.columns) {
    one.block = block
    one.id = `${block.id}/${one.title}`
  }
  return block
}

export function allBlocks() {
  return [appendBlocks, liveBlocks, machineBlocks, historyBlocks, growthBlocks].flat().map(built)
}
