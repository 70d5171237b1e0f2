// All that was measured: samples, and the medians and ratios made of them.
export class Results {
  samples = []

  add(sample) {
    this.samples.push(sample)
  }

  of(column, peer) {
    const id = (column.of ?? column).id
    return this.samples.filter((one) => one.column === id && one.peer === peer)
  }

  // The values of a field (of the column's own, if none is named), by repetition.
  byRepetition(column, peer, field = valueOf(column)) {
    const found = new Map()
    for (const { repetition, result } of this.of(column, peer)) {
      const value = result?.[field]
      if (typeof value === 'number') found.set(repetition, value)
    }
    return found
  }

  // { median, low, high }, or undefined when there is nothing.
  summary(column, peer, field) {
    const values = [...this.byRepetition(column, peer, field).values()]
    return values.length === 0 ? undefined : { median: median(values), ...extremes(values) }
  }

  median(column, peer, field) {
    return this.summary(column, peer, field)?.median
  }

  // Why there is no value.
  failure(column, peer) {
    return this.of(column, peer).find((one) => one.failure !== undefined)?.failure
  }

  // The ratios of two values of the same repetition, { column, peer, field } each, by their median.
  ratio(above, below) {
    return this.ratios(above, below)?.median
  }

  // The same with their extremes: { median, low, high }.
  ratios(above, below) {
    const under = this.byRepetition(below.column, below.peer, below.field)
    const ratios = [...this.byRepetition(above.column, above.peer, above.field)]
      .filter(([repetition]) => under.get(repetition) > 0)
      .map(([repetition, value]) => value / under.get(repetition))
    return ratios.length === 0 ? undefined : { median: median(ratios), ...extremes(ratios) }
  }
}

export function valueOf(column) {
  return column.value ?? column.block.value
}

export function unitOf(column) {
  return column.unit ?? column.block.unit
}

// True if `one` is the better value in that column.
export function isBetter(column, one, other) {
  return (column.better ?? column.block.better) === 'more' ? one > other : one < other
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function extremes(values) {
  return { low: Math.min(...values), high: Math.max(...values) }
}
