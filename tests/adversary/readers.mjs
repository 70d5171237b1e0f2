// Readers that take nothing: pages of eight mebibytes, live and not, hot and cold, and thousands who only wait.
import assert from "node:assert/strict"

import { until } from "../node/server.mjs"
import { against, headOf, json, many, must, peer, tally, unnoticed, within } from "./world.mjs"

const path = "/v1/stream/shop/large"
const text = "text/plain"
// A message of JSON cannot be cut in two, so that it is one page.
const page = `["${"x".repeat((8 << 20) - 100)}"]`

export function tests({ long, sanitized }) {
  const count = long ? 100 : 40
  return [
    { name: "SSE readers that stall on one large page", run: () => stalled(count, 120, () => "&live=sse", sanitized) },
    { name: "readers that stall on one large page", run: () => stalled(count, 48, () => "", sanitized) },
    { name: "readers that stall on one large page, each with a limit of its own",
      run: () => stalled(count, 64, (i) => `&limit=${1000 + i}`, sanitized) },
    { name: "SSE readers that stall on what is appended", run: () => stalledLive(count, () => "", sanitized) },
    { name: "SSE readers that stall, each with a cursor of its own",
      run: () => stalledLive(count, (i) => `&cursor=${10 ** 12 + 9 * i}`, sanitized) },
    { name: "readers that stall in history", run: () => stalledInHistory(long ? 200 : 30, sanitized) },
    { name: "readers that only wait", run: () => waiting(long ? 10000 : 1500, sanitized) },
  ]
}

// Of one page, all have the same bytes on their way, however they ask for it.
function stalled(count, mib, how, sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: json, body: page })
    return within(world, mib, () =>
      unnoticed(world, async () => {
        const asked = (i) => headOf(world, "GET", `${path}?offset=-1${how(i)}`)
        const begins = "xxxx" // the page has
        const peers = Array.from({ length: count }, (_, i) => peer(world, asked(i), { deaf: begins }))
        const reads = () => peers.every((one) => one.said.includes(begins))
        await until("all have begun to read", reads, 20000 * world.slow)
        await must(204, world, "POST", path, { type: json, body: '["more"]' })
        for (const one of peers) one.cut()
        return `${count} readers of 8 MiB`
      }),
    )
  })
}

// They wait at the tail, take a word, and then nothing of two large appends. Whatever their cursors,
// they have the same data on their way.
function stalledLive(count, cursor, sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: json })
    return within(world, 160, () =>
      unnoticed(world, async () => {
        const asked = (i) => headOf(world, "GET", `${path}?offset=now&live=sse${cursor(i)}`)
        const peers = Array.from({ length: count }, (_, i) => peer(world, asked(i), { deaf: true }))
        await until("all wait", () => peers.every((one) => one.said.startsWith("HTTP/1.1 200 ")))
        for (let i = 0; i < 2; ++i) await must(204, world, "POST", path, { type: json, body: page })
        for (const one of peers) one.cut()
        return `${count} readers, 2 appends of 8 MiB`
      }),
    )
  })
}

// Each of them at a place of its own, in segments that nobody has in memory.
function stalledInHistory(count, sanitized) {
  const caches = ["--tail-cache-bytes", "--page-cache-bytes", "--segment-cache-bytes", "--edge-cache-bytes"]
  const args = ["--rotate-messages", "2", ...caches.flatMap((cache) => [cache, "1000000"])]
  return against({ args, sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: text })
    const places = []
    for (let i = 0; i < count; ++i) {
      const { headers } = await must(204, world, "POST", path, { type: text, body: "x".repeat(1 << 20) })
      places.push(headers.get("stream-next-offset"))
    }
    places.pop()
    // One page each, of half a mebibyte or of one message, and what it is read from.
    return within(world, 3 * count, () =>
      unnoticed(world, async () => {
        const peers = places.flatMap((place) =>
          ["", "&live=sse"].map((live) =>
            peer(world, headOf(world, "GET", `${path}?offset=${place}${live}`), { deaf: true })))
        await until("all are answered", () => peers.every((one) => one.said !== ""), 20000 * world.slow)
        const told = tally(peers.map((one) => one.said.slice(9, 12)))
        for (const status of Object.keys(told)) assert.ok(["200", "503"].includes(status), status)
        for (const one of peers) one.cut()
        return `${peers.length} readers, ${JSON.stringify(told)}`
      }, { usual: 500 }),
    )
  })
}

// What waits is a socket and little more; one append wakes all of them.
function waiting(count, sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: text, body: "first" })
    return within(world, 16 + count / 50, () =>
      unnoticed(world, async () => {
        const peers = []
        await many(count, 100, async (i) => {
          const live = i % 2 ? "sse" : "long-poll"
          const one = peer(world, headOf(world, "GET", `${path}?offset=now&live=${live}`))
          peers.push(one)
          await new Promise((done) => one.socket.once("connect", done))
        })
        await until("the SSE readers wait",
          () => peers.filter((one) => one.said !== "").length >= Math.floor(count / 2))
        await must(204, world, "POST", path, { type: text, body: "second" })
        const sse = (one) => one.said.includes("text/event-stream")
        await until("they are told", () => peers.every((one) => !sse(one) || one.said.includes("second")),
          20000 * world.slow)
        for (const one of peers) one.cut()
        return `${count} readers`
      }, { usual: 400 }),
    )
  })
}
