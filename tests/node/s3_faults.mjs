// What goes wrong between a client and its store, chosen by dice that a seed repeats.

// mulberry32: small, and the same everywhere.
export function dice(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

// Each has a weight. `happened`: the store did what was asked, though the answer does not say so.
const faults = [
  { name: "500", weight: 3, answer: { status: 500, code: "InternalError" } },
  { name: "503", weight: 3, answer: { status: 503, code: "SlowDown" } },
  { name: "reset", weight: 3, reset: true },
  { name: "reset after it happened", weight: 4, happened: true, reset: true },
  {
    name: "500 after it happened",
    weight: 2,
    happened: true,
    answer: { status: 500, code: "InternalError" },
  },
  { name: "half an answer", weight: 4, happened: true, cut: true },
  { name: "late", weight: 4, happened: true, delay: 50 },
  { name: "silent for long", weight: 0.2, delay: 1500, reset: true },
]
const weights = faults.reduce((sum, { weight }) => sum + weight, 0)

// A function that gives a fault for `percent` of its calls, else undefined.
export function faultSource(percent, seed) {
  const roll = dice(seed)
  return () => {
    if (roll() * 100 >= percent) return undefined
    let at = roll() * weights
    return faults.find(({ weight }) => (at -= weight) < 0) ?? faults[0]
  }
}
