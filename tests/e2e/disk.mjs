// A disk that fills up: writes are refused and said to be, reads go on, nothing acknowledged is lost,
// and writes work again, without a restart, when there is space again.
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { freshDirectory, startServer, until } from "../node/server.mjs"

export function tests() {
  return [
    {
      name: "a full file system, and space again",
      run: fullFileSystem,
      skip: () => (canMount() ? undefined : "may not mount a small file system (root only)"),
    },
    {
      name: "a file that may not grow (RLIMIT_FSIZE)",
      run: fileLimit,
      skip: () => (spawnSync("prlimit", ["--version"]).error ? "no prlimit here" : undefined),
    },
  ]
}

function mount(folder) {
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "ds-test", folder]).status === 0
}

function unmount(folder) {
  spawnSync("umount", [folder])
}

function canMount() {
  const folder = freshDirectory("mount")
  const could = process.getuid() === 0 && mount(folder)
  if (could) unmount(folder)
  rmSync(folder, { recursive: true, force: true })
  return could
}

const piece = 200000

async function fullFileSystem() {
  const folder = freshDirectory("disk")
  assert.ok(mount(folder))
  const server = await startServer({ dataDir: join(folder, "data") })
  try {
    const ballast = join(folder, "ballast")
    writeFileSync(ballast, Buffer.alloc(8 * 1024 * 1024))
    const log = await startLog(server)
    const refusal = await fillUp(log)
    await until("/health to turn red", async () => (await health(server)) === 503)
    await checkReads(log)
    rmSync(ballast)
    await until("a write to be taken again", () => log.append(), 30000)
    await until("/health to turn green", async () => (await health(server)) === 200)
    await checkReads(log)
    await server.stop()
    const again = await startServer({ dataDir: server.dataDir })
    try {
      await checkReads(await reopened(log, again))
    } finally {
      await again.stop()
    }
    return `refused with ${refusal} after ${log.acknowledged.length} appends`
  } finally {
    await server.stop().catch(() => {}) // it may have ended already
    unmount(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fileLimit() {
  const folder = freshDirectory("limit")
  mkdirSync(folder, { recursive: true })
  const dataDir = join(folder, "data")
  const limited = await startServer({ dataDir, wrap: ["prlimit", "--fsize=6000000"] })
  try {
    const log = await startLog(limited)
    const refusal = await fillUp(log)
    await until("/health to turn red", async () => (await health(limited)) === 503)
    await checkReads(log)
    await limited.stop().catch(() => {}) // its last checkpoint may fail, and say so
    const server = await startServer({ dataDir })
    try {
      const same = await reopened(log, server)
      await checkReads(same)
      assert.ok(await same.append(), "a write without the limit")
      await checkReads(same)
    } finally {
      await server.stop()
    }
    return `refused with ${refusal} after ${log.acknowledged.length} appends`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// A stream of known bytes: number i fills a piece with the i-th letter.
async function startLog(server) {
  const log = openLog(server, [])
  const reply = await fetch(log.url, { method: "PUT", headers: { "Content-Type": "text/plain" } })
  assert.equal(reply.status, 201)
  return log
}

function reopened(log, server) {
  return openLog(server, log.acknowledged)
}

function openLog(server, acknowledged) {
  const url = `${server.url}/v1/stream/e2e/disk`
  const log = { url, acknowledged, status: 0, code: "", retryAfter: null }
  let next = acknowledged.length
  // True when the server took the piece.
  log.append = async () => {
    const letter = String.fromCharCode(97 + (next++ % 26))
    const body = letter.repeat(piece)
    const reply = await fetch(url, { method: "POST", headers: { "Content-Type": "text/plain" }, body })
    log.status = reply.status
    log.retryAfter = reply.headers.get("Retry-After")
    if (reply.status === 204) acknowledged.push(letter)
    else log.code = (await reply.json()).code
    return reply.status === 204
  }
  return log
}

// Appends until the server refuses; the refusals must be the right ones. Returns the first.
async function fillUp(log) {
  for (let i = 0; i < 200; ++i) {
    if (await log.append()) continue
    assert.ok([503, 507].includes(log.status), `status ${log.status}`)
    assert.ok(log.code, "a refusal has a code")
    assert.ok(log.retryAfter, "a refusal says when to come back")
    return `${log.status} ${log.code}`
  }
  throw new Error("the disk did not fill up")
}

async function health(server) {
  return (await fetch(`${server.url}/health`)).status
}

// Reads the whole stream, page by page: exactly what was acknowledged.
async function checkReads({ url, acknowledged }) {
  let text = ""
  for (let offset = "-1", more = true; more; ) {
    const reply = await fetch(`${url}?offset=${offset}`)
    assert.equal(reply.status, 200)
    text += await reply.text()
    offset = reply.headers.get("Stream-Next-Offset")
    more = !reply.headers.has("Stream-Up-To-Date")
  }
  const expected = acknowledged.map((letter) => letter.repeat(piece)).join("")
  assert.equal(text.length, expected.length, "as many bytes as were acknowledged")
  assert.ok(text === expected, "the bytes that were acknowledged")
}
