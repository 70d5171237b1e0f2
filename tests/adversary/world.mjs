// What the attacks share: a server with projects, peers that speak raw TCP, and what a process holds.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"

import { dsBinary, freshDirectory, sleep, startServer, until } from "../node/server.mjs"
import { putProject, signToken } from "../node/tokens.mjs"
import { beside } from "./neighbour.mjs"

export const adminToken = "the-token-of-the-administrator"
export const json = "application/json"
const neighbour = "neighbour"
const ofNeighbour = `/v1/stream/${neighbour}/own`

// Runs `attack` beside a server that asks for tokens. Afterwards it must live, be healthy, end when it is
// told to, and all that is in its directory must be true.
//   projects    names; each has a secret of its own
//   sanitized   the server is slow, and its memory says little
//   onDisk      what it writes goes to a disk, and not to where temporary files are
//   env         as for startServer; no attack is about fsync, so there is none unless `args` say so
//   hook        `args` have a hook that says who is let in: no project is made
export async function against(options, attack) {
  const { args = [], projects = ["shop"], sanitized = false, env, hook = false, onDisk = false } = options
  const dataDir = onDisk ? mkdtempSync("/var/tmp/ds-adversary-") : freshDirectory("adversary")
  const started = {
    args: args.includes("--durability") ? args : ["--durability", "os", ...args],
    dataDir,
    env: { ...(hook ? {} : { DS_ADMIN_TOKEN: adminToken }), ...env },
  }
  const world = { server: await startServer(started), dataDir, token, sanitized, hook, slow: sanitized ? 8 : 1 }
  world.url = (path) => `${world.server.url}${path}`
  // Once it has ended: anew, on the same directory.
  world.start = async () => (world.server = await startServer(started))
  world.restart = async () => {
    await world.server.stop()
    await world.start()
  }
  // The same, without a chance to end in good order.
  world.crash = async () => {
    process.kill(world.server.pid, "SIGKILL")
    await until("its end", () => !isAlive(world.server.pid))
    await world.start()
  }
  let stopped = false
  try {
    for (const name of hook ? [] : [...projects, neighbour])
      await putProject({ url: world.server.url, name, secret: secretOf(name), adminToken })
    await must(201, world, "PUT", ofNeighbour, { type: "text/plain", token: token(neighbour) })
    const note = await attack(world)
    const wellAgain = async () => (await ask(world, "GET", "/health", { token: adminToken })).text.trim() === "ok"
    await until("/health to be content", wellAgain, 30000 * world.slow)
    stopped = true
    await world.server.stop()
    await verify(dataDir)
    return note
  } finally {
    try {
      if (!stopped) await world.server.stop()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

// A command of ds; a status other than 0 is an error, with all that it said.
export function ds(args, options = {}) {
  return promisify(execFile)(dsBinary, args, { maxBuffer: 1 << 26, ...options })
}

// Holds that the directory opens, and that its lanes and segments say the same.
export async function verify(dataDir) {
  await ds(["inspect", "--verify", "--data", dataDir])
}

// Runs `attack` while a neighbour appends and reads, who must not notice it.
// The short form runs on machines that do other work as well: there it finds only what stands still.
const patience = process.argv.includes("--long") ? 1 : 8

export function unnoticed(world, attack, bounds = {}) {
  const asks = { url: world.server.url, path: ofNeighbour, token: token(neighbour) }
  const { worst = 2500, usual = 150, times } = bounds
  const most = world.slow * patience
  return beside(asks, attack, { worst: worst * most, usual: usual * most, times: times && times * patience })
}

// Runs `attack`, and holds that the server never had more than so many MiB above what it had before.
export async function within(world, mib, attack) {
  const most = world.sanitized ? 4 * mib + 400 : mib // freed memory is kept for a while, to find uses of it
  const before = memoryOf(world.server.pid).now
  const note = await attack()
  const more = Math.round(memoryOf(world.server.pid).most - before)
  assert.ok(more < most, `${more} MiB more, and not below ${most}`)
  return note ? `${note}; ${more} MiB more` : `${more} MiB more`
}

// A good token of the project, for an hour.
export function token(project, claims = {}) {
  const exp = Math.floor(Date.now() / 1000) + 3600
  return signToken({ sub: project, scope: "manage", exp, ...claims }, secretOf(project))
}

export function secretOf(project) {
  return `the secret of ${project}, long enough to sign with`
}

// /v1/stream/shop/a, /v1/estuary/subscribe/shop/a
function projectOf(path) {
  const [, , , first, second] = path.split("?")[0].split("/")
  return ["subscribe", "publish"].includes(first) ? second : first
}

// A request with a good token of the project in its path, or with another one; "" is none.
export async function ask(world, method, path, { body, type, headers = {}, token } = {}) {
  const project = world.hook ? undefined : projectOf(path)
  const shown = token ?? (project ? world.token(project) : undefined)
  const response = await fetch(world.url(path), {
    method,
    body,
    headers: {
      ...(shown ? { Authorization: `Bearer ${shown}` } : {}),
      ...(type ? { "Content-Type": type } : {}),
      ...headers,
    },
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

// One of the statuses must be the answer, else it says which was.
export async function must(expected, world, ...asked) {
  const answer = await ask(world, ...asked)
  const [method, path] = asked
  assert.ok(
    [expected].flat().includes(answer.status),
    `${method} ${path.slice(0, 100)}: ${answer.status}, not ${expected}: ${answer.text.slice(0, 300)}`,
  )
  return answer
}

// All of a stream, page by page.
export async function pagesOf(world, path) {
  const pages = []
  for (let offset = "-1"; ; ) {
    const { text, headers } = await must(200, world, "GET", `${path}?offset=${offset}`)
    pages.push(text)
    if (headers.get("stream-up-to-date")) return pages
    offset = headers.get("stream-next-offset")
  }
}

// A peer that speaks bytes, and what it was told.
//   port   another than the server's
//   deaf   it takes the beginning of what it is told, and then nothing more; if it is a text, up to where that stands
export function peer(world, bytes, { port = world.server.port, deaf = false } = {}) {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true })
  const one = { socket, said: "", over: false, cut: () => socket.destroy() }
  socket.on("error", () => {}) // it may be cut off while it speaks
  socket.on("close", () => (one.over = true))
  socket.on("data", (chunk) => {
    one.said = (one.said + chunk.toString("latin1")).slice(-65536)
    if (deaf === true || (deaf && one.said.includes(deaf))) socket.pause()
  })
  if (bytes) socket.write(bytes)
  return one
}

// The head of a request with a good token.
export function headOf(world, method, path, more = "") {
  const bearer = `Authorization: Bearer ${world.token(projectOf(path))}\r\n`
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${bearer}${more}\r\n`
}

// Runs `deed(i)` for each i below `count`, so many at once.
export async function many(count, atOnce, deed) {
  let next = 0
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (next < count) await deed(next++)
    }),
  )
}

// How often each was the answer.
export function tally(values) {
  const counts = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

// MiB that the process holds now, and at most held.
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]) / 1024
  return { now: of("VmRSS"), most: of("VmHWM") }
}

// The files below a folder: how many, and how many MiB.
export function filesBelow(folder) {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
  const sizes = files.map(({ path, name }) => statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0)
  return { count: files.length, mib: Math.round(sizes.reduce((sum, size) => sum + size, 0) / (1 << 20)) }
}

// The worst of `times` answers to `path`, in ms.
export async function worstAnswer(world, path, times) {
  let worst = 0
  for (let i = 0; i < times; ++i) {
    const began = performance.now()
    await ask(world, "GET", path)
    worst = Math.max(worst, performance.now() - began)
    await sleep(25)
  }
  return worst
}
