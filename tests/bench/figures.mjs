// The Markdown of a run, for people: one table, the targets, and where we lose.
import { leftOut } from './peers/peers.mjs'
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
// From here on it is for those who want to know everything: the manual page stops before it.
export const weakerHeading = 'To servers whose answers mean less, which is said behind their names:'
const leastOf = { id: 'ceiling', label: 'ceiling', brief: 'see below' }

export function figuresText({ blocks, peers, results, verdicts, about }) {
  const rows = blocks.flatMap(({ columns }) => columns).filter(({ figure }) => figure)
  const measured = rows.filter((one) => results.median(one, 'ds') !== undefined)
  const shown = columnsOf
    .map((id) => (id === 'ceiling' ? leastOf : peers.find((one) => one.id === id)))
    .filter((peer) => peer && measured.some((one) => valueIn(results, one, peer) !== undefined))
  const lines = [
    introduction(about),
    '',
    `| | ${shown.map(({ label, brief }) => `${label}<br>*${brief}*`).join(' | ')} |`,
    `|---|${shown.map(() => '---:').join('|')}|`,
    ...measured.map((one) => rowText(one, shown, results)),
    '',
    '**Who is who.** What an answer to an append means, version, and what was set:',
    '',
    peerList(peers),
    '',
    ...targetLines(verdicts),
    '',
    '**Where `ds` loses**, in all that was measured, by medians.',
    '',
    ...lossLines({ blocks, peers, results }),
  ]
  return `${lines.join('\n')}\n`
}

function introduction({ date, repeat, machineText, command }) {
  const times = repeat === 1 ? 'one run' : `medians of ${repeat} runs`
  return [
    `Measured ${date.slice(0, 10)} with \`${command}\` (${times}) on a`,
    `${machineText}; each server on one core, the load on`,
    'another, and the same load for all servers of a row. With the name of a server stands what',
    'its answer to an append means: on disk (*fsync*), or less. The best Durable Streams server of',
    'a row is bold. The ceiling is the least a server can do: for appends it syncs to a file, for',
    'the rest it keeps all in memory. `-`: it could not do it.',
  ].join('\n')
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
  const races = ({ kind }) => ['ours', 'durable-streams'].includes(kind)
  const inRace = values.filter((value, i) => value !== undefined && races(shown[i]))
  const best = better === 'more' ? Math.max(...inRace) : Math.min(...inRace)
  const cells = values.map((value, i) => {
    if (value === undefined) return results.failure(column, idIn(column, shown[i])) ? '-' : ''
    return races(shown[i]) && value === best ? `**${short(value)}**` : short(value)
  })
  return `| ${column.figure} | ${cells.join(' | ')} |`
}

function peerList(peers) {
  const lines = peers.map((peer) => {
    const what = peer.absent ? `not installed: ${peer.absent}` : peer.versionText
    const parts = [peer.durability, what, peer.note].filter((part) => part)
    return `* ${peer.name}: ${parts.join('; ')}`
  })
  return [...lines, `* ${leftOut}`].join('\n')
}

function targetLines(verdicts) {
  const measured = verdicts.filter(({ status }) => status !== 'not measured')
  const missed = measured.filter(({ status }) => status === 'missed')
  const met = `${measured.length - missed.length} of ${measured.length} targets are met`
  const silent = verdicts.length - measured.length
  const rest = silent > 0 ? `, not measured: ${silent}` : ''
  if (missed.length === 0) return [`**Targets.** ${met}${rest}.`]
  const lines = missed.map(({ text, detail }) => `* ${text}: ${detail.split('\n')[0]}`)
  return [`**Targets.** ${met}${rest}; missed are:`, '', ...lines]
}

// Against those whose answers mean as much, and against the rest: the best of each kind in a row.
function lossLines({ blocks, peers, results }) {
  const columns = new Map(blocks.flatMap((block) => block.columns).map((one) => [one.id, one]))
  const against = (durable) =>
    ['durable-streams', 'broker'].flatMap((kind) => {
      const others = peers.filter((peer) => peer.durable === durable)
      return losses({ columns, peers: others, results, kinds: [kind] }).map(lossText)
    })
  const none = ['* in no row of this run']
  const [equal, weaker] = [against(true), against(false)]
  return [
    'To servers whose answers mean as much:',
    '',
    ...(equal.length > 0 ? equal : none),
    '',
    weakerHeading,
    '',
    ...(weaker.length > 0 ? weaker : none),
  ]
}

function lossText({ column, peer, own, theirs, factor }) {
  const unit = unitOf(column)
  const values = `${short(own)} against ${short(theirs)}${unit ? ` ${unit}` : ''}`
  const weaker = peer.durable ? '' : ` (${peer.durability})`
  const name = `${column.block.title}, ${column.title}`
  return `* ${name}: ${values} of ${peer.name}${weaker}, a factor of ${ratio(factor)}`
}
