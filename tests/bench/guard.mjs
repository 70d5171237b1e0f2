// What tokens cost: each row of ds without and with them, and the gate by itself.
import { guarded, unguarded } from './peers/servers.mjs'
import { isBetter, unitOf } from './results.mjs'
import { aligned } from './table.mjs'
import { ratio, short } from './words.mjs'

// No row may fall by more than this share.
const mostLost = 0.05
// A token that is remembered may cost a request so much.
const mostNanoseconds = 2000

// ds, and the same with tokens.
export function pairPeers(peers) {
  const ours = peers.find(({ id }) => id === 'ds')
  const pair = [unguarded(ours), guarded(ours)]
  return pair.map((peer) => ({ ...peer, absent: peer.missing(), versionText: peer.version() }))
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

// A ratio above 1 is in favour of tokens, whatever the unit; that of processor time likewise.
export function pairsText({ blocks, peers, results }) {
  const [plain, withTokens] = peers.map(({ id }) => id)
  const columns = blocks.flatMap((block) => block.columns)
  const measured = columns.filter(
    (one) => (results.median(one, plain) ?? results.median(one, withTokens)) !== undefined,
  )
  const rows = measured.map((column) => {
    const share = favour(results, column, plain, withTokens)
    const processor = results.ratios(
      { column, peer: plain, field: 'server_cpu_us' },
      { column, peer: withTokens, field: 'server_cpu_us' },
    )
    return {
      column,
      lost: share === undefined ? 0 : 1 - share.median,
      cells: [
        column.id,
        unitOf(column),
        spread(results.summary(column, plain), short),
        spread(results.summary(column, withTokens), short),
        spread(share, ratio),
        column.of ? '' : spread(processor, ratio),
      ],
    }
  })
  const fallen = rows.filter(({ lost }) => lost > mostLost)
  const names = fallen.map(({ column, lost }) => `\n  ${column.id}: by ${(100 * lost).toFixed(1)} %`)
  const heads = ['', 'unit', 'unchecked', 'checked', 'ratio', 'ratio of processor time']
  return [
    'Medians (least–most); a ratio below 1 is what tokens cost',
    aligned([heads, ...rows.map(({ cells }) => cells)]),
    `${fallen.length} of ${rows.length} rows fall by more than ${100 * mostLost} %${names.join('')}`,
  ].join('\n')
}

// What the row is worth with tokens, of what it is worth without.
function favour(results, column, plain, withTokens) {
  const pair = [{ column, peer: withTokens }, { column, peer: plain }]
  return results.ratios(...(isBetter(column, 2, 1) ? pair : pair.toReversed()))
}

function spread(summary, words) {
  if (summary === undefined) return '-'
  const { median, low, high } = summary
  return low === high ? words(median) : `${words(median)} (${words(low)}–${words(high)})`
}
