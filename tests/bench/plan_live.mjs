// SSE fan-out and long-poll: what live readers get, when, and what they cost.
import { column, strong } from './plan_columns.mjs'

const pushers = ['ds', 'ceiling-none', 'nchan']
const streamPushers = ['ds', 'ceiling-none', ...strong.slice(2)]
const morePushers = [...streamPushers, 'nchan']
const subscribers = [...morePushers, 'node-file', 'nats', 'redis-always']
const ceiling = 'ceiling-none'

function rateColumn(readers, rate) {
  const wide = (readers === 1000 && rate === 10) || (readers === 10000 && rate === 1)
  const many = readers.toLocaleString('en')
  const options = { readers, rate, size: 100, seconds: rate === 1 ? 2 : 0.8 }
  return column(`${many}, ${rate}/s`, 'fanout', options, {
    peers: wide ? subscribers : pushers,
    limit: 12,
    quick: wide ? pushers : undefined,
    figure: wide ? `SSE delivery, p99 in ms, ${many} readers, ${rate}/s` : undefined,
  })
}

function rateBlock(readers) {
  return {
    id: `d-${readers}`,
    letter: 'd',
    title: `SSE fan-out of 100 B to ${readers.toLocaleString('en')} readers of one stream`,
    value: 'p99_ms',
    unit: 'ms, p99 of a delivery',
    also: ['p50_ms', 'max_ms', 'share_of_rate'],
    better: 'less',
    ceiling,
    fanout: true,
    columns: [1, 10, 100].map((rate) => rateColumn(readers, rate)),
  }
}

function mostColumn(readers) {
  const many = readers.toLocaleString('en')
  const options = { readers, saturate: true, size: 100, seconds: 0.8 }
  return column(`${many} readers`, 'fanout', options, {
    peers: readers === 100 ? morePushers : subscribers,
    limit: 12,
    quick: readers === 10000 ? [...pushers, 'node-memory'] : undefined,
    figure: readers > 100 ? `SSE deliveries/s, ${many} readers` : undefined,
  })
}

function mostBlock() {
  return {
    id: 'd-most',
    letter: 'd',
    title: 'SSE fan-out of 100 B, as much as goes',
    value: 'per_second',
    unit: 'deliveries/s',
    also: ['p99_ms'],
    better: 'more',
    ceiling,
    fanout: true,
    columns: [100, 1000, 10000].map(mostColumn),
  }
}

function idleBlock() {
  return {
    id: 'd-idle',
    letter: 'd',
    title: 'Memory of an idle SSE reader, of 10,000',
    value: 'kib_per_reader',
    unit: 'KiB',
    also: ['server_cpu_percent', 'connect_seconds'],
    better: 'less',
    columns: [
      column('10,000 readers', 'idle', { readers: 10000, seconds: 1 }, {
        limit: 12,
        peers: subscribers.filter((id) => id !== ceiling),
        quick: ['ds', 'node-memory', 'nchan'],
        figure: 'Memory of an idle SSE reader in KiB, of 10,000',
      }),
    ],
  }
}

function longPollBlock() {
  return {
    id: 'e',
    letter: 'e',
    title: 'Long-poll: one append wakes all',
    value: 'per_second',
    unit: 'answers/s',
    also: ['p50_ms', 'p99_ms'],
    better: 'more',
    ceiling,
    columns: [
      column('10,000 readers', 'longpoll', { readers: 10000, rounds: 4, size: 100 }, {
        peers: [...streamPushers, 'node-file'],
        quick: ['ds', ceiling],
        figure: 'Long-poll answers/s, 10,000 readers',
        limit: 15,
      }),
    ],
  }
}

function copyColumn(title, options, more) {
  return column(title, 'estuary', { size: 100, seconds: 2, ...options }, { peers: ['ds'], limit: 60, ...more })
}

function copyBlock() {
  return {
    id: 'd-estuary',
    letter: 'd',
    title: 'Durable copies of 100 B to the estuaries of one stream',
    value: 'per_second',
    unit: 'copies/s',
    also: ['p50_ms', 'p99_ms', 'busy'],
    better: 'more',
    columns: [
      copyColumn('10,000 subscribers, as fast as answers come', { subscribers: 10000 }, { quick: ['ds'] }),
      copyColumn('10,000 subscribers, 5/s', { subscribers: 10000, rate: 5 }),
      copyColumn('no subscribers, 5/s', { subscribers: 0, rate: 5 }),
      copyColumn('16 subscribers, as fast as answers come', { subscribers: 16 }),
    ],
  }
}

export function liveBlocks() {
  return [
    ...[100, 1000, 10000].map(rateBlock),
    mostBlock(),
    copyBlock(),
    idleBlock(),
    longPollBlock(),
  ]
}
