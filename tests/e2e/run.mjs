// Runs the end-to-end tests one after the other. See usage().
import { parseArgs } from "node:util"

import { runParts } from "../node/parts.mjs"

const parts = ["tour", "clients", "browser", "tenants", "pubsub", "proxy", "edge", "proxy_config",
  "disk", "cold", "trouble", "subscriptions", "report", "loadtest"]

function usage() {
  return `Usage: tests/e2e/run [options] [PART...]

Runs all parts, or those named:

  tour      the commands of the README, and a project as ds-access(7) has it
  clients   third-party packages: StreamDB on TanStack DB, Yjs documents
  browser   a page of another origin follows a stream with EventSource, in headless Chromium
  tenants   what one tenant keeps runs nothing in the browser of another's visitor
  pubsub    estuaries: the tour of ds-estuaries(7), and three sources in a page over one connection
  proxy     SSE, long-poll and large appends behind nginx
  edge      a shared cache in front: what it keeps, and from whom it keeps it
  proxy_config    all that, with what ds proxy-config prints, in nginx, Varnish and Caddy
  disk      a disk that fills up, and then has space again
  cold      history in an object store: a log file across all tiers, restored directories
  trouble   an object store that is down, full, damaged, or not the right one
  subscriptions   a receiver of signed webhooks, and a pool of workers that are killed
  report    the page of a load test in headless Chromium, on a phone and on a wide screen
  loadtest  ds loadtest on several machines, with budgets; long-polls through nginx and Varnish; broken caches

  --cold-lines N   how many lines the log file of part cold has (default 50000)
  --load-readers N how many readers there are behind each cache in part loadtest (default 500);
                   from 1000 on for a minute
  --silence S      how long an SSE response is silent behind the printed configurations (default 20)
  --help

The environment variable DS names another ds than build/release/ds.
`
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "cold-lines": { type: "string", default: "50000" },
    "load-readers": { type: "string", default: "500" },
    silence: { type: "string", default: "20" },
    help: { type: "boolean", default: false },
  },
})
if (options.help) {
  process.stdout.write(usage())
  process.exit(0)
}
const unknown = positionals.filter((part) => !parts.includes(part))
const coldLines = Number(options["cold-lines"])
const loadReaders = Number(options["load-readers"])
const silence = Number(options.silence)
const wrong = [coldLines, loadReaders, silence].some((number) => !Number.isInteger(number) || number < 1)
if (unknown.length > 0 || wrong) {
  process.stderr.write(usage())
  process.exit(2)
}

// Ten minutes suffice for the million lines.
await runParts({
  parts: positionals.length > 0 ? positionals : parts,
  load: (part) => import(`./${part}.mjs`),
  options: { coldLines, loadReaders, silence },
  seconds: 600,
})
