// Data directories that somebody has meddled with: lost, foreign, newer and damaged files, and a clock that jumps.
// A server that starts serves nothing wrong, and one that does not says why and changes nothing.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import {
  cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync,
} from "node:fs"
import { join } from "node:path"

import { freshDirectory, sleep, startServer, until } from "../node/server.mjs"
import { putProject } from "../node/tokens.mjs"
import { adminToken, ask, ds, json, must, pagesOf, secretOf, token, verify } from "./world.mjs"

const path = "/v1/stream/shop/a"
const messages = Array.from({ length: 60 }, (_, i) => `"${i} ${createHash("sha512").update(String(i)).digest("hex")}"`)
const faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

export function tests({ long, sanitized }) {
  return [
    { name: "lost, foreign and newer files", run: () => withDirectory(meddled) },
    { name: "files that are none of its business", run: () => withDirectory(unrelated) },
    { name: "flipped bits", run: () => withDirectory((world) => flipped(world, long ? 120 : 10)) },
    {
      name: "a clock that jumps ahead and back",
      run: clockJumps,
      skip: () => (sanitized ? "not under a sanitizer" : existsSync(faketime) ? "" : "there is no libfaketime"),
    },
  ]
}

function start(dataDir, args = [], env = {}) {
  const always = ["--durability", "os", "--rotate-messages", "25"]
  return startServer({ dataDir, args: [...always, ...args], env: { DS_ADMIN_TOKEN: adminToken, ...env } })
}

// What ask() and its like want to know of a server.
function worldOf(server) {
  return { server, url: (at) => `${server.url}${at}`, token }
}

async function makeStream(server) {
  const world = worldOf(server)
  await putProject({ url: server.url, name: "shop", secret: secretOf("shop"), adminToken })
  await must(201, world, "PUT", path, { type: json })
  for (const message of messages) await must(204, world, "POST", path, { type: json, body: `[${message}]` })
}

function segmentsIn(store) {
  const names = existsSync(store) ? readdirSync(store, { recursive: true }) : []
  return names.filter((name) => name.endsWith(".seg")).map((name) => join(store, name))
}

