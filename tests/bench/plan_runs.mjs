// The ways to take a measure of the plan that are more than one load on a fresh server.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { until } from '../node/server.mjs'
import { openFiles, residentMib } from './peers/process.mjs'

export function plain({ lab, peer, column: { measure, options, limit } }) {
  return lab.withFreshServer(peer, (target) => lab.bench(measure, options, target, limit))
}

export function withoutServer({ lab, column: { measure, options } }) {
  return lab.inDirectory((directory) => {
    const place = measure === 'sqlite' ? { directory } : { cpu2: lab.cpus.server }
    return lab.bench(measure, { ...options, ...place }, {})
  })
}

// Fills, ends the server, forgets what the system has cached, and reads with a new server.
export function cold({ lab, peer, column: { options, limit } }) {
  const read = (more) => (target) => lab.bench('catchup', { ...options, ...more }, target, limit)
  return lab.inDirectory(async (directory) => {
    await lab.withServer(peer, directory, read({ readers: 1 }))
    const cache = forgetCachedFiles()
    const result = await lab.withServer(peer, directory, read({ 'no-fill': true }))
    return { ...result, cache }
  })
}

function forgetCachedFiles() {
  spawnSync('sync')
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return 'server restarted, file cache dropped'
  } catch {
    return 'server restarted, file cache warm'
  }
}

// Makes the streams, appends to all of them, and opens them once more with a new server.
export function streams({ lab, peer, column: { options, limit } }) {
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

const appending = { connections: 64, size: 100, streams: 1, seconds: 0.5 }

// Appends to a stream that holds so many messages already.
export function length({ lab, peer, column: { messages } }) {
  return lab.withFreshServer(peer, async (target) => {
    const filled = messages > 0
    const fill = { bytes: messages * 100, 'message-size': 100, readers: 1, rounds: 1, prefix: 'long' }
    if (filled) await lab.bench('catchup', fill, target)
    return lab.bench('append', { ...appending, prefix: 'long', 'no-create': filled }, target)
  })
}

// Appends to one stream while so many others exist.
export function others({ lab, peer, column: { streams: all } }) {
  return lab.withFreshServer(peer, async (target) => {
    const make = { count: all - 1, prefix: 'others', connections: 256, pipeline: 4 }
    if (all > 1) await lab.bench('streams', make, target, 90)
    return lab.bench('append', appending, target)
  })
}

// Deliveries to 100 readers while so many are parked on another stream.
export function parked({ lab, peer, column: { parked: count } }) {
  return lab.withFreshServer(peer, async (target) => {
    const options = { readers: 100, rate: 100, size: 100, seconds: 1 }
    if (count === 0) return lab.bench('fanout', options, target)
    const idle = { readers: count, prefix: 'parked', seconds: 50 / lab.scale }
    const background = lab.begin('idle', idle, target)
    const ended = background.result.catch(() => 'it was told to end')
    try {
      await until('the parked readers', () => openFiles(target.pid) > count, 30000)
      return await lab.bench('fanout', options, target)
    } finally {
      background.end()
      await ended
    }
  })
}

export function size({ lab, peer, column: { options } }) {
  return lab.withFreshServer(peer, async (target) => {
    const result = await lab.bench('append', options, target)
    return { ...result, mb_per_second: (result.per_second * options.size) / 1e6 }
  })
}
