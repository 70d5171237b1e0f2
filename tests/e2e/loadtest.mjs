// ds loadtest as it is used: alone, on several machines, with budgets; and behind real caches, good and broken.
//
//     readers ── nginx or Varnish, as ds proxy-config prints them ── nginx that counts ── ds
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { missing, printed, startNginx, startVarnish } from "../node/proxies.mjs"
import { dsBinary, freePort, freshDirectory, sleep, startServer, until } from "../node/server.mjs"
import { countingServer } from "./edge.mjs"

const program = { nginx: "nginx", varnish: "varnishd" }
// From so many readers on the run lasts a minute, and each kind of proxy has its turn alone.
const many = 1000

export function tests({ loadReaders }) {
  const kinds = Object.keys(program)
  const cached = (kind) => ({
    name: `${loadReaders} long-poll readers behind ${kind} share what it fetches once`,
    run: () => behind(kind, (front) => shareAnswers(front, loadReaders)),
    skip: () => missing("nginx", program[kind]),
  })
  const diagnosed = (name, kind, expected, change = (file) => file, flags = []) => ({
    name: `ds loadtest cdn: ${name}`,
    run: () => behind(kind, (front) => diagnose(front, expected), change, flags),
    skip: () => missing("nginx", program[kind]),
  })
  const swap = (from, to) => (file) => {
    assert.ok(file.includes(from), `the configuration has ${from}`)
    return file.replaceAll(from, to)
  }
  const well = { verdict: /^works well$/, advice: [] }
  const together = (name, all) => ({
    name,
    run: async () => (await Promise.all(all.map(({ run }) => run()))).filter(Boolean).join("; "),
    skip: () => all.map(({ skip }) => skip()).find(Boolean),
  })
  const shared = kinds.map(cached)
  return [
    { name: "three machines together count what one counts", run: machinesCountAlike },
    { name: "text, JSON and page agree", run: reportsAgree },
    { name: "budgets decide how it ends", run: budgets },
    { name: "interrupted, it tells what it measured", run: interrupted },
    ...(loadReaders < many ? [together(`${loadReaders} long-poll readers behind nginx, and behind Varnish`, shared)] : shared),
    together("ds loadtest cdn finds out what is wrong", [
      diagnosed("nginx as printed", "nginx", well),
      diagnosed("Varnish as printed", "varnish", well),
      diagnosed("without a lock", "nginx",
        { verdict: /^(hardly works|does not cache|works in part)$/, advice: [/proxy_cache_lock on/] },
        swap("proxy_cache_lock on;", "proxy_cache_lock off;")),
      diagnosed("a key without the query", "nginx",
        { verdict: /^gives wrong answers$/, advice: [/whole query has to be part of the cache key/] },
        swap('proxy_cache_key "$ds_path $ds_query";', "proxy_cache_key $ds_path;")),
      diagnosed("no cache at all", "nginx",
        { verdict: /^does not cache$/, advice: [/Is there one\?/] }, undefined, ["--no-cache"]),
      diagnosed("long-polls that are cut", "nginx",
        { verdict: /^gives wrong answers$/, advice: [/proxy_read_timeout/] },
        swap("proxy_read_timeout 75s;", "proxy_read_timeout 2s;")),
    ]),
  ]
}

// Runs it to its end: { code, out, err }.
async function ds(args, env = {}) {
  const { ended } = start(args, env)
  return ended
}

function start(args, env = {}) {
  const child = spawn(dsBinary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } })
  const said = { out: "", err: "" }
  child.stdout.on("data", (chunk) => (said.out += chunk))
  child.stderr.on("data", (chunk) => (said.err += chunk))
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...said }))
  return { child, ended, said }
}

async function report(args, env) {
  const { code, out, err } = await ds(["loadtest", "--json", ...args], env)
  assert.ok(out, `ds loadtest ${args.join(" ")}: ${err}`)
  return { code, ...JSON.parse(out) }
}

async function withServer(test, args = []) {
  const server = await startServer({ args })
  try {
    return await test(server)
  } finally {
    await server.stop()
  }
}

const small = ["--clients", "90", "--streams", "3", "--sse-ratio", "0.5", "--write-interval", "200",
  "--duration", "2", "--ramp-up", "0"]