// Runs `attack` with a directory of which two segments are in the store, and an older state of it.
//   fresh(name)  another copy of it
async function withDirectory(attack) {
  const home = freshDirectory("adversary")
  const whole = join(home, "whole")
  const older = join(home, "older")
  let copied = 0
  const world = { home, whole, older, fresh: () => copy(whole, join(home, `copy${copied++}`)) }
  try {
    const first = await start(whole)
    await first.stop()
    copy(whole, older)
    const server = await start(whole)
    try {
      await makeStream(server)
      await until("segments", () => segmentsIn(join(whole, "cold")).length >= 2)
    } finally {
      await server.stop()
    }
    // All of it is in the databases by now; the logs beside them would mend what is spoilt.
    for (const name of ["lane-0.db-wal", "lane-0.db-shm"]) rmSync(join(whole, name), { force: true })
    await verify(whole)
    return await attack(world)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function copy(from, to) {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  rmSync(join(to, "admin.json"), { force: true })
  return to
}

// { server }, or { said } when it ended by itself, which is never by a signal.
async function tryToStart(dataDir, args) {
  try {
    return { server: await start(dataDir, args) }
  } catch (error) {
    const how = /ended early \((.*?)\):\n([^]*)/.exec(error.message)
    assert.ok(how?.[1].startsWith("exit code"), `${dataDir}: ${error.message}`)
    return { said: how[2], code: Number(how[1].slice(10)) }
  }
}

const hashOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex")

// What a newer ds would write into the header.
function makeNewer(file) {
  const bytes = readFileSync(file)
  bytes.writeUInt32BE(99, 60)
  writeFileSync(file, bytes)
}

async function meddled({ fresh, older, home }) {
  const garbage = (file) => writeFileSync(file, "this is no database, ".repeat(1000))
  const nothing = (file) => writeFileSync(file, "")
  const gone = (file) => rmSync(file)
  const folder = (file) => rmSync(file) ?? mkdirSync(file)
  const dangling = (file) => rmSync(file) ?? symlinkSync(join(home, "nowhere/at/all"), file)
  const old = (file) => cpSync(join(older, "lane-0.db"), file)
  const deeds = [
    ["lane-0.db", { garbage, nothing, gone, folder, dangling, old, newer: makeNewer }],
    ["ds.db", { garbage, folder, newer: makeNewer }],
    ["projects.db", { garbage, folder, newer: makeNewer }],
    ["subscriptions.db", { garbage, folder, newer: makeNewer }],
  ]
  for (const [name, kinds] of deeds)
    for (const [kind, meddle] of Object.entries(kinds)) {
      const what = `${name}, ${kind}`
      const dir = fresh()
      const file = join(dir, name)
      for (const more of ["-wal", "-shm"]) rmSync(file + more, { force: true })
      meddle(file)
      const isFile = existsSync(file) && statSync(file).isFile()
      const before = [...segmentsIn(join(dir, "cold")), ...(isFile ? [file] : [])].map((one) => [one, hashOf(one)])
      const { server, said, code } = await tryToStart(dir)
      if (server) await server.stop()
      assert.ok(said, `${what}: it started`)
      assert.ok(said.includes(name), `${what}: it does not say which file: ${said}`)
      if (kind === "newer") assert.equal(code, 7, `${what}: ${said}`)
      for (const [one, hash] of before) assert.equal(hashOf(one), hash, `${what}: it changed ${one}`)
      if (kind === "gone") assert.ok(!existsSync(file), `${what}: it made another`)
      rmSync(dir, { recursive: true, force: true })
    }
  // Without the projects nobody has a token that counts; it does not become a server for everybody.
  const dir = fresh()
  for (const more of ["", "-wal", "-shm"]) rmSync(join(dir, `projects.db${more}`), { force: true })
  const server = await startServer({ dataDir: dir })
  try {
    const asked = [["GET", path], ["DELETE", path], ["PUT", "/v1/stream/shop/b"], ["GET", "/v1/config/shop"]]
    for (const [method, at] of asked) {
      const { status } = await ask(worldOf(server), method, at, { token: "", type: json })
      assert.equal(status, 401, `${method} ${at} without projects`)
    }
  } finally {
    await server.stop()
  }
}

async function unrelated({ fresh, home }) {
  const dir = fresh()
  writeFileSync(join(dir, "README.txt"), "not yours")
  writeFileSync(join(dir, ".DS_Store"), "")
  mkdirSync(join(dir, "lost+found"))
  symlinkSync(join(home, "nowhere"), join(dir, "a-link"))
  writeFileSync(join(dir, "cold/notes.seg"), "no segment")
  const server = await start(dir)
  try {
    assert.equal((await pagesOf(worldOf(server), path)).flatMap((page) => JSON.parse(page)).length, messages.length)
  } finally {
    await server.stop()
  }
  await verify(dir)
  assert.equal(readFileSync(join(dir, "README.txt"), "utf8"), "not yours")
  // A folder of somebody else is none of ours, and a file is no folder.
  const theirs = join(home, "theirs")
  mkdirSync(theirs)
  writeFileSync(join(theirs, "cat.jpg"), "a cat")
  for (const place of [theirs, join(theirs, "cat.jpg"), "/dev/null", "/proc/self"]) {
    const { server: wrong, said } = await tryToStart(place)
    if (wrong) await wrong.stop()
    assert.ok(said, `it started on ${place}`)
  }
  assert.deepEqual(readdirSync(theirs), ["cat.jpg"])
}

function placesOf(text, bytes) {
  const places = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at)
  return places
}

// A few bits in one file. What is read is what was appended, as far as anything is read.
async function flipped({ fresh }, rounds) {
  let seed = 20261130
  const below = (most) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * most)
  }
  const came = { refused: 0, whole: 0, part: 0 }
  for (let round = 0; round < rounds; ++round) {
    const dir = fresh()
    const files = [join(dir, "lane-0.db"), ...segmentsIn(join(dir, "cold")), join(dir, "lane-0.db"),
      ...["ds.db", "projects.db", "subscriptions.db", "lane-0.db-wal"].map((name) => join(dir, name))]
      .filter((file) => existsSync(file) && statSync(file).size > 0)
    const file = files[below(files.length)]
    const bytes = readFileSync(file)
    // Half of them in a message, wherever it stands: pages that are free have copies. The others anywhere.
    const found = messages.map((message) => placesOf(message.slice(1, 40), bytes)).filter((places) => places.length > 0)
    const anywhere = found.length === 0 || round % 2 > 0
    const off = below(100) - 30
    const places = anywhere
      ? Array.from({ length: 1 + below(40) }, () => below(bytes.length))
      : found.at(-1 - below(10)).map((at) => Math.min(bytes.length - 1, Math.max(0, at + off)))
    for (const at of places) bytes[at] ^= 1 << below(8)
    writeFileSync(file, bytes)
    const what = `round ${round}, ${file.slice(dir.length)}, bytes ${places.join(" ")}`
    const { server } = await tryToStart(dir)
    if (!server) ++came.refused
    else {
      let read
      try {
        read = await readable(worldOf(server))
      } finally {
        await server.stop()
      }
      ++came[read.length === messages.length ? "whole" : "part"]
      const wrong = read.findIndex((message, i) => message !== messages[i])
      assert.ok(wrong < 0, `${what}: message ${wrong} was read as ${read[wrong]}`)
    }
    await ds(["inspect", "--verify", "--data", dir], { timeout: 30000 }).catch((error) =>
      assert.ok(error.signal === null && error.code > 0, `${what}: inspect: ${error.signal ?? error.message}`))
    rmSync(dir, { recursive: true, force: true })
  }
  return JSON.stringify(came)
}

// From the start, as far as pages can be had.
async function readable(world) {
  const read = []
  for (let offset = "-1"; ; ) {
    const answer = await ask(world, "GET", `${path}?offset=${offset}`)
    if (answer.status !== 200) {
      const isTold = [401, 404, 410, 500, 503].includes(answer.status) // 401: the project is gone, or its secret
      assert.ok(isTold, `${answer.status} ${answer.text}`)
      return read
    }
    read.push(...answer.text.slice(1, -1).split(","))
    if (answer.headers.get("stream-up-to-date")) return read
    offset = answer.headers.get("stream-next-offset")
  }
}

// Sixty days ahead for a second: what would have lived on by a steady clock lives on.
async function clockJumps() {
  const dataDir = freshDirectory("adversary")
  const clock = join(dataDir, "..", `clock-${process.pid}`)
  writeFileSync(clock, "+0")
  const env = { LD_PRELOAD: faketime, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: "1", DONT_FAKE_MONOTONIC: "1" }
  const server = await start(dataDir, [], env)
  try {
    const world = worldOf(server)
    await makeStream(server)
    const headers = { "Stream-TTL": "86400" }
    await must(201, world, "PUT", "/v1/stream/shop/lives", { type: json, headers })
    writeFileSync(clock, "+60d")
    await sleep(1500)
    await ask(world, "GET", "/v1/stream/shop/lives")
    writeFileSync(clock, "+0")
    await must(200, world, "GET", "/v1/stream/shop/lives")
    assert.equal((await pagesOf(world, path)).flatMap((page) => JSON.parse(page)).length, messages.length)
  } finally {
    await server.stop()
    rmSync(clock, { force: true })
    rmSync(dataDir, { recursive: true, force: true })
  }
}
