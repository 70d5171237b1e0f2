// What is measured, and of whom: the blocks of the table, each with its columns.
import { appendBlocks } from './plan_appends.mjs'
import { column } from './plan_columns.mjs'
import { growthBlocks } from './plan_growth.mjs'
import { historyBlocks } from './plan_history.mjs'
import { liveBlocks } from './plan_live.mjs'

// The machine by itself: no server.
function machineBlocks() {
  const run = ({ lab, column: { measure, options } }) =>
    lab.inDirectory((directory) => {
      const place = measure === 'sqlite' ? { directory } : { cpu2: lab.cpus.server }
      return lab.bench(measure, { ...options, ...place }, {})
    })
  const alone = { run, peers: ['machine'], quick: ['machine'] }
  const values = { better: 'more', value: 'per_second', also: ['p50_ms', 'p99_ms'] }
  return [
    {
      id: 'm-sqlite',
      letter: 'a',
      title: 'Rows of 100 B into SQLite, WAL, synchronous=FULL',
      ...values,
      unit: 'rows/s',
      columns: [1, 64, 256].map((batch) =>
        column(`${batch} in a commit`, 'sqlite', { size: 100, batch, seconds: 1 }, alone),
      ),
    },
    {
      id: 'm-sockets',
      letter: 'd',
      title: 'send() of 100 B to each of many sockets',
      ...values,
      unit: 'sends/s',
      columns: [1000, 10000].map((readers) =>
        column(
          `${readers.toLocaleString('en')} sockets`,
          'sockets',
          { readers, rounds: readers > 1000 ? 15 : 60, size: 100 },
          alone,
        ),
      ),
    },
  ]
}

export function allBlocks() {
  const blocks = [
    ...appendBlocks(),
    ...liveBlocks(),
    ...machineBlocks(),
    ...historyBlocks(),
    ...growthBlocks(),
  ]
  for (const block of blocks) {
    for (const one of block.columns) {
      one.block = block
      one.id = `${block.id}/${one.title}`
    }
  }
  return blocks
}
