// An object store that is damaged, down, full, or not the right one: the server serves what it can, says
// what is wrong, loses nothing, and goes on by itself when all is well again.
import assert from "node:assert/strict"
import { rmSync } from "node:fs"
import { join } from "node:path"

import { keys, startS3, storeEnvironment } from "../node/s3.mjs"
import { freshDirectory, startServer, until } from "../node/server.mjs"
import { inspect, rotated } from "./cold.mjs"
import { ds } from "./commands.mjs"
import { Journal } from "./journal.mjs"

const perSegment = 10
const adminToken = "the-token-of-the-administrator"

export function tests() {
  return [
    { name: "damaged objects spoil their own range only", run: () => withS3(damaged) },
    { name: "a store that is down, and up again", run: () => withS3(down) },
    { name: "a full bucket", run: () => withS3((world) => refusing(world, full)) },
    { name: "a bucket that is read-only", run: () => withS3((world) => refusing(world, forbidden)) },
    { name: "a clock that is off", run: () => withS3(skewed) },
    { name: "a wrong secret", run: () => withS3(wrongSecret) },
    { name: "a missing bucket", run: () => withS3(missingBucket) },
  ]
}

async function withS3(run) {
  const folder = freshDirectory("trouble")
  const s3 = await startS3()
  const running = new Set()
  const dataDir = join(folder, "data")
  const caches = ["--tail-cache-bytes", "--page-cache-bytes", "--segment-cache-bytes"]
  const start = async ({ store = s3.flags(), env = storeEnvironment } = {}) => {
    const small = ["--rotate-messages", String(perSegment), "--store-timeout", "1"]
    const args = [...store, ...small, ...caches.flatMap((flag) => [flag, "1000"])]
    // What ails it is told to the administrator, whose token would close the server to everybody else.
    const server = await startServer({
      args: [...args, "--auth", "none"],
      dataDir,
      env: { ...env, DS_ADMIN_TOKEN: adminToken },
    })
    running.add(server)
    return server
  }
  const stop = (server) => running.delete(server) && server.stop()
  try {
    return await run({ s3, start, stop, dataDir })
  } finally {
    for (const server of running) await server.stop().catch(() => {})
    await s3.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function health(server) {
  const reply = await fetch(`${server.url}/health`, { headers: { Authorization: `Bearer ${adminToken}` } })
  return { status: reply.status, text: await reply.text() }
}

// Appends and hot reads go on, and whoever asks is told what is wrong.
async function complains(server) {
  const told = async () => /store fails/.test((await health(server)).text)
  await until("/health to name the trouble", told, 60000)
  assert.equal((await health(server)).status, 200)
  assert.ok((await inspect(server)).store_sickness)
  assert.ok(!server.log().includes(keys.secretKey), "a secret in the log")
}

async function recovers(server, journal) {
  await rotated(server, 180000)
  await until("/health to be content", async () => (await health(server)).text.trim() === "ok")
  const { hot_rows: hotRows, segments } = await inspect(server)
  assert.equal(segments, Math.floor(journal.messages.length / perSegment))
  assert.equal(hotRows, journal.messages.length % perSegment)
  await journal.check(server)
  await journal.checkPlaces(server)
}

function tokenOf(segment) {
  return `${String(segment).padStart(16, "0")}_${"0".repeat(16)}`
}

async function damaged({ s3, start, stop, dataDir }) {
  const server = await start()
  const journal = await new Journal("e2e/damaged").create(server)
  await journal.append(server, 200)
  await rotated(server)
  const objects = await s3.keys(".seg")
  assert.equal(objects.length, 20)
  const kept = new Map()
  for (const key of objects) kept.set(key, await s3.read(key))

  const flipped = (bytes) => bytes.map((byte, i) => (i < bytes.length / 2 ? byte ^ 0x5a : byte))
  const damages = {
    3: ["SEGMENT_CORRUPT", (key) => s3.replace(key, flipped(kept.get(key)))],
    7: ["SEGMENT_TRUNCATED", (key) => s3.replace(key, kept.get(key).subarray(0, 60))],
    11: ["SEGMENT_MISSING", (key) => s3.remove(key)],
    15: ["SEGMENT_TRUNCATED", (key) => s3.replace(key, Buffer.alloc(0))],
    17: ["SEGMENT_CORRUPT", (key) => s3.replace(key, Buffer.concat([kept.get(key), kept.get(key)]))],
  }
  for (const [segment, [, damage]] of Object.entries(damages)) await damage(objects[segment])
  for (let round = 0; round < 2; ++round) {
    for (let segment = 0; segment < 20; ++segment) {
      const page = await journal.page(server, tokenOf(segment), perSegment)
      if (damages[segment]) {
        assert.deepEqual([page.status, page.code], [500, damages[segment][0]], `segment ${segment}`)
      } else {
        const end = journal.checkPage(page, segment * perSegment, `segment ${segment}`)
        assert.equal(end, (segment + 1) * perSegment)
      }
    }
  }
  const said = server.log().split("\n").filter((line) => line.includes("segment.unreadable"))
  assert.equal(said.length, Object.keys(damages).length, "each damage is logged once")
  assert.equal((await health(server)).status, 200)
  await journal.append(server, 5)
  await stop(server)
  await ds(["inspect", "--verify", "--data", dataDir], { env: storeEnvironment, code: 1 })

  for (const key of objects) await s3.replace(key, kept.get(key))
  await ds(["inspect", "--verify", "--data", dataDir], { env: storeEnvironment })
  await recovers(await start(), journal)
}

async function down({ s3, start }) {
  const server = await start()
  const journal = await new Journal("e2e/down").create(server)
  await journal.append(server, 50)
  await rotated(server)
  await s3.door.close()
  await journal.append(server, 73)
  await complains(server)
  const cold = await journal.page(server, tokenOf(1), perSegment)
  assert.deepEqual([cold.status, cold.code], [503, "SEGMENT_UNAVAILABLE"])
  assert.ok(cold.retryAfter, "a refusal says when to come back")
  const hot = await journal.page(server, tokenOf(5), perSegment)
  journal.checkPage(hot, 50, "the hot log")
  assert.equal((await inspect(server)).waiting, 7)
  await s3.door.open()
  await recovers(server, journal)
}

const full = { status: 507, code: "QuotaExceeded" }
const forbidden = { status: 403, code: "AccessDenied" }

async function refusing({ s3, start }, refusal) {
  s3.door.refuse = ({ kind }) => (kind === "PUT" ? refusal : undefined)
  const server = await start()
  const journal = await fill(server)
  s3.door.refuse = () => undefined
  await recovers(server, journal)
}

async function skewed({ s3, start }) {
  s3.door.skew = -20 * 60 * 1000
  const server = await start()
  const journal = await fill(server)
  s3.door.skew = 0
  await recovers(server, journal)
}

async function wrongSecret({ start, stop }) {
  const wrong = await start({ env: { ...storeEnvironment, DS_STORE_SECRET_KEY: "wrong" } })
  const journal = await fill(wrong)
  await stop(wrong)
  await recovers(await start(), journal)
}

async function missingBucket({ s3, start }) {
  const server = await start({ store: ["--store", "s3://absent", "--store-endpoint", s3.endpoint] })
  const journal = await fill(server)
  await s3.createBucket("absent")
  await recovers(server, journal)
}

// A server whose store takes nothing, and yet serves.
async function fill(server) {
  const journal = await new Journal("e2e/waiting").create(server)
  await journal.append(server, 45)
  await complains(server)
  const { waiting, hot_rows: hotRows, segments } = await inspect(server)
  assert.deepEqual([waiting, hotRows, segments], [4, 45, 0])
  await journal.check(server)
  await journal.append(server, 3)
  return journal
}
