// The picture of a run: bars for the main loads, and small curves of how costs grow. SVG, with a
// background of its own, so that it reads the same on a light and a dark page.
import { isBetter } from './results.mjs'
import { short } from './words.mjs'

const width = 900
const edge = 28
const gutter = 36
const panelWidth = (width - 2 * edge - gutter) / 2
const colours = { ours: '#0a5bd3', other: '#7d8896', ceiling: '#ffffff' }

const style = `
  text { font-family: -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
         font-size: 12px; fill: #24292f; }
  .title { font-size: 13.5px; font-weight: 600; }
  .head { font-size: 19px; font-weight: 650; }
  .soft { fill: #66707c; font-size: 11px; }
  .own { font-weight: 650; fill: ${colours.ours}; }
  .axis { stroke: #d5dae0; stroke-width: 1; }
`

function escaped(text) {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function text(x, y, words, more = '') {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${words}</text>`
}

function bar(x, y, length, height, peer) {
  const size = `width="${Math.max(length, 1).toFixed(1)}" height="${height}"`
  const box = `x="${x}" y="${y}" ${size} rx="2"`
  if (peer.kind === 'ceiling') {
    const dashes = 'stroke-dasharray="3 2"'
    return `<rect ${box} fill="${colours.ceiling}" stroke="${colours.other}" ${dashes}/>`
  }
  const fill = peer.kind === 'ours' ? 'ours' : 'other'
  return `<rect ${box} fill="${peer.durable ? colours[fill] : `url(#hatch-${fill})`}"/>`
}

function label(peer) {
  const name = `<tspan class="${peer.kind === 'ours' ? 'own' : ''}">${escaped(peer.label)}</tspan>`
  return `${name} <tspan class="soft">${escaped(peer.brief)}</tspan>`
}

// Bars of one or more columns, the best peer first: { height, parts }.
function barPanel({ title, columns, keys, left, top, peers, results }) {
  const last = columns.at(-1)
  const rows = peers
    .filter(({ id, kind }) => kind !== 'ceiling' || id === last.block.ceiling)
    .filter(({ id, kind }) => kind !== 'machine' && results.median(last, id) !== undefined)
    .map((peer) => ({ peer, values: columns.map((one) => results.median(one, peer.id)) }))
    .sort((a, b) => (isBetter(last, a.values.at(-1), b.values.at(-1)) ? -1 : 1))
  if (rows.length === 0) return { height: 0, parts: [] }
  const most = Math.max(...rows.flatMap(({ values }) => values.filter((one) => one !== undefined)))
  const labelWidth = 184
  const barWidth = panelWidth - labelWidth - (keys ? 66 : 46)
  const thick = columns.length > 1 ? 10 : 13
  const rowHeight = columns.length * (thick + 1) + (columns.length > 1 ? 8 : 6)
  const parts = [text(left, top + 12, escaped(title), 'class="title"')]
  const begin = left + labelWidth
  rows.forEach(({ peer, values }, row) => {
    const y = top + 24 + row * rowHeight
    const middle = y + (columns.length * (thick + 1)) / 2 + 4
    parts.push(text(begin - 8, middle, label(peer), 'text-anchor="end"'))
    values.forEach((value, i) => {
      if (value === undefined) return
      const length = (value / most) * barWidth
      const at = y + i * (thick + 1)
      const own = peer.kind === 'ours' ? 'class="own"' : ''
      const soft = row === 0 && keys ? ` <tspan class="soft">${keys[i]}</tspan>` : ''
      const words = short(value) + soft
      const size = columns.length > 1 ? 'style="font-size:10.5px"' : 'style="font-size:11.5px"'
      parts.push(bar(begin, at, length, thick, peer))
      parts.push(text(begin + length + 5, at + thick - 1.5, words, `${own} ${size}`))
    })
  })
  const bottom = top + 22 + rows.length * rowHeight
  parts.push(`<path class="axis" d="M${begin} ${top + 20}V${bottom}"/>`)
  return { height: bottom - top + 22, parts }
}

// The least round number that is not below.
function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(value))
  return [1, 1.5, 2, 3, 4, 5, 7.5, 10].map((n) => n * unit).find((n) => n >= value * 0.999)
}

// How a value grows along the columns of a block: ours, and the ceiling where there is one.
function curvePanel({ block, left, top, span, peers, results }) {
  const lines = peers
    .filter(({ kind, id }) => id === 'ds' || kind === 'ceiling')
    .map((peer) => ({
      peer,
      values: block.columns.map((one) => results.median(one, peer.id)),
    }))
    .filter(({ values }) => values.filter((one) => one !== undefined).length > 1)
  if (lines.length === 0) return []
  const values = lines.flatMap((one) => one.values.filter((value) => value !== undefined))
  const most = roundUp(Math.max(...values))
  const high = 84
  const base = top + 44 + high
  const x = (i) => left + 4 + (i * (span - 12)) / (block.columns.length - 1)
  const y = (value) => base - (value / most) * high
  const [what, by] = block.title.split(', ')
  const unit = block.unit.replace(' of processor time', '')
  const parts = [
    text(left, top + 12, escaped(`${what}, ${unit}`), 'class="title" style="font-size:12px"'),
    text(left, top + 27, escaped(by), 'class="soft"'),
    `<path class="axis" d="M${left} ${y(most)}H${left + span} M${left} ${base}H${left + span}"/>`,
    text(left + span, y(most) - 3, short(most), 'class="soft" text-anchor="end"'),
  ]
  block.columns.forEach((one, i) => {
    const anchor = i === 0 ? 'start' : i === block.columns.length - 1 ? 'end' : 'middle'
    const at = i === 0 ? left : i === block.columns.length - 1 ? left + span : x(i)
    const place = `class="soft" style="font-size:10px" text-anchor="${anchor}"`
    parts.push(text(at, base + 14, block.marks?.[i] ?? roundText(block.xs[i]), place))
  })
  for (const { peer, values: heights } of lines) parts.push(curve(peer, heights, x, y))
  return parts
}

// 1000000 is 1M.
function roundText(count) {
  return count >= 1e6 ? `${count / 1e6}M` : count >= 1e3 ? `${count / 1e3}k` : String(count)
}

function curve(peer, values, x, y) {
  const points = values
    .map((value, i) => (value === undefined ? undefined : [x(i).toFixed(1), y(value).toFixed(1)]))
    .filter((point) => point !== undefined)
  const own = peer.id === 'ds'
  const colour = own ? colours.ours : colours.other
  const dashes = own ? 'stroke-width="2"' : 'stroke-width="1.5" stroke-dasharray="3 2"'
  const path = `M${points.map((point) => point.join(' ')).join('L')}`
  const line = `<path d="${path}" fill="none" stroke="${colour}" ${dashes}/>`
  const dots = points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.6" fill="${colour}"/>`)
  return own ? [line, ...dots].join('') : line
}