async function machinesCountAlike() {
  const folder = freshDirectory("merge")
  const files = ["one", "two", "three"].map((name) => join(folder, `${name}.json`))
  return withServer(async ({ url }) => {
    const alone = await report(["--url", url, ...small])
    const part = ["--url", url, "--clients", "30", ...small.slice(2), "--start-at", new Date(Date.now() + 2500).toISOString()]
    const parts = await Promise.all(files.map(async (file) => {
      const { code, out, err } = await ds(["loadtest", "--json", ...part])
      assert.equal(code, 0, err)
      writeFileSync(file, out)
      return JSON.parse(out)
    }))
    const together = await report(["--merge", ...files, "--max-errors", "0"])
    for (const run of [alone, together]) {
      assert.equal(run.code, 0)
      assert.deepEqual([run.delivery.gaps, run.delivery.duplicates, run.errors.total], [0, 0, 0])
      assert.deepEqual([run.sse.clients, run.long_poll.clients], [45, 45])
      // Each stream has 30 readers, or 10; who came after a first message was written does not see that.
      const most = (90 / run.config.streams) * run.writes.appends
      assert.ok(run.delivery.messages <= most && run.delivery.messages >= most - 2 * 90,
        `${run.delivery.messages} messages of ${most}`)
      assert.equal(run.delivery.latency_ms.count, run.delivery.messages)
    }
    assert.deepEqual(together.parts.map(({ name, clients }) => [name, clients]).sort(), files.map((file) => [file, 30]).sort())
    assert.equal(together.kept, true)
    const sum = (member) => parts.reduce((all, run) => all + member(run), 0)
    assert.equal(together.delivery.messages, sum((run) => run.delivery.messages))
    assert.equal(together.writes.appends, sum((run) => run.writes.appends))
    // Half of all messages, not half of a machine's: counted over the buckets of the three.
    const buckets = parts.flatMap((run) => run.sse.delivery_ms.buckets).sort(([a], [b]) => a - b)
    let left = together.sse.messages / 2
    const [median] = buckets.find(([, count]) => (left -= count) <= 0)
    assert.ok(Math.abs(together.sse.delivery_ms.p50 / median - 1) < 0.001, `${together.sse.delivery_ms.p50} is not ${median}`)
    const twice = await ds(["loadtest", "--merge", files[0], files[0]])
    assert.equal(twice.code, 2)
    assert.match(twice.err, /are the same report/)
    return `${alone.delivery.messages} messages alone, ${together.delivery.messages} of three`
  }).finally(() => rmSync(folder, { recursive: true, force: true }))
}

async function reportsAgree() {
  const folder = freshDirectory("page")
  const page = join(folder, "page.html")
  return withServer(async ({ url }) => {
    const args = ["--url", url, "--clients", "40", "--streams", "2", "--sse-ratio", "0.5", "--ramp-up", "0.2",
      "--duration", "2", "--write-interval", "100", "--max-errors", "0"]
    const [{ code, out }, json] = await Promise.all([
      ds(["loadtest", "--quiet", ...args, "--html", page]), report(args)])
    assert.equal(code, 0)
    // The page is of the same run as the text, and both tell the same.
    const shown = JSON.parse(/id="report">(.*?)<\/script>/s.exec(readFileSync(page, "utf8"))[1])
    assert.equal(/^ +appends +([\d,]+),/m.exec(out)[1], shown.writes.appends.toLocaleString("en-US"))
    assert.equal(/with ([\d,]+) messages/.exec(out)[1], shown.sse.messages.toLocaleString("en-US"))
    assert.equal(json.kept, true)
    assert.equal(json.sse.messages + json.long_poll.messages, json.delivery.messages)
    assert.equal(json.seconds.reduce((sum, { messages }) => sum + messages, 0), json.delivery.messages)
    assert.equal(json.seconds.reduce((sum, { appends }) => sum + appends, 0), json.writes.appends)
    assert.ok(json.bill.length >= 5)
    return `${json.delivery.messages} messages`
  }).finally(() => rmSync(folder, { recursive: true, force: true }))
}

async function budgets() {
  const run = ["--clients", "20", "--streams", "1", "--sse-ratio", "0", "--ramp-up", "0", "--duration", "2",
    "--write-interval", "200", "--quiet"]
  await withServer(async ({ url }) => {
    const ends = async (code, ...budget) => {
      const { code: found, out, err } = await ds(["loadtest", ...run, ...budget, ...(budget[0] === "--url" ? [] : ["--url", url])])
      assert.equal(found, code, `${budget}: ${err}${out.slice(-500)}`)
    }
    await Promise.all([
      ends(0, "--max-p99", "2000", "--max-errors", "0"),
      ends(1, "--max-p99", "0.001"),
      ends(1, "--min-hit", "100%"),
      ends(1, "--min-hit", "100%", "--cache-header", "X-Of-Nobody"),
      ends(0, "--min-hit", "0"),
      // Readers whom nobody answers.
      ends(1, "--url", "http://127.0.0.1:9", "--write-url", url, "--max-errors", "3"),
      ends(0, "--url", "http://127.0.0.1:9", "--write-url", url, "--max-errors", "100000"),
    ])
  })
}

