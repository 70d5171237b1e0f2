// Appends: one by one, batched, pipelined, idempotent; to one stream and to many.
import { column, streamServers, strong } from './plan_columns.mjs'

const brokers = ['nchan', 'nats', 'redis-always', 'redis-everysec']
const everybody = [...streamServers, 'ds-os', 'ceiling-none', 'axum-acid', ...brokers]
const quickly = ['ds', 'ceiling-group', 'node-memory', 'nchan']
const edge = ['ds', 'ceiling-group']

// A title, who, and options of ds_bench append.
function appends(title, options, more) {
  return column(title, 'append', { size: 100, streams: 1, seconds: 0.5, ...options }, more)
}

function block(id, letter, title, columns, unit = 'appends/s') {
  return {
    id,
    letter,
    title,
    columns,
    unit,
    value: 'per_second',
    also: ['p50_ms', 'p99_ms'],
    better: 'more',
    ceiling: 'ceiling-group',
  }
}

function oneStream() {
  const all = { peers: everybody, quick: quickly }
  const some = { peers: [...strong, 'nchan', 'redis-always'] }
  return block('a-one', 'a', 'Appends of 100 B to one stream', [
    appends('1 connection', { connections: 1 }, { ...all, figure: 'Appends/s, 1 connection' }),
    appends('16', { connections: 16 }, some),
    appends('64', { connections: 64 }, { ...all, figure: 'Appends/s, 64 connections' }),
    appends('256', { connections: 256 }, { ...all, figure: 'Appends/s, 256 connections' }),
  ])
}

function largerAppends() {
  const size = 1024
  const most = { peers: [...strong, ...brokers] }
  const figure = 'Appends/s of 1 KiB, 64 connections'
  return block('a-kib', 'a', 'Appends of 1 KiB to one stream', [
    appends('1 connection', { connections: 1, size }, { peers: edge }),
    appends('16', { connections: 16, size }, { peers: edge }),
    appends('64', { connections: 64, size }, { ...most, figure }),
    appends('256', { connections: 256, size }, most),
  ])
}

function ownStreams() {
  const all = { peers: streamServers }
  const figure = 'Appends/s to 256 streams, 256 connections'
  return block('a-own', 'a', 'Appends of 100 B, one stream for each connection', [
    appends('16 connections', { connections: 16, streams: 16 }, { peers: edge }),
    appends('64', { connections: 64, streams: 64 }, all),
    appends('256', { connections: 256, streams: 256 }, { ...all, figure }),
  ])
}

function manyStreams() {
  const all = { peers: streamServers, quick: edge, limit: 20 }
  const ten = 'Appends/s to 10,000 streams, 256 connections'
  const hundred = 'Appends/s to 100,000 streams, 256 connections'
  return block('a-many', 'a', 'Appends of 100 B spread over many streams', [
    appends('64, 10,000 streams', { connections: 64, streams: 1e4 }, { peers: strong }),
    appends('256, 10,000', { connections: 256, streams: 1e4 }, { ...all, figure: ten }),
    appends('256, 100,000', { connections: 256, streams: 1e5 }, {
      peers: strong,
      figure: hundred,
      limit: 40,
    }),
  ])
}

function batches() {
  const some = { peers: strong }
  const title = 'Batched and pipelined appends of 100 B to one stream'
  const columns = [
    appends('16, batches of 100', { connections: 16, batch: 100 }, {
      ...some,
      figure: 'Messages/s in batches of 100, 16 connections',
    }),
    appends('1, 64 in flight', { connections: 1, pipeline: 64 }, some),
    appends('16, 16 in flight', { connections: 16, pipeline: 16 }, {
      ...some,
      quick: edge,
      figure: 'Messages/s, 16 connections, 16 requests in flight on each',
    }),
  ]
  return block('b', 'b', title, columns, 'messages/s')
}

function idempotent() {
  const producers = true
  const figure = 'Idempotent appends/s, 64 connections'
  return block('c', 'c', 'Idempotent appends of 100 B to one stream, a producer a connection', [
    appends('64', { connections: 64, producers }, { peers: streamServers, figure }),
    appends('256', { connections: 256, producers }, { peers: strong }),
  ])
}

export function appendBlocks() {
  return [oneStream(), largerAppends(), ownStreams(), manyStreams(), batches(), idempotent()]
}