// What the fills mean, from left to right.
function key(top) {
  const samples = [
    [{ kind: 'ours', durable: true }, 'ds'],
    [{ kind: 'broker', durable: true }, 'others, on disk before the answer'],
    [{ kind: 'broker', durable: false }, 'not on disk before the answer'],
    [{ kind: 'ceiling' }, 'ceiling: the least a server can do'],
  ]
  let left = edge
  return samples.flatMap(([peer, words]) => {
    const parts = [bar(left, top, 22, 11, peer), text(left + 28, top + 10, words, 'class="soft"')]
    left += 28 + words.length * 5.6 + 24
    return parts
  })
}

function hatches() {
  return ['ours', 'other'].map((name) => {
    const stroke = `stroke="${colours[name]}" stroke-width="1.4"`
    const stripe = `<path d="M0 6L6 0M-1 1L1 -1M5 7L7 5" ${stroke}/>`
    const ground = `<rect width="6" height="6" fill="#eef1f4"/>`
    const size = 'width="6" height="6" patternUnits="userSpaceOnUse"'
    return `<pattern id="hatch-${name}" ${size}>${ground}${stripe}</pattern>`
  })
}

function panels(columns) {
  const at = (id) => columns.get(id)
  return {
    left: [
      {
        title: 'Appends a second, 100 B to one stream',
        columns: [at('a-one/64'), at('a-one/256')],
        keys: ['64 conn.', '256 conn.'],
      },
      {
        title: 'Long-poll answers a second, 10,000 readers',
        columns: [at('e/10,000 readers')],
      },
    ],
    right: [
      { title: 'SSE deliveries a second, 10,000 readers', columns: [at('d-most/10,000 readers')] },
      {
        title: 'Memory of an idle SSE reader, KiB (less is better)',
        columns: [at('d-idle/10,000 readers')],
      },
      {
        title: 'Catch-up, one reader, MB a second',
        columns: [at('f-warm/1 reader, 64 KiB bodies')],
      },
    ],
  }
}

export function pictureText({ blocks, peers, results, about }) {
  const columns = new Map(blocks.flatMap((block) => block.columns).map((one) => [one.id, one]))
  const parts = [
    text(edge, 40, 'ds and its peers: one core for the server', 'class="head"'),
    ...key(56),
  ]
  const ends = Object.entries(panels(columns)).map(([side, list]) => {
    let top = 92
    for (const panel of list) {
      const left = side === 'left' ? edge : edge + panelWidth + gutter
      const { height, parts: drawn } = barPanel({ ...panel, left, top, peers, results })
      parts.push(...drawn)
      top += height
    }
    return top
  })
  const top = Math.max(...ends) + 6
  const curves = blocks.filter(({ xs }) => xs)
  const span = (width - 2 * edge - (curves.length - 1) * 26) / curves.length
  const drawn = curves.flatMap((block, i) =>
    curvePanel({ block, left: edge + i * (span + 26), top, span, peers, results }),
  )
  const bottom = drawn.length > 0 ? top + 44 + 84 + 28 : top
  const times = about.repeat === 1 ? 'one run' : `medians of ${about.repeat} runs`
  const words = `${about.date.slice(0, 10)}, ${times}. ${about.machineText}`
  const tiny = 'class="soft" style="font-size:10px"'
  parts.push(...drawn, text(edge, bottom + 14, escaped(words), tiny))
  const height = bottom + 32
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height.toFixed(0)}"`,
    ` width="${width}" height="${height.toFixed(0)}" role="img" aria-label="Benchmark of ds">`,
    `<style>${style}</style><defs>${hatches().join('')}</defs>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${(height - 1).toFixed(0)}" rx="8"`,
    ' fill="#ffffff" stroke="#d0d7de"/>',
    ...parts,
    '</svg>\n',
  ].join('\n')
}
