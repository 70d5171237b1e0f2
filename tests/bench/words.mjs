// Numbers as people read them.

// Three figures, thousands as k, millions as M: 106000 is 106k, 0.354 is 0.35.
export function short(value) {
  if (value === undefined || value === null) return '-'
  const size = Math.abs(value)
  if (size >= 1e6) return `${threeFigures(value / 1e6)}M`
  if (size >= 1e4) return `${threeFigures(value / 1e3)}k`
  if (size >= 1000) return Math.round(value).toLocaleString('en')
  return threeFigures(value)
}

function threeFigures(value) {
  const size = Math.abs(value)
  if (size >= 99.95) return value.toFixed(0)
  if (size >= 9.995) return value.toFixed(1)
  return size >= 0.0995 || size === 0 ? value.toFixed(2) : value.toPrecision(2)
}

export function ratio(value) {
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export function pad(text, width) {
  return text + ' '.repeat(Math.max(0, width - text.length))
}
