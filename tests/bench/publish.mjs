// Puts a run where people read it: tests/bench/picture.svg, tests/bench/figures.md, the manual
// page ds-figures(7), and a handful of its rows in the README.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../node/server.mjs'
import { weakerHeading } from './figures.mjs'
import { manualText } from './manual.mjs'

const readme = { path: 'README.md', opening: '<!-- figures -->', closing: '<!-- /figures -->' }
const manual = { path: 'man/ds-figures.7', opening: '.\\" figures', closing: '.\\" /figures' }

const at = ({ path }) => join(root, path)

// Why it cannot be done, or undefined: asked before an hour of measuring.
export function unpublishable() {
  try {
    for (const place of [readme, manual]) replaced(readFileSync(at(place), 'utf8'), '', place)
  } catch (error) {
    return error.message
  }
}

// The text with what stands between the two marks replaced, and nothing else.
export function replaced(text, fresh, { path, opening, closing } = readme) {
  const from = text.indexOf(`${opening}\n`)
  const to = text.indexOf(closing)
  if (from < 0 || to < from) throw new Error(`${path} has no ${opening} ... ${closing}`)
  return `${text.slice(0, from + opening.length)}\n${fresh}${text.slice(to)}`
}

// The rows and columns that a newcomer reads; a row that was not measured is left out.
const rowsInReadme = [
  'Appends/s, 1 connection',
  'Appends/s, 64 connections',
  'Appends/s, 256 connections',
  'Appends/s to 100,000 streams, 256 connections',
  'SSE deliveries/s, 10,000 readers',
  'SSE delivery, p99 in ms, 1,000 readers, 10/s',
  'Long-poll answers/s, 10,000 readers',
  'Catch-up MB/s, 1 reader, bodies of 64 KiB',
  'Catch-up MB/s, 64 readers, bodies of 64 KiB',
  'Memory of an idle SSE reader in KiB, of 10,000',
]
const columnsInReadme = ['', 'ds', 'Rust durable-streams', 'Node reference', 'Redis streams']

// Of a server that was measured more than once, the column whose answers mean most: it comes first.
export function forReadme(figures) {
  const table = figures.split('\n').filter((line) => line.startsWith('|'))
  const cells = table.map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim()))
  const [head = [], , ...rows] = cells
  const names = head.map((cell) => cell.split('<br>')[0])
  const columns = columnsInReadme.map((name) => names.indexOf(name)).filter((column) => column >= 0)
  const shown = rows.filter(([name]) => rowsInReadme.includes(name))
  const line = (row) => `| ${columns.map((column) => row[column].replaceAll('**', '')).join(' | ')} |`
  const measured = /^Measured \S+/m.exec(figures)?.[0] ?? 'Measured'
  return [
    `![ds and its peers, measured](tests/bench/picture.svg)`,
    '',
    line(head),
    `|---|${columns.slice(1).map(() => '---:').join('|')}|`,
    ...shown.map(line),
    '',
    `${measured} on two cores, one for the server and one for the load. \`-\`: it could not do it. Empty: not measured.`,
    '',
  ].join('\n')
}

// What the manual says: all but the losses to servers whose answers mean less.
export function forManual(figures) {
  const [most] = figures.split(weakerHeading)
  return manualText(`${most}Those who answer before an append is on disk are often faster at appends; by how much is
in \`tests/bench/figures.md\`.\n`)
}

export function publish({ figures, picture }) {
  writeFileSync(join(root, 'tests/bench/picture.svg'), picture)
  const head = '# The last published run\n\n![ds and its peers, measured](picture.svg)\n\n'
  writeFileSync(join(root, 'tests/bench/figures.md'), `${head}${figures}`)
  for (const [place, fresh] of [[readme, forReadme(figures)], [manual, forManual(figures)]])
    writeFileSync(at(place), replaced(readFileSync(at(place), 'utf8'), fresh, place))
}
