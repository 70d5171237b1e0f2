// Runs the official server conformance suite and says, group by group, how it went. See usage().
import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

import { makeCertificate } from "../node/certificate.mjs"
import { startS3, storeEnvironment } from "../node/s3.mjs"
import { root, startServer } from "../node/server.mjs"
import { putProject, signToken } from "../node/tokens.mjs"

const here = dirname(fileURLToPath(import.meta.url))
const allTests = 338

function usage() {
  return `Usage: tests/conformance/run [options]

Runs the ${allTests} tests of @durable-streams/server-conformance-tests against a ds of its own
(long-poll wait 0.5 s, fsync on), or against any server.

  --url URL          test the server at URL instead of starting one
  --store dir|s3     with segments of 10 messages that move to a folder, or to an S3 server (npm
                     s3rver, started for this run), and no cache that would answer for it
  --tls              over TLS, with a certificate made for this run
  --runs N           run the whole suite N times in a row (default 1)
  --filter REGEX     only tests whose full name matches
  --auth             with --auth projects, and a token of the project added to every request; what is
                     about other projects, or all of them, is asked as the administrator
  --header 'K: V'    send this header with every request (repeatable)
  --serve-option O   one more option for ds serve, e.g. --serve-option=--durability=os (repeatable)
  --help

The environment variable DS names another ds than build/release/ds.
`
}

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    store: { type: "string" },
    tls: { type: "boolean", default: false },
    runs: { type: "string", default: "1" },
    filter: { type: "string" },
    auth: { type: "boolean", default: false },
    header: { type: "string", multiple: true, default: [] },
    "serve-option": { type: "string", multiple: true, default: [] },
    help: { type: "boolean", default: false },
  },
})

if (options.help) {
  process.stdout.write(usage())
  process.exit(0)
}
const runs = Number(options.runs)
if (!Number.isInteger(runs) || runs < 1) {
  console.error("--runs takes a number from 1 up")
  process.exit(2)
}
const headers = options.header.map((line) => {
  const colon = line.indexOf(":")
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
})

if (options.store && (!["dir", "s3"].includes(options.store) || options.url)) {
  console.error("--store takes dir or s3, and goes without --url")
  process.exit(2)
}
if (options.auth && options.url) {
  console.error("--auth goes without --url: tokens are of a project that is made for this run")
  process.exit(2)
}
if (options.tls && options.url) {
  console.error("--tls goes without --url: a URL says itself whether it is https")
  process.exit(2)
}

let passed = 0
let failed = 0
const certificate = options.tls ? makeCertificate() : undefined
const s3 = options.store === "s3" ? await startS3() : undefined
const adminToken = "the-administrator-of-the-suite"
const own = options.url
  ? undefined
  : await startServer({ args: serveOptions(), env: serveEnvironment() })
try {
  const adminHeaders = [...headers]
  if (options.auth) {
    headers.push(["Authorization", `Bearer ${await projectToken(own.url)}`])
    adminHeaders.push(["Authorization", `Bearer ${adminToken}`])
  }
  for (let run = 1; run <= runs; ++run) {
    const began = Date.now()
    const tests = await runSuite(options.url ?? own.url, adminHeaders)
    const result = report(tests)
    if (!options.filter && tests.length !== allTests) {
      console.log(`FAIL expected ${allTests} tests, the suite ran ${tests.length}`)
      ++result.failed
    }
    const seconds = ((Date.now() - began) / 1000).toFixed(1)
    const how = [
      options.auth ? ", with tokens" : "",
      options.store ? `, segments in ${options.store}` : "",
      options.tls ? ", over TLS" : "",
    ]
    const where = how.join("")
    console.log(`run ${run} of ${runs}${where}: ${result.passed} ok, ${result.failed} bad, ${seconds} s`)
    passed += result.passed
    failed += result.failed
  }
  if (s3 && s3.counts().PUT === 0) {
    console.log("FAIL no segment got to the S3 server")
    ++failed
  }
} finally {
  await own?.stop().catch((error) => {
    console.log(`FAIL ${error.message}`)
    ++failed
  })
  await s3?.stop()
  certificate?.remove()
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

// An administrator's token alone would close the server to everybody else.
function serveEnvironment() {
  return { ...storeEnvironment, ...(options.auth ? { DS_ADMIN_TOKEN: adminToken } : {}) }
}

function serveOptions() {
  const small = ["--rotate-messages", "10", "--tail-cache-bytes", "1000", "--page-cache-bytes", "1000"]
  const store = options.store ? [...small, ...(s3?.flags() ?? [])] : []
  const auth = options.auth ? ["--auth", "projects"] : []
  return ["--long-poll-timeout", "0.5", ...store, ...auth, ...(certificate?.flags() ?? []), ...options["serve-option"]]
}

// Makes the project that the suite's streams belong to, and signs a token of it.
async function projectToken(url) {
  const name = "_default"
  const secret = "the secret that signs for the suite"
  const ca = certificate && readFileSync(certificate.certificate)
  await putProject({ url, name, secret, adminToken, ca })
  const exp = Math.floor(Date.now() / 1000) + 3600
  return signToken({ sub: name, scope: "manage", exp }, secret)
}

// All tests of one run, as { group, name, status, ms, messages }.
async function runSuite(url, adminHeaders) {
  const out = join(root, "build", "conformance.json")
  mkdirSync(dirname(out), { recursive: true })
  rmSync(out, { force: true })
  const args = [join(here, "node_modules/vitest/vitest.mjs"), "run", "suite.test.mjs"]
  args.push("--root", here, "--reporter=json", `--outputFile=${out}`)
  // One test compares 100 KiB byte by byte: on a busy machine that alone takes longer than the usual 5 s.
  args.push("--testTimeout=30000")
  if (options.filter) args.push("--testNamePattern", options.filter)
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      ...certificate?.environment(),
      CONFORMANCE_URL: url.replace(/\/$/, ""),
      CONFORMANCE_HEADERS: JSON.stringify(headers),
      CONFORMANCE_ADMIN_HEADERS: JSON.stringify(adminHeaders),
    },
  })
  await new Promise((done) => child.on("close", done))
  const { testResults } = JSON.parse(readFileSync(out, "utf8"))
  return testResults.flatMap((file) => {
    if (file.assertionResults.length === 0 && file.message) console.log(`FAIL ${file.message}`)
    return file.assertionResults.filter(wasRun).map((test) => ({
      group: test.ancestorTitles.filter(Boolean).join(" > "),
      name: test.fullName,
      status: test.status,
      ms: test.duration ?? 0,
      messages: test.failureMessages ?? [],
    }))
  })
}

function wasRun({ status }) {
  return status === "passed" || status === "failed"
}

function report(tests) {
  const groups = new Map()
  for (const test of tests) {
    const group = groups.get(test.group) ?? { ok: 0, bad: 0, ms: 0 }
    group[test.status === "passed" ? "ok" : "bad"] += 1
    group.ms += test.ms
    groups.set(test.group, group)
  }
  for (const [name, { ok, bad, ms }] of groups) {
    const columns = [String(ok).padStart(4), "ok", String(bad).padStart(3), "bad"]
    console.log(`${columns.join(" ")} ${String(Math.round(ms)).padStart(7)} ms  ${name}`)
  }
  const bad = tests.filter(({ status }) => status === "failed")
  for (const { name, messages } of bad) {
    const why = (messages[0] ?? "").split("\n").slice(0, 3).join("\n     ")
    console.log(`FAIL ${name}\n     ${why}`)
  }
  return { passed: tests.length - bad.length, failed: bad.length }
}
