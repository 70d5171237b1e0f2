// Who is measured when: columns one after the other, their peers by turns, again and again.

// The peers take turns within a column, so that a ratio is of values of the same minute. Who could
// not do it is not asked again.
//   work     [{ column, who: [peer, ..] }]
//   results  where the samples go
export async function measureAll({ lab, work, repeat, results }) {
  const times = (column) => (column.once ? 1 : repeat)
  const total = work.reduce((sum, { column, who }) => sum + times(column) * who.length, 0)
  let done = 0
  for (let repetition = 1; repetition <= repeat; ++repetition) {
    for (const { column, who } of work.filter((one) => repetition <= times(one.column))) {
      for (const peer of repetition % 2 === 1 ? who : who.toReversed()) {
        progress(`${++done} of ${total}: ${column.id}, ${peer.name}`)
        if (results.failure(column, peer.id) === undefined) {
          results.add(await measured({ lab, column, peer, repetition }))
        }
      }
    }
  }
  progress('')
}

// One sample: with a result, or with the failure that stands in its place.
async function measured({ lab, column, peer, repetition }) {
  const at = new Date().toISOString()
  const began = performance.now()
  const sample = { column: column.id, peer: peer.id, repetition, at }
  const took = () => ({ took_seconds: Math.round((performance.now() - began) / 10) / 100 })
  try {
    const result = await column.run({ lab, peer, column })
    return { ...sample, ...took(), result }
  } catch (error) {
    const failure = error.message.split('\n')[0].slice(0, 200)
    progress('')
    process.stderr.write(`${column.id}, ${peer.name}: ${error.message}\n`)
    return { ...sample, ...took(), failure }
  }
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
