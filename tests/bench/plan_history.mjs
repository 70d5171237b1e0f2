// Reads of what was written before: catch-up, warm and cold, and the small reads of pollers.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { column } from './plan_columns.mjs'

const bytes = 'application/octet-stream'
const inMemory = ['ds', 'ceiling-none', 'rust-wal', 'axum-memory', 'node-memory', 'node-file']
const onDisk = ['ds', 'rust-wal', 'axum-file-durable', 'node-file']

// Fills, ends the server, forgets what the system has cached, and reads with a new server.
function runCold({ lab, peer, column: { options, limit } }) {
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

const limit = 15
const oneBytes = { bytes: 100e6, 'message-size': 65536, 'content-type': bytes, readers: 1 }
const manyBytes = { bytes: 20e6, 'message-size': 65536, 'content-type': bytes, readers: 64 }

function catchup(title, options, more) {
  return column(title, 'catchup', options, { limit, peers: inMemory, ...more })
}

function reads(title, kind, more) {
  const options = { kind, connections: 64, size: 100, seconds: 0.5 }
  return column(title, 'reads', options, { peers: inMemory, ...more })
}

export function historyBlocks() {
  const quick = ['ds', 'ceiling-none', 'node-memory']
  const values = {
    letter: 'f',
    value: 'mb_per_second',
    unit: 'MB/s',
    also: ['p50_ms', 'bytes_per_answer'],
    better: 'more',
  }
  const json = { bytes: 20e6, 'message-size': 100 }
  const cold = { run: runCold, peers: onDisk }
  return [
    {
      id: 'f-warm',
      title: 'Catch-up from the start, warm',
      ...values,
      ceiling: 'ceiling-none',
      columns: [
        catchup('1 reader, 64 KiB bodies', { ...oneBytes, rounds: 5 }, {
          quick,
          figure: 'Catch-up MB/s, 1 reader, bodies of 64 KiB',
        }),
        catchup('64 readers, 64 KiB', { ...manyBytes, rounds: 1 }, {
          figure: 'Catch-up MB/s, 64 readers, bodies of 64 KiB',
        }),
        catchup('1 reader, JSON of 100 B', { ...json, readers: 1, rounds: 5 }, {
          figure: 'Catch-up MB/s, 1 reader, JSON of 100 B',
        }),
        catchup('64 readers, JSON', { ...json, bytes: 5e6, readers: 64, rounds: 1 }),
      ],
    },
    {
      id: 'f-cold',
      title: 'Catch-up from the start by a server that has just started, file cache dropped',
      ...values,
      columns: [
        catchup('1 reader, 64 KiB bodies', { ...oneBytes, rounds: 1 }, {
          ...cold,
          figure: 'Catch-up MB/s, 1 reader, cold',
        }),
        catchup('64 readers, 64 KiB', { ...manyBytes, rounds: 1 }, cold),
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
      columns: [
        reads('at the tail', 'tail', { quick, figure: 'Reads/s at the tail, 64 connections' }),
        reads('with ETag (304)', 'etag', {
          quick,
          figure: 'Reads/s with an ETag, answered 304, 64 connections',
        }),
        reads('10 messages', 'page'),
        reads('10 messages, ETag', 'etag-page'),
      ],
    },
  ]
}
