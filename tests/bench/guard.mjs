// Each row of ds in pairs: without and with tokens, or against another ds; and the gate by itself.
import { guarded, ours, unguarded } from './peers/servers.mjs'
import { isBetter, unitOf } from './results.mjs'
import { aligned } from './table.mjs'
import { ratio, short } from './words.mjs'

// A token that is remembered may cost a request so much.
const mostNanoseconds = 2000

// Who is compared, what the table calls them, and by what share a row of the second may fall.
export function pairOf(peers, against) {
  const mine = peers.find(({ id }) => id === 'ds')
  if (against === undefined) {
    const both = [unguarded(mine), guarded(mine)]
    return { peers: both, heads: ['unchecked', 'checked'], loses: 'tokens cost', mostLost: 0.05 }
  }
  const both = [ours('ds-other', `ds, ${against}`, against, 'full'), mine]
  return { peers: both, heads: ['the other', 'this one'], loses: 'was lost', mostLost: 0.03 }
}

export function pairPeers(pair) {
  return pair.peers.map((peer) => ({ ...peer, absent: peer.missing(), versionText: peer.version() }))
}

export function gateText(gate) {
  const rows = [
    ['a token that is remembered', 'remembered'],
    ['a token that is new', 'fresh'],
    ['a public stream, no token', 'public'],
  ].map(([title, name]) => [
    title,
    short(gate[`${name}_ns`]),
    `${short(gate[`${name}_low_ns`])}–${short(gate[`${name}_high_ns`])}`,
  ])
  const met = gate.remembered_ns < mostNanoseconds
  return [
    `The gate, ns of processor time for a request: median of ${gate.batches} batches of ${gate.requests}`,
    aligned([['', 'median', 'least–most'], ...rows]),
    `${met ? 'met' : 'missed'}: a token that is remembered costs less than ${mostNanoseconds} ns`,
  ].join('\n')
}

// A ratio above 1 is in favour of the second, whatever the unit; that of processor time likewise.
export function pairsText({ blocks, pair, results }) {
  const { heads: names, loses, mostLost } = pair
  const [first, second] = pair.peers.map(({ id }) => id)
  const columns = blocks.flatMap((block) => block.columns)
  const measured = columns.filter(
    (one) => (results.median(one, first) ?? results.median(one, second)) !== undefined,
  )
  const rows = measured.map((column) => {
    const share = favour(results, column, first, second)
    const processor = results.ratios(
      { column, peer: first, field: 'server_cpu_us' },
      { column, peer: second, field: 'server_cpu_us' },
    )
    return {
      column,
      lost: share === undefined ? 0 : 1 - share.median,
      cells: [
        column.id,
        unitOf(column),
        spread(results.summary(column, first), short),
        spread(results.summary(column, second), short),
        spread(share, ratio),
        column.of ? '' : spread(processor, ratio),
      ],
    }
  })
  const fallen = rows.filter(({ lost }) => lost > mostLost)
  const listed = fallen.map(({ column, lost }) => `\n  ${column.id}: by ${(100 * lost).toFixed(1)} %`)
  const heads = ['', 'unit', ...names, 'ratio', 'ratio of processor time']
  return [
    `Medians (least–most); a ratio below 1 is what ${loses}`,
    aligned([heads, ...rows.map(({ cells }) => cells)]),
    `${fallen.length} of ${rows.length} rows fall by more than ${100 * mostLost} %${listed.join('')}`,
  ].join('\n')
}

// What the row of the second is worth, of that of the first.
function favour(results, column, first, second) {
  const pair = [{ column, peer: second }, { column, peer: first }]
  return results.ratios(...(isBetter(column, 2, 1) ? pair : pair.toReversed()))
}

function spread(summary, words) {
  if (summary === undefined) return '-'
  const { median, low, high } = summary
  return low === high ? words(median) : `${words(median)} (${words(low)}–${words(high)})`
}
