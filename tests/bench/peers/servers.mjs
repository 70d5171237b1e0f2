// Servers that speak Durable Streams: ours, the ceilings, and those of others.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, root } from '../../node/server.mjs'
import { putProject, signToken } from '../../node/tokens.mjs'
import { startProcess } from './process.mjs'
import { firstLine, isProgram } from './versions.mjs'

const nodeFolder = join(root, 'tests/bench/peers/node')
const nodePackage = join(nodeFolder, 'node_modules/@durable-streams/server/package.json')

// What they have in common. `launch` gets { cpu, directory } and says what startProcess needs.
function server({ binary, absent = binary, launch, ...about }) {
  return {
    dialect: 'ds',
    base: '/v1/stream/',
    missing: () => (isProgram(binary) ? undefined : absent),
    start: async (place) =>
      startProcess({ cpu: place.cpu, env: place.env, ...(await launch(place)) }),
    ...about,
  }
}

// Ours, with an fsync before each answer (full), or left to the operating system (os).
export function ours(id, name, binary, durability) {
  const full = durability === 'full'
  return server({
    id,
    name,
    label: name,
    brief: full ? 'fsync' : 'no fsync',
    kind: 'ours',
    durability: full ? 'fsync, one for all that arrived together' : 'file, no fsync',
    durable: full,
    note: 'with --sse-lifetime 0: no reader is sent away during a measure',
    binary,
    version: () => firstLine(binary, ['--version']),
    launch: ({ directory }) => {
      const place = ['--data', directory, '--listen', '127.0.0.1:0']
      const settings = ['--durability', durability, '--sse-lifetime', '0']
      return {
        command: [binary, 'serve', ...place, ...settings],
        said: /^listening on http:\/\/127\.0\.0\.1:(\d+)/m,
        strict: true,
      }
    },
  })
}

// The same with a project whose token every request needs: a peer of itself, for --auth.
// Its other half lets everybody in and is sent the same token, so that the requests are the same
// bytes and what differs is what checking costs.
export function unguarded(peer) {
  const start = async (place) => ({ ...(await peer.start(place)), token: benchToken() })
  return { ...peer, start }
}

const guardedProject = '_default' // of streams whose name does not say a project
const guardedSecret = 'the secret that signs for the benchmark'

function benchToken() {
  const exp = Math.floor(Date.now() / 1000) + 24 * 3600
  return signToken({ sub: guardedProject, scope: 'manage', exp }, guardedSecret)
}

export function guarded(peer) {
  const adminToken = 'the-administrator-of-the-benchmark'
  const start = async (place) => {
    const server = await peer.start({ ...place, env: { DS_ADMIN_TOKEN: adminToken } })
    try {
      const url = `http://127.0.0.1:${server.port}`
      await putProject({ url, name: guardedProject, secret: guardedSecret, adminToken })
    } catch (error) {
      await server.stop()
      throw error
    }
    return { ...server, token: benchToken() }
  }
  return { ...peer, id: `${peer.id}-guarded`, name: `${peer.name} with tokens`, start }
}

const least = 'the least a server can do: one thread, no checks, no index, nothing recovered'

// A responder of ours, with a group commit to a file, or without any file.
export function ceiling(binary, commit) {
  const group = commit === 'group'
  return server({
    id: `ceiling-${commit}`,
    name: group ? 'ceiling, group commit' : 'ceiling, no disk',
    label: 'ceiling',
    brief: group ? 'fsync' : 'memory',
    kind: 'ceiling',
    durability: group ? 'fdatasync, one for all that arrived together' : 'memory',
    durable: group,
    note: group
      ? `${least}; the bodies of appends go into a file of fixed size`
      : `${least}; each reader gets all that came since its last turn with one send()`,
    binary,
    version: () => '',
    launch: ({ cpu, directory }) => {
      const file = join(directory, 'ceiling')
      return {
        command: [binary, '--commit', commit, '--file', file, '--cpu', String(cpu ?? 0)],
        said: /^listening (\d+)/m,
        strict: true,
      }
    },
  })
}

function node(id, name, durability, durable) {
  return server({
    id,
    name,
    label: 'Node reference',
    brief: durable ? 'fsync' : 'memory',
    kind: 'durable-streams',
    durability,
    durable,
    missing: () => (existsSync(nodePackage) ? undefined : '@durable-streams/server'),
    version: () => {
      const { version } = JSON.parse(readFileSync(nodePackage, 'utf8'))
      return `@durable-streams/server ${version}, Node.js ${process.versions.node}`
    },
    launch: ({ directory }) => {
      const script = join(nodeFolder, 'serve.mjs')
      const command = [process.execPath, script, ...(durable ? [directory] : [])]
      return { command, said: /^listening (\d+)/m }
    },
  })
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
  return server({
    id: `rust-${mode}`,
    name: `Rust durable-streams, ${mode}`,
    label: 'Rust durable-streams',
    brief: wal ? 'fsync' : 'no fsync',
    kind: 'durable-streams',
    durability: wal ? 'fdatasync, one for all that arrived together' : 'file, no fsync',
    durable: wal,
    binary,
    absent: 'the crate durable-streams',
    version: () => `crate durable-streams ${crateVersion(programs, 'durable-streams')}`,
    launch: async ({ directory }) => {
      const port = await freePort()
      const flags = ['--port', String(port), '--data-dir', directory, '--durability', mode]
      return { command: [binary, ...flags], port }
    },
  })
}

const axumDurability = {
  memory: 'memory',
  'file-durable': 'fdatasync for each append',
  acid: 'fsync for each append (redb)',
}

// durable-streams-server of crates.io: axum, with a choice of stores.
export function axum(programs, mode) {
  const binary = join(programs, 'rust/durable-streams-server/bin/durable-streams-server')
  return server({
    id: `axum-${mode}`,
    name: `Rust axum, ${mode}`,
    label: mode === 'acid' ? 'Rust axum, redb' : 'Rust axum',
    brief: mode === 'memory' ? 'memory' : 'fsync',
    kind: 'durable-streams',
    durability: axumDurability[mode],
    durable: mode !== 'memory',
    note: 'its limits on memory (100 MB) and on a stream (10 MB) are raised: loads go beyond them',
    binary,
    absent: 'the crate durable-streams-server',
    version: () =>
      `crate durable-streams-server ${crateVersion(programs, 'durable-streams-server')}`,
    launch: async ({ directory }) => {
      const port = await freePort()
      const env = {
        DS_SERVER__BIND_ADDRESS: `127.0.0.1:${port}`,
        DS_STORAGE__MODE: mode,
        DS_STORAGE__DATA_DIR: directory,
        DS_LIMITS__MAX_MEMORY_BYTES: '16000000000',
        DS_LIMITS__MAX_STREAM_BYTES: '16000000000',
        DS_OBSERVABILITY__RUST_LOG: 'error',
      }
      return { command: [binary], port, env, cwd: directory }
    },
  })
}

// cargo writes down what it has installed.
function crateVersion(programs, crate) {
  const listed = readFileSync(join(programs, 'rust', crate, '.crates.toml'), 'utf8')
  return new RegExp(`^"${crate} (\\S+) `, 'm').exec(listed)[1]
}