async function interrupted() {
  const TMPDIR = freshDirectory("interrupted")
  const { child, ended } = start(["loadtest", "--clients", "10", "--streams", "1", "--ramp-up", "0",
    "--write-interval", "100", "--duration", "60", "--json"], { TMPDIR })
  await sleep(1500)
  child.kill("SIGINT")
  const { signal, out, err } = await ended
  assert.equal(signal, "SIGINT", err)
  const { delivery, took_s: took } = JSON.parse(out)
  assert.ok(delivery.messages > 0 && delivery.gaps === 0)
  assert.ok(took < 10, `${took} s`)
  rmdirSync(TMPDIR) // which is empty
}

// A proxy as it is printed, one that counts, a server: test(front), where front has their URLs.
async function behind(kind, test, change = (file) => file, flags = []) {
  const folder = freshDirectory("loadtest")
  const server = await startServer()
  const running = [server]
  try {
    const ports = { ds: server.port, edge: await freePort(), counter: await freePort() }
    const log = join(folder, "upstream.log")
    const counter = startNginx(folder, countingServer(ports, log))
    running.push(counter)
    const place = ["--origin", `http://127.0.0.1:${ports.counter}`, "--server-name", "127.0.0.1",
      "--listen", `127.0.0.1:${ports.edge}`]
    const own = kind === "nginx" ? ["--cache-dir", join(folder, "cache")] : []
    const file = change(printed(kind, ...place, ...own, ...flags))
    const edge = kind === "nginx" ? startNginx(folder, file) : startVarnish(folder, file)
    running.push(edge)
    const url = `http://127.0.0.1:${ports.edge}`
    await counter.listens(`http://127.0.0.1:${ports.counter}`)
    await edge.listens(url)
    const upstream = async () => {
      await counter.stop() // what it logs is in the file then
      running.splice(running.indexOf(counter), 1)
      return readFileSync(log, "utf8").split("\n").filter(Boolean)
    }
    return await test({ kind, url, origin: server.url, upstream })
  } finally {
    for (const one of running.reverse()) await one.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function shareAnswers({ kind, url, origin, upstream }, readers) {
  const long = readers >= many
  const times = long ? ["--ramp-up", "10", "--duration", "60"] : ["--ramp-up", "1", "--duration", "4"]
  const run = await report(["--url", url, "--write-url", origin, "--clients", String(readers), "--streams", "1",
    "--sse-ratio", "0", "--write-interval", "1000", ...times, "--min-hit", "99%", "--max-errors", "0"])
  const { long_poll: polls, cache, misses_per_url: misses } = run
  assert.equal(run.code, 0, `${JSON.stringify(run.budgets)} ${JSON.stringify(run.errors)}`)
  assert.deepEqual([polls.gaps, polls.duplicates, polls.errors], [0, 0, 0])
  assert.equal(polls.clients, readers)
  assert.equal(cache.header, "x-proxy-cache")
  assert.ok(misses.most <= 1, `${misses.most} misses of one URL`)
  // What of it ds was asked.
  const asked = new Map()
  for (const line of await upstream()) {
    const [, uri, status] = line.split(" ")
    // At the end who fetches for all goes, and the next one in its place, and the stream is removed.
    if (["200", "204"].includes(status) && uri.includes("live=long-poll")) asked.set(uri, (asked.get(uri) ?? 0) + 1)
  }
  const most = Math.max(...asked.values())
  assert.equal(most, 1, `${most} requests to ds for one URL`)
  assert.ok(asked.size <= misses.urls, `${asked.size} of ${misses.urls} URLs`)
  const latency = polls.delivery_ms
  return `${kind}: HIT ${(100 * cache.hit_share).toFixed(3)} % of ${cache.answers}, ${polls.messages} messages, ` +
    `p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, max ${latency.max.toFixed(0)} ms; ` +
    `${asked.size} requests to ds for ${misses.urls} URLs`
}

async function diagnose({ url, origin }, { verdict, advice }) {
  const { code, out, err } = await ds(["loadtest", "cdn", "--url", url, "--write-url", origin, "--concurrency", "50",
    "--rounds", "1", "--json"])
  assert.ok(out, err)
  const found = JSON.parse(out)
  const tests = found.tests.map((test) => JSON.stringify(test)).join("\n")
  assert.match(found.verdict, verdict, tests)
  assert.equal(code, found.verdict === "works well" ? 0 : 1)
  assert.equal(found.advice.length, advice.length, `${found.advice.join("\n")}\n${tests}`)
  found.advice.forEach((text, i) => assert.match(text, advice[i]))
  assert.equal(found.tests.length, 6)
}
