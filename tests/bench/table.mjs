// The table on the terminal: for each block the peers below each other, one column for each load.
import { leftOut } from './peers/peers.mjs'
import { valueOf } from './results.mjs'
import { pad, short } from './words.mjs'

const fieldNames = {
  p50_ms: 'p50 ms',
  p99_ms: 'p99 ms',
  max_ms: 'max ms',
  share_of_rate: 'share of the rate',
  server_cpu_percent: '% processor',
  server_cpu_us: 'µs processor',
  connect_seconds: 's to connect',
  bytes_per_answer: 'B an answer',
  per_second: '/s',
}

export function printTable({ blocks, peers, results, print }) {
  const footnotes = []
  print(peersText(peers, footnotes))
  for (const block of blocks) {
    const tried = (one) => peers.some(({ id }) => results.of(one, id).length > 0)
    const columns = block.columns.filter(tried)
    if (columns.length === 0) continue
    const rows = peers
      .filter(({ id }) => columns.some((one) => results.of(one, id).length > 0))
      .map((peer) => [
        rowName(peer),
        ...columns.map((one) => cell(results, one, peer, block, footnotes)),
      ])
    print(`\n(${block.letter}) ${block.title}: ${legend(block)}`)
    const heads = columns.map((one) => one.title + (one.once ? ' (once)' : ''))
    print(aligned([['', ...heads], ...rows]))
  }
  if (footnotes.length > 0) print(`\n${footnotes.map((why, i) => `[${i + 1}] ${why}`).join('\n')}`)
}

function peersText(peers, footnotes) {
  const rows = peers.map((peer) => {
    const note = peer.note ? ` [${footnote(footnotes, peer.note)}]` : ''
    const what = peer.absent ? `not installed: ${peer.absent}` : peer.durability
    return [peer.name + note, what, peer.absent ? '' : peer.versionText]
  })
  footnotes.push(leftOut)
  return aligned([['', 'what an answer means', 'version'], ...rows])
}

// With what its answer means, where the name does not say that.
function rowName({ name, brief }) {
  return !brief || name.includes(brief) ? name : `${name} (${brief})`
}

function legend(block) {
  const also = block.also.map((field) => fieldNames[field] ?? field)
  return [`${block.unit} (least–most)`, ...also].join(', ')
}

function cell(results, column, peer, block, footnotes) {
  const found = results.summary(column, peer.id)
  if (found === undefined) {
    const why = results.failure(column, peer.id)
    return why === undefined ? '' : `- [${footnote(footnotes, `${peer.name}: ${why}`)}]`
  }
  const { median, low, high } = found
  const spread = low === high ? '' : ` (${short(low)}–${short(high)})`
  const also = column.of ? [] : block.also.filter((field) => field !== valueOf(column))
  const more = also.map((field) => short(results.median(column, peer.id, field)))
  return short(median) + spread + (more.length > 0 ? ` ${more.join('/')}` : '')
}

function footnote(footnotes, text) {
  if (!footnotes.includes(text)) footnotes.push(text)
  return footnotes.indexOf(text) + 1
}

export function aligned(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows
    .map((row) => row.map((text, i) => pad(text, widths[i])).join('  ').trimEnd())
    .join('\n')
}
