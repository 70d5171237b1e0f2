// Servers that speak Durable Streams: ours, the ceilings, and those of others.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, root } from '../../node/server.mjs'
import { startProcess } from './process.mjs'
import { firstLine, isProgram } from './versions.mjs'

const nodeFolder = join(root, 'tests/bench/peers/node')
const nodePackage = join(nodeFolder, 'node_modules/@durable-streams/server/package.json')

// Ours, with an fsync before each answer (full), or left to the operating system (os).
export function ours(id, name, binary, durability) {
  const full = durability === 'full'
  return {
    id,
    name,
    label: name,
    brief: full ? 'fsync' : 'no fsync',
    kind: 'ours',
    dialect: 'ds',
    base: '/v1/stream/',
    durability: full ? 'fsync, one for all that arrived together' : 'file, no fsync',
    durable: full,
    missing: () => (isProgram(binary) ? undefined : binary),
    version: () => firstLine(binary, ['--version']),
    async start({ cpu, directory }) {
      const flags = ['serve', '--data', directory, '--listen', '127.0.0.1:0']
      return startProcess({
        command: [binary, ...flags, '--durability', durability],
        cpu,
        said: /^listening on http:\/\/127\.0\.0\.1:(\d+)/m,
        strict: true,
      })
    },
  }
}

// The least a server can do: with a group commit to a file, or without any.
export function ceiling(binary, commit) {
  const group = commit === 'group'
  return {
    id: `ceiling-${commit}`,
    name: group ? 'ceiling, group commit' : 'ceiling, no disk',
    label: 'ceiling',
    brief: group ? 'fsync' : 'memory',
    kind: 'ceiling',
    dialect: 'ds',
    base: '/v1/stream/',
    durability: group ? 'fdatasync, one for all that arrived together' : 'memory',
    durable: group,
    missing: () => (isProgram(binary) ? undefined : binary),
    version: () => '',
    async start({ cpu, directory }) {
      const file = join(directory, 'ceiling')
      return startProcess({
        command: [binary, '--commit', commit, '--file', file, '--cpu', String(cpu ?? 0)],
        cpu,
        said: /^listening (\d+)/m,
        strict: true,
      })
    },
  }
}

function node(id, name, durability, durable) {
  return {
    id,
    name,
    label: 'Node reference',
    brief: durable ? 'fsync' : 'memory',
    kind: 'durable-streams',
    dialect: 'ds',
    base: '/v1/stream/',
    durability,
    durable,
    missing: () => (existsSync(nodePackage) ? undefined : '@durable-streams/server'),
    version: () => {
      const { version } = JSON.parse(readFileSync(nodePackage, 'utf8'))
      return `@durable-streams/server ${version}, Node.js ${process.versions.node}`
    },
    async start({ cpu, directory }) {
      const script = join(nodeFolder, 'serve.mjs')
      return startProcess({
        command: [process.execPath, script, ...(durable ? [directory] : [])],
        cpu,
        said: /^listening (\d+)/m,
      })
    },
  }
}

export const nodeMemory = node('node-memory', 'Node reference, memory', 'memory', false)
export const nodeFile = node(
  'node-file',
  'Node reference, file',
  'fdatasync and an LMDB commit, shared by appends at the same moment',
  true,
)

// durable-streams of crates.io: bytes stored as they go over the wire, hand-written HTTP.
export function rust(programs, mode) {
  const binary = join(programs, 'rust/durable-streams/bin/durable-streams-server')
  const wal = mode === 'wal'
  return {
    id: `rust-${mode}`,
    name: `Rust durable-streams, ${mode}`,
    label: 'Rust durable-streams',
    brief: wal ? 'fsync' : 'no fsync',
    kind: 'durable-streams',
    dialect: 'ds',
    base: '/v1/stream/',
    durability: wal ? 'fdatasync, one for all that arrived together' : 'file, no fsync',
    durable: wal,
    missing: () => (isProgram(binary) ? undefined : 'the crate durable-streams'),
    version: () => `crate durable-streams ${crateVersion(programs, 'durable-streams')}`,
    async start({ cpu, directory }) {
      const port = await freePort()
      const flags = ['--port', String(port), '--data-dir', directory, '--durability', mode]
      return startProcess({ command: [binary, ...flags], cpu, port })
    },
  }
}

const axumDurability = {
  memory: 'memory',
  'file-durable': 'fdatasync for each append',
  acid: 'fsync for each append (redb)',
}

// durable-streams-server of crates.io: axum, with a choice of stores. Its limits on memory and on
// the length of a stream (100 MB, 10 MB) are raised, because the loads go beyond them.
export function axum(programs, mode) {
  const binary = join(programs, 'rust/durable-streams-server/bin/durable-streams-server')
  return {
    id: `axum-${mode}`,
    name: `Rust axum, ${mode}`,
    label: mode === 'acid' ? 'Rust axum, redb' : 'Rust axum',
    brief: mode === 'memory' ? 'memory' : 'fsync',
    kind: 'durable-streams',
    dialect: 'ds',
    base: '/v1/stream/',
    durability: axumDurability[mode],
    durable: mode !== 'memory',
    missing: () => (isProgram(binary) ? undefined : 'the crate durable-streams-server'),
    version: () =>
      `crate durable-streams-server ${crateVersion(programs, 'durable-streams-server')}`,
    async start({ cpu, directory }) {
      const port = await freePort()
      const env = {
        DS_SERVER__BIND_ADDRESS: `127.0.0.1:${port}`,
        DS_STORAGE__MODE: mode,
        DS_STORAGE__DATA_DIR: directory,
        DS_LIMITS__MAX_MEMORY_BYTES: '16000000000',
        DS_LIMITS__MAX_STREAM_BYTES: '16000000000',
        DS_OBSERVABILITY__RUST_LOG: 'error',
      }
      return startProcess({ command: [binary], cpu, port, env, cwd: directory })
    },
  }
}

// cargo writes down what it has installed.
function crateVersion(programs, crate) {
  const listed = readFileSync(join(programs, 'rust', crate, '.crates.toml'), 'utf8')
  return new RegExp(`^"${crate} (\\S+) `, 'm').exec(listed)[1]
}
