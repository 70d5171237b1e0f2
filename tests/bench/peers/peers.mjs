// Everybody who is measured, in the order of the tables.
import { nats, nchan, redisAlways, redisEverysec } from './brokers.mjs'
import { axum, ceiling, nodeFile, nodeMemory, ours, rust } from './servers.mjs'

// No server at all: what the machine does by itself.
const machine = {
  id: 'machine',
  name: 'machine',
  kind: 'machine',
  durability: 'SQLite: fsync of each commit',
  durable: true,
  note: 'no server: rows into a table like that of ds; one send() for each message and socket',
  missing: () => undefined,
  version: () => '',
}

// Servers that nothing here builds, and why.
export const leftOut =
  'The Durable Streams servers in Go (the Caddy plugin, ahimsalabs/durable-streams-go) are not ' +
  'measured: their modules were not obtainable on the machine.'

//   binaries  { ds, ceiling }: our own programs
//   programs  the folder where peers/rust/build has put its own
export function allPeers({ binaries, programs }) {
  return [
    ours('ds', 'ds', binaries.ds, 'full'),
    ours('ds-os', 'ds --durability os', binaries.ds, 'os'),
    ceiling(binaries.ceiling, 'group'),
    ceiling(binaries.ceiling, 'none'),
    machine,
    rust(programs, 'wal'),
    rust(programs, 'memory'),
    axum(programs, 'file-durable'),
    axum(programs, 'acid'),
    axum(programs, 'memory'),
    nodeFile,
    nodeMemory,
    nchan,
    nats,
    redisAlways,
    redisEverysec,
  ]
}
