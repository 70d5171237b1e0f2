// A million streams, and how each cost grows: with history, streams, readers and message size.
import { column } from './plan_columns.mjs'
import { openFiles, residentMib } from './peers/process.mjs'
import { until } from '../node/server.mjs'

// Makes the streams, appends to all of them, and opens them once more with a new server.
function runStreams({ lab, peer, column: { options, limit } }) {
  const { count } = options
  return lab.inDirectory(async (directory) => {
    const first = await lab.withServer(peer, directory, async (target) => {
      const make = { count, prefix: 'many', connections: 256, pipeline: 4 }
      const made = await lab.bench('streams', make, target, limit)
      const open_files = openFiles(target.pid)
      const spread = { connections: 64, size: 100, streams: count, prefix: 'many', seconds: 1.5 }
      const appended = await lab.bench('append', { ...spread, 'no-create': true }, target)
      return { ...made, open_files, appends_per_second: appended.per_second }
    })
    if (peer.durability === 'memory') return first
    return { ...first, ...(await reopened({ lab, peer, directory, count })) }
  })
}

// From the start of the program to the first answer about a stream that was there before.
function reopened({ lab, peer, directory, count }) {
  const began = performance.now()
  return lab.withServer(peer, directory, async ({ port, pid, base, token }) => {
    const name = `many-${String(count - 1).padStart(8, '0')}`
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    const answer = await fetch(`http://127.0.0.1:${port}${base}${name}`, { method: 'HEAD', headers })
    if (answer.status !== 200) throw new Error(`after a restart: ${answer.status} for ${name}`)
    return {
      open_seconds: (performance.now() - began) / 1000,
      rss_after_start_mib: residentMib(pid),
      open_files_after_start: openFiles(pid),
    }
  })
}

function streamsBlock(count, more) {
  const whole = {
    title: 'memory, B each',
    measure: 'streams',
    options: { count },
    takes: 3 + count / 30000,
    run: runStreams,
    ...more,
  }
  const part = (title, value, better, unit) => ({ title, of: whole, value, better, unit })
  return {
    id: `g-${count}`,
    letter: 'g',
    title: `${count.toLocaleString('en')} streams`,
    value: 'bytes_per_stream',
    unit: 'B',
    also: [],
    better: 'less',
    columns: [
      whole,
      part('opens in s', 'open_seconds', 'less', 's'),
      part('made /s', 'per_second', 'more', 'streams/s'),
      part('appends/s to all', 'appends_per_second', 'more', 'appends/s'),
      part('open files', 'open_files', 'less', ''),
    ],
  }
}

const appending = { connections: 64, size: 100, streams: 1, seconds: 0.5 }

// Appends to a stream that holds so many messages already.
function runLength({ lab, peer, column: { messages } }) {
  return lab.withFreshServer(peer, async (target) => {
    const filled = messages > 0
    if (filled) {
      const fill = { bytes: messages * 100, 'message-size': 100, readers: 1, rounds: 1 }
      await lab.bench('catchup', { ...fill, prefix: 'long' }, target)
    }
    const options = { ...appending, prefix: 'long', 'no-create': filled }
    return lab.bench('append', options, target)
  })
}

// Appends to one stream while so many others exist.
function runOthers({ lab, peer, column: { streams } }) {
  return lab.withFreshServer(peer, async (target) => {
    if (streams > 1) {
      const make = { count: streams - 1, prefix: 'others', connections: 256, pipeline: 4 }
      await lab.bench('streams', make, target, 90)
    }
    return lab.bench('append', appending, target)
  })
}

// Deliveries to 100 readers while so many are parked on another stream.
function runParked({ lab, peer, column: { parked } }) {
  return lab.withFreshServer(peer, async (target) => {
    const options = { readers: 100, rate: 100, size: 100, seconds: 1 }
    if (parked === 0) return lab.bench('fanout', options, target)
    const idle = { readers: parked, prefix: 'parked', seconds: 50 / lab.scale }
    const background = lab.begin('idle', idle, target)
    const ended = background.result.catch(() => 'it was told to end')
    try {
      await until('the parked readers', () => openFiles(target.pid) > parked, 30000)
      return await lab.bench('fanout', options, target)
    } finally {
      background.end()
      await ended
    }
  })
}

function runSize({ lab, peer, column: { options } }) {
  return lab.withFreshServer(peer, async (target) => {
    const result = await lab.bench('append', options, target)
    return { ...result, mb_per_second: (result.per_second * options.size) / 1e6 }
  })
}

// One column for each x; its title is x.
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
    columns: xs.map((x) => ({ ...each(x), title: x.toLocaleString('en') })),
    ...more,
  }
}

function costCurves() {
  const own = { peers: ['ds'] }
  const pushed = (readers) => ({ readers, rate: 10, size: 100, seconds: 1 })
  return [
    curve('h-length', 'An append, by messages in the stream', [0, 1e5, 1e6], (messages) => ({
      run: runLength,
      takes: 1 + messages / 800000,
      messages,
      ...own,
    })),
    curve('h-streams', 'An append, by streams there are', [1, 1e3, 1e5, 1e6], (streams) => ({
      run: runOthers,
      takes: 1 + streams / 50000,
      streams,
      once: streams === 1e6,
      ...own,
    })),
    curve('h-readers', 'A delivery, by readers', [1, 10, 100, 1e3, 1e4], (readers) =>
      column('', 'fanout', pushed(readers), { peers: ['ds', 'ceiling-none'] }),
    ),
    curve('h-parked', 'A delivery, by readers of other streams', [0, 1e3, 1e4], (parked) => ({
      run: runParked,
      takes: 0.8 + parked / 8000,
      parked,
      ...own,
    })),
  ]
}

function sizeCurve() {
  const sizes = [100, 1024, 10240, 102400, 1048576]
  const options = { connections: 16, streams: 1, seconds: 0.5 }
  const each = (size) => ({
    run: runSize,
    options: { ...options, size },
    peers: ['ds', 'ceiling-group'],
  })
  return curve('h-size', 'Appends, by bytes of a message', sizes, each, {
    value: 'mb_per_second',
    unit: 'MB/s',
    better: 'more',
    also: ['per_second', 'server_cpu_us'],
    marks: ['100 B', '1K', '10K', '100K', '1M'],
  })
}

export function growthBlocks() {
  return [
    streamsBlock(100000, {
      peers: ['ds', 'rust-wal', 'rust-memory', 'axum-memory', 'node-memory'],
      quick: ['ds'],
      limit: 30,
      figure: 'Memory of a stream in B, of 100,000',
    }),
    streamsBlock(1000000, { peers: ['ds'], limit: 90, once: true }),
    ...costCurves(),
    sizeCurve(),
  ]
}
