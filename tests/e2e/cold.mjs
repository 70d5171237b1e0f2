// History in an object store: a log file across all tiers, and data directories rebuilt from the store
// alone.
import assert from "node:assert/strict"
import { createReadStream, rmSync } from "node:fs"
import { join } from "node:path"

import { startS3, storeEnvironment } from "../node/s3.mjs"
import { freePort, freshDirectory, startServer, until } from "../node/server.mjs"
import { ds, officialClient, tail, writeLog } from "./commands.mjs"
import { Journal } from "./journal.mjs"

export function tests({ coldLines }) {
  return [
    { name: `${coldLines} lines across all tiers, with a restart`, run: () => follow(coldLines) },
    ...["a folder", "S3"].map((place) => ({
      name: `a lost data directory is restored from ${place}`,
      run: () => inStore(place, restore),
    })),
    ...["a folder", "S3"].map((place) => ({
      name: `with a backup in ${place}, the hot log is restored too`,
      run: () => inStore(place, restoreWithBackup),
    })),
  ]
}

// What a server says of its directory, while it runs.
export async function inspect(server) {
  const printed = await ds(["inspect", "--online", "--json", "--data", server.dataDir])
  return JSON.parse(printed)
}

export function rotated(server, ms = 120000) {
  return until("all sealed segments in the store", async () => (await inspect(server)).waiting === 0, ms)
}

const name = "e2e/log"
// Of an append by ds append --lines, and so of a segment.
const appendBytesMax = 1024 * 1024
// Hardly any cache: what is in the store is read from there.
const coldFlags = ["--tail-cache-bytes", "--page-cache-bytes", "--segment-cache-bytes"].flatMap(
  (flag) => [flag, "10000"],
)

