// What a column of the table is, and the groups of peers that columns name.

export const strong = [
  'ds',
  'ceiling-group',
  'rust-wal',
  'rust-memory',
  'axum-memory',
  'node-memory',
]
export const streamServers = [...strong, 'axum-file-durable', 'node-file']

// One ds_bench measure against a fresh server. More can be said of it:
//   peers   who is measured, by id
//   quick   who is measured by --quick; without it the column is left out there
//   figure  its name in the tables, where it is a row; connections or readers at the end
//   limit   in seconds, for those who will not come to an end
//   once    not repeated: it takes long
//   takes   seconds, beside those of its loads that are said in them; for the estimate only
//   run     another way to measure it
export function column(title, measure, options, more) {
  return { title, measure, options, run: runPlain, ...more }
}

function runPlain({ lab, peer, column: { measure, options, limit } }) {
  return lab.withFreshServer(peer, (target) => lab.bench(measure, options, target, limit))
}
