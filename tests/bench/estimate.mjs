// How long a run will take, from what each measure has taken on a machine with two cores.

// Of one measure of one peer, with its start and its end.
export function secondsOf(column, scale) {
  const load = (column.options?.seconds ?? 0) * scale
  return load + (column.takes ?? besideLoad(column.measure, column.options))
}

// Warming up, connecting, filling, and all that has no length of its own.
function besideLoad(measure, { readers = 0, streams = 0, rounds = 0 }) {
  if (measure === 'append') return 0.35 + streams / 25000
  if (measure === 'fanout') return 0.2 + readers / 9000
  if (measure === 'idle') return 1.1 + readers / 8000
  if (measure === 'longpoll') return 2 + (rounds * readers) / 20000
  if (measure === 'sockets') return 0.4 + readers / 4000
  return measure === 'catchup' ? 1.8 : 0.35
}

export function minutesOf(work, { repeat, scale }) {
  const seconds = work.map(({ column, who }) => {
    const times = who.length * (column.once ? 1 : repeat)
    return times * secondsOf(column, scale)
  })
  return seconds.reduce((sum, part) => sum + part, 0) / 60
}
