// Signals while peers hold on: nobody who drips, hangs or takes nothing decides when a server ends, and nothing that
// was acknowledged is lost.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { createServer } from "node:net"
import { once } from "node:events"
import { join } from "node:path"

import { until } from "../node/server.mjs"
import { against, ask, headOf, json, many, must, pagesOf, peer } from "./world.mjs"

const path = "/v1/stream/shop/a"
const text = "text/plain"

export function tests({ long, sanitized }) {
  return [
    { name: "SIGTERM while everybody holds on", run: () => heldOn(long ? 100 : 20, sanitized) },
    { name: "SIGTERM and SIGKILL under appends", run: () => underAppends(long ? 10 : 2, sanitized) },
  ]
}

// A port that asks for a token of its own, in admin.json.
function operatorsPortOf(world) {
  return Number(/127\.0\.0\.1:(\d+)/.exec(readFileSync(join(world.dataDir, "admin.json"), "utf8"))[1])
}

// Sends each of them a byte every 100 ms, until it is called.
function drip(peers) {
  const timer = setInterval(() => {
    for (const one of peers) if (!one.over) one.socket.write("x")
  }, 100)
  return () => clearInterval(timer)
}

function heldOn(count, sanitized) {
  const args = ["--drain-timeout", "2", "--webhook-loopback", "yes"]
  return against({ args, sanitized }, async (world) => {
    const receiver = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1")
    await once(receiver, "listening")
    let called = false
    receiver.on("connection", () => (called = true))
    const url = `http://127.0.0.1:${receiver.address().port}/`
    const body = JSON.stringify({ type: "webhook", pattern: "*", webhook: { url } })
    await must(201, world, "PUT", "/v1/stream/shop/__ds/subscriptions/hangs", { type: json, body })
    await must(201, world, "PUT", path, { type: text, body: "x".repeat(6 << 20) })
    await until("the webhook", () => called)
    const port = operatorsPortOf(world)
    const shapes = [
      () => peer(world, "GET /health HTTP/1.1\r\nX: "),
      () => peer(world, "POST /v1/admin/inspect HTTP/1.1\r\nX: ", { port }),
      () => peer(world, `${headOf(world, "POST", path, `Content-Type: ${text}\r\nContent-Length: 100000\r\n`)}half`),
      () => peer(world, headOf(world, "GET", `${path}?offset=-1&live=sse`), { deaf: true }),
      () => peer(world, headOf(world, "GET", `${path}?offset=now&live=long-poll`)),
      () => peer(world, headOf(world, "GET", path).repeat(20), { deaf: true }),
    ]
    const peers = Array.from({ length: count }, (_, i) => shapes[i % shapes.length]())
    await Promise.all(peers.map((one) => once(one.socket, "connect")))
    await until("some are answered", () => peers[3].said !== "" && peers[5].said !== "")
    const still = drip(peers.filter((_, i) => i % shapes.length < 3))
    const began = performance.now()
    await world.server.stop() // holds that it ended with status 0
    const took = performance.now() - began
    still()
    for (const one of peers) one.cut()
    receiver.close()
    assert.ok(took < 2000 + 3000 * world.slow, `it took ${Math.round(took)} ms to end`)
    await world.start()
    assert.equal((await pagesOf(world, path)).join("").length, 6 << 20, "half a body was taken")
    return `ended after ${Math.round(took)} ms`
  })
}

// Whatever was acknowledged is there, once, and in its order.
function underAppends(rounds, sanitized) {
  return against({ args: ["--drain-timeout", "3"], sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: json })
    const acknowledged = new Set()
    const sent = new Set()
    for (let round = 0; round < rounds; ++round) {
      const count = sent.size
      let over = false
      const appending = many(4000, 16, async (i) => {
        if (over) return
        const number = 10000 * round + i
        sent.add(number)
        const answer = await ask(world, "POST", path, { type: json, body: `[${number}]` }).catch(() => undefined)
        if (answer?.status === 204) acknowledged.add(number)
        else if (answer) assert.equal(answer.status, 503)
      })
      await until("some appends", () => sent.size > count + 200)
      if (round % 2) await world.crash()
      else {
        await world.server.stop()
        await world.start()
      }
      over = true
      await appending
    }
    const stored = (await pagesOf(world, path)).flatMap((page) => JSON.parse(page))
    assert.equal(new Set(stored).size, stored.length, "something is there twice")
    assert.ok(stored.every((number) => sent.has(number)))
    const there = new Set(stored)
    const missing = [...acknowledged].filter((number) => !there.has(number))
    assert.deepEqual(missing, [], `${missing.length} of ${acknowledged.size} are missing`)
    return `${acknowledged.size} appends`
  })
}