async function follow(lines) {
  const folder = freshDirectory("cold")
  const s3 = await startS3()
  const options = {
    args: [...s3.flags(), ...coldFlags, "--rotate-bytes", "65536"],
    dataDir: join(folder, "data"),
    env: storeEnvironment,
    listen: `127.0.0.1:${await freePort()}`,
  }
  let server = await startServer(options)
  const env = { DS_URL: server.url }
  const followers = []
  const started = (follower) => {
    followers.push(follower)
    return follower
  }
  try {
    const file = join(folder, "app.log")
    const expected = await writeLog(file, lines)
    await ds(["put", name, "--content-type", "text/plain"], { env })
    const live = started(tail(server, name))
    const official = started(officialClient(server, name))
    const appending = ds(["append", name, "--lines"], { env, input: createReadStream(file) })
    appending.catch(() => {}) // looked at below
    await until("half of the lines", () => live.bytes() > expected.bytes / 2, 300000)
    await server.stop()
    server = await startServer(options)
    await appending
    await ds(["append", name, "--close"], { env })
    assert.deepEqual(await live.done, expected, "ds tail that was there all the time")
    assert.deepEqual(await official.done, expected, "official client that was there all the time")

    // From now on all of it comes from the store.
    await rotated(server)
    const { segments, hot_rows: hotRows } = await inspect(server)
    assert.ok(segments >= expected.bytes / appendBytesMax, `${segments} segments`)
    assert.equal(hotRows, 0, "hot rows of a closed stream")
    s3.resetCounts()
    const late = [started(tail(server, name)), started(officialClient(server, name))]
    for (const follower of late) assert.deepEqual(await follower.done, expected, "a late follower")
    const { ranged } = s3.counts()
    assert.ok(ranged > 0, "nothing was read from the store")
    await server.stop()
    await ds(["inspect", "--verify", "--data", options.dataDir], { env: storeEnvironment })
    const size = `${(expected.bytes / 1e6).toFixed(0)} MB`
    return `${size} in ${segments} segments, read twice with ${ranged} gets`
  } finally {
    for (const follower of followers) follower.stop()
    await server.stop().catch(() => {}) // it may have ended already
    await s3.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

// `run` is told where there is a store, and where a data directory may be.
async function inStore(place, run) {
  const folder = freshDirectory("restore")
  const s3 = place === "S3" ? await startS3() : undefined
  const flags = s3?.flags("some/prefix") ?? ["--store", join(folder, "store")]
  const at = (directory) => ({
    args: [...flags, ...coldFlags, "--rotate-messages", "10"],
    dataDir: join(folder, directory),
    env: storeEnvironment,
  })
  try {
    return await run({ flags, at, command: (args) => ds(args, { env: storeEnvironment }) })
  } finally {
    await s3?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

// Streams of every kind, the last with a source that only it keeps.
async function writeStreams(server) {
  const journals = {
    text: await new Journal("one/text").create(server),
    json: await new Journal("one/json", { json: true, seed: 2 }).create(server),
    other: await new Journal("two/deep/er", { json: true, seed: 3 }).create(server),
    source: await new Journal("two/source", { seed: 4 }).create(server),
  }
  const all = Object.values(journals)
  await Promise.all(all.map((journal) => journal.append(server, 150)))
  const fork = await new Journal("two/fork").createFork(server, journals.source)
  await fork.append(server, 55)
  await journals.other.close(server)
  const gone = await fetch(journals.source.url(server), { method: "DELETE" })
  assert.equal(gone.status, 204)
  const { source: _, ...living } = journals
  return Object.values({ ...living, fork })
}

async function checkStreams(journals, server) {
  for (const journal of journals) {
    await journal.check(server)
    await journal.checkPlaces(server)
  }
}

async function restore({ flags, at, command }) {
  const first = at("data")
  const server = await startServer(first)
  let journals
  try {
    journals = await writeStreams(server)
    await ds(["rotate", "--online", "--data", first.dataDir])
    await checkStreams(journals, server)
  } finally {
    await server.stop()
  }
  rmSync(first.dataDir, { recursive: true })

  const second = at("restored")
  const listed = await command(["restore", "--list", ...flags])
  assert.match(listed, /one/)
  await command(["restore", "--data", second.dataDir, ...flags])
  await command(["inspect", "--verify", "--data", second.dataDir])
  const again = await startServer({ ...second, args: [...(second.args ?? []), "--auth", "none"] })
  try {
    await checkStreams(journals, again)
    assert.equal((await fetch(`${again.url}/v1/stream/two/source`, { method: "HEAD" })).status, 410)
    // Life goes on: behind the last offset, for streams that are open.
    for (const journal of journals.filter(({ closed }) => !closed)) await journal.append(again, 25)
    await rotated(again)
    await checkStreams(journals, again)
  } finally {
    await again.stop()
  }
  await command(["segments", "gc", "--grace", "0", "--data", second.dataDir])
  await command(["inspect", "--verify", "--data", second.dataDir])
  const messages = journals.reduce((sum, journal) => sum + journal.messages.length, 0)
  return `${messages} messages of ${journals.length} streams`
}

async function restoreWithBackup({ flags, at, command }) {
  const first = at("data")
  const server = await startServer(first)
  const journal = new Journal("one/text")
  let before
  try {
    await journal.create(server)
    await journal.append(server, 95)
    await rotated(server)
    before = journal.messages.length
    await ds(["backup", "--online", "--data", first.dataDir])
    await journal.check(server)
  } finally {
    await server.stop()
  }
  rmSync(first.dataDir, { recursive: true })
  for (const [how, messages] of [[[], before], [["--without-backup"], 90]]) {
    const next = at(`restored-${messages}`)
    await command(["restore", "--data", next.dataDir, ...how, ...flags])
    const again = await startServer({ ...next, args: [...(next.args ?? []), "--auth", "none"] })
    try {
      const kept = Object.assign(new Journal("one/text"), {
        messages: journal.messages.slice(0, messages),
        places: journal.places.filter((place) => place.at <= messages),
      })
      await checkStreams([kept], again)
    } finally {
      await again.stop()
    }
  }
}
