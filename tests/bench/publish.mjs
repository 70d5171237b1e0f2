// Puts a run where people read it: tests/bench/picture.svg, tests/bench/figures.md, and the README.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../node/server.mjs'
import { weakerHeading } from './figures.mjs'

const readme = join(root, 'README.md')
const opening = '<!-- figures -->'
const closing = '<!-- /figures -->'

// Why it cannot be done, or undefined: asked before an hour of measuring.
export function unpublishable() {
  try {
    replaced(readFileSync(readme, 'utf8'), '')
  } catch (error) {
    return error.message
  }
}

// The text with what stands between the two marks replaced, and nothing else.
export function replaced(text, fresh) {
  const from = text.indexOf(opening)
  const to = text.indexOf(closing)
  if (from < 0 || to < from) throw new Error(`README.md has no ${opening} ... ${closing}`)
  return `${text.slice(0, from + opening.length)}\n${fresh}${text.slice(to)}`
}

// What a newcomer reads, and where the rest is.
export function forReadme(figures) {
  const [most] = figures.split(weakerHeading)
  return `${most}Those who answer before an append is on disk are often faster at appends; by how much is
in [tests/bench/figures.md](tests/bench/figures.md).\n`
}

export function publish({ figures, picture }) {
  const shown = (path) => `![ds and its peers, measured](${path})\n\n`
  writeFileSync(join(root, 'tests/bench/picture.svg'), picture)
  const head = '# The last published run\n\n'
  writeFileSync(join(root, 'tests/bench/figures.md'), `${head}${shown('picture.svg')}${figures}`)
  const text = readFileSync(readme, 'utf8')
  writeFileSync(readme, replaced(text, `${shown('tests/bench/picture.svg')}${forReadme(figures)}`))
}
