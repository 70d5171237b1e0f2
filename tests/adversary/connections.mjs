// Peers that hold connections: they drip, say nothing, come and go, and take nothing of what they asked for.
import assert from "node:assert/strict"
import { readdirSync } from "node:fs"

import { until } from "../node/server.mjs"
import { against, headOf, many, must, peer, tally, unnoticed, within } from "./world.mjs"

export function tests({ long, sanitized }) {
  const count = long ? 2000 : 300
  return [
    { name: "dripping heads are cut", run: () => drippingHeads(count, sanitized) },
    { name: "dripping bodies are cut", run: () => drippingBodies(count, sanitized) },
    { name: "idle connections are closed", run: () => idle(long ? 5000 : 600, sanitized) },
    { name: "connections come and go", run: () => churn(long ? 20000 : 1500, sanitized) },
    { name: "answers that nobody takes", run: () => untaken(long ? 200 : 40, sanitized) },
  ]
}

const bare = "GET /v1/stream/shop/a HTTP/1.1\r\nHost: 127.0.0.1\r\n"

// Sends a byte to each of them every 100 ms, until it is called.
function drip(peers, byte) {
  const timer = setInterval(() => {
    for (const one of peers) if (!one.over) one.socket.write(byte)
  }, 100)
  return () => clearInterval(timer)
}

function drippingHeads(count, sanitized) {
  return against({ args: ["--header-timeout", "1"], sanitized }, (world) =>
    within(world, 24, () =>
      unnoticed(world, async () => {
        const peers = Array.from({ length: count }, (_, i) => peer(world, i % 3 ? `${bare}X: ` : "G"))
        const still = drip(peers, "x")
        await until("all are cut", () => peers.every((one) => one.over), 20000 * world.slow)
        still()
        const told = tally(peers.map((one) => one.said.slice(9, 12)))
        for (const status of Object.keys(told)) assert.ok(["408", "400", ""].includes(status), status)
        assert.ok(told["408"] >= count / 2, JSON.stringify(told))
        return `${count} peers, ${JSON.stringify(told)}`
      }),
    ),
  )
}

// They have a token, and a body that comes far below the least rate.
function drippingBodies(count, sanitized) {
  return against({ args: ["--header-timeout", "1"], sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: "text/plain" })
    const note = await within(world, 24, () =>
      unnoticed(world, async () => {
        const more = (i) => (i % 2 ? "Content-Length: 8000000" : "Transfer-Encoding: chunked")
        const peers = Array.from({ length: count }, (_, i) =>
          peer(world, headOf(world, "POST", "/v1/stream/shop/a", `Content-Type: text/plain\r\n${more(i)}\r\n`)))
        const still = drip(peers.filter((_, i) => i % 2), "x")
        const stillChunked = drip(peers.filter((_, i) => i % 2 === 0), "1\r\nx\r\n")
        await until("all are cut", () => peers.every((one) => one.over), 20000 * world.slow)
        still()
        stillChunked()
        assert.deepEqual(tally(peers.map((one) => one.said.slice(9, 12))), { 408: count })
        return `${count} peers`
      }),
    )
    assert.equal((await must(200, world, "GET", "/v1/stream/shop/a")).text, "", "half a body was taken")
    return note
  })
}

function idle(count, sanitized) {
  return against({ args: ["--idle-timeout", "1", "--header-timeout", "1"], sanitized }, (world) =>
    within(world, 24, () =>
      unnoticed(world, async () => {
        // Some have asked for something before, some never do.
        const peers = Array.from({ length: count }, (_, i) => peer(world, i % 2 ? "" : `${bare}\r\n`))
        await until("all are closed", () => peers.every((one) => one.over), 20000 * world.slow)
        assert.ok(peers.every((one, i) => i % 2 || one.said.startsWith("HTTP/1.1 401 ")))
        return `${count} peers`
      }),
    ),
  )
}

// Connections that end in all ways, at once and again and again.
function churn(count, sanitized) {
  return against({ sanitized }, async (world) => {
    const note = await within(world, 24, () =>
      unnoticed(world, async () => {
        await many(count, 50, async (i) => {
          const one = peer(world, [`${bare}\r\n`, bare, "", "\r\n\r\n", `${bare}\r\n`.repeat(30)][i % 5])
          await new Promise((done) => one.socket.once("connect", done).once("error", done))
          if (i % 3 === 0) one.socket.resetAndDestroy()
          else if (i % 3 === 1) one.socket.end()
          else one.cut()
        })
        return `${count} connections`
      }, { usual: 400 }),
    )
    const open = () => readdirSync(`/proc/${world.server.pid}/fd`).length
    await until("they are gone", () => open() < 64)
    return note
  })
}

// A thousand requests for a page on each connection, and nothing of the answers is read.
function untaken(count, sanitized) {
  return against({ args: ["--write-timeout", "1"], sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: "text/plain", body: "x".repeat(4 << 20) })
    return within(world, 64, () =>
      unnoticed(world, async () => {
        const asked = headOf(world, "GET", "/v1/stream/shop/a")
        const peers = Array.from({ length: count }, () => peer(world, asked.repeat(200), { deaf: true }))
        // A socket that nobody reads does not notice that it was closed: it is what the server holds that counts.
        const open = () => readdirSync(`/proc/${world.server.pid}/fd`).length
        await until("all are answered", () => peers.every((one) => one.said !== ""))
        await until("they are cut", () => open() < 64, 20000 * world.slow)
        for (const one of peers) one.cut()
        return `${count} peers`
      }),
    )
  })
}
