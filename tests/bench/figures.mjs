// The Markdown of a run for the README: one table, and where we lose.
import { unitOf } from './results.mjs'
import { losses } from './targets.mjs'
import { ratio, short } from './words.mjs'

const columnsOf = [
  'ds',
  'ceiling',
  'rust-wal',
  'rust-memory',
  'axum-file-durable',
  'axum-memory',
  'node-file',
  'node-memory',
  'nchan',
  'nats',
  'redis-always',
]

export function figuresText({ blocks, peers, results, about }) {
  const rows = blocks.flatMap(({ columns }) => columns).filter(({ figure }) => figure)
  const measured = rows.filter((one) => results.median(one, 'ds') !== undefined)
  const shown = columnsOf
    .map((id) => (id === 'ceiling' ? { id, name: 'ceiling' } : peers.find((one) => one.id === id)))
    .filter((peer) => peer && measured.some((one) => valueIn(results, one, peer) !== undefined))
  const lines = [
    introduction(about),
    '',
    `| | ${shown.map(({ name }) => name).join(' | ')} |`,
    `|---|${shown.map(() => '---:').join('|')}|`,
    `| *safe on disk before the answer* | ${shown.map(safety).join(' | ')} |`,
    ...measured.map((one) => rowText(one, shown, results)),
    '',
    peerList(peers),
    '',
    '### Where we lose',
    '',
    ...lossLines({ blocks, peers, results }),
  ]
  return `${lines.join('\n')}\n`
}

function introduction({ date, repeat, machineText, quick }) {
  const command = `tests/bench/run${quick ? ' --quick' : ''}`
  const times = repeat === 1 ? 'one run' : `medians of ${repeat} runs`
  return [
    `Measured ${date.slice(0, 10)} with \`${command}\` (${times}) on a`,
    `${machineText}; each server on one core, the load on`,
    'another. A number at the end of a name is how many connections, or readers. The best Durable',
    'Streams server of a row is bold; the ceiling is the least a server can do: a responder that',
    'commits in groups to a file (appends), or keeps nothing (the others).',
  ].join('\n')
}

function safety(peer) {
  if (peer.id === 'ceiling') return 'appends: yes'
  return peer.durable ? 'yes' : 'no'
}

function idIn(column, peer) {
  return peer.id === 'ceiling' ? column.block.ceiling : peer.id
}

function valueIn(results, column, peer) {
  const id = idIn(column, peer)
  return id === undefined ? undefined : results.median(column, id)
}

function rowText(column, shown, results) {
  const better = column.better ?? column.block.better
  const values = shown.map((peer) => valueIn(results, column, peer))
  const inRace = values.filter(
    (value, i) => value !== undefined && ['ours', 'durable-streams'].includes(shown[i].kind),
  )
  const best = better === 'more' ? Math.max(...inRace) : Math.min(...inRace)
  const cells = values.map((value, i) => {
    if (value === undefined) return results.failure(column, idIn(column, shown[i])) ? '-' : ''
    const racing = ['ours', 'durable-streams'].includes(shown[i].kind)
    return racing && value === best ? `**${short(value)}**` : short(value)
  })
  return `| ${column.figure} | ${cells.join(' | ')} |`
}

function peerList(peers) {
  return peers
    .filter(({ kind }) => kind !== 'machine')
    .map((peer) => {
      const what = peer.absent ? `not installed: ${peer.absent}` : peer.versionText
      const parts = [peer.durability, what, peer.note].filter((part) => part)
      return `* ${peer.name}: ${parts.join('; ')}`
    })
    .join('\n')
}

function lossLines({ blocks, peers, results }) {
  const columns = new Map(blocks.flatMap((block) => block.columns).map((one) => [one.id, one]))
  const lost = ['durable-streams', 'broker'].flatMap((kind) =>
    losses({ columns, peers, results, kinds: [kind] }),
  )
  if (lost.length === 0) return ['In no row of this run.']
  return lost.map(({ column, peer, own, theirs, factor }) => {
    const { title } = column.block
    const unit = unitOf(column)
    const values = `${short(own)} against ${short(theirs)}${unit ? ` ${unit}` : ''}`
    const name = `${title}, ${column.title}`
    return `* ${name}: ${values} of ${peer.name} (${peer.brief}), a factor of ${ratio(factor)}`
  })
}
