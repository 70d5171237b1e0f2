// Bodies from peers that show no token: they are not taken in, hold nobody up, and use up nobody's limits.
import assert from "node:assert/strict"

import { sleep, until } from "../node/server.mjs"
import { against, ask, json, memoryOf, must, peer, worstAnswer } from "./world.mjs"

export function tests({ long, sanitized }) {
  const mib = sanitized ? 400 : 48
  return [
    { name: "large bodies are not taken in", run: () => largeBodies(long ? 60 : 24, mib) },
    { name: "100 Continue is said to nobody without a token", run: noContinue },
    { name: "bare heads reserve nothing", run: () => bareHeads(long ? 2000 : 400, mib) },
    { name: "nested JSON stops nobody", run: () => nestedJson(long ? 40 : 12, sanitized ? 4000 : 400) },
    { name: "strangers use up no limit of a project", run: () => foreignLimits(long ? 40 : 16) },
  ]
}

const head = (path, length, more = "") =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n${more}\r\n`

function largeBodies(count, mib) {
  return against({}, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: "text/plain" })
    const before = memoryOf(world.server.pid).now
    const size = 8 * 1024 * 1024
    const chunk = Buffer.alloc(size - 1, "x")
    const peers = Array.from({ length: count }, (_, i) =>
      peer(world, head(i % 2 ? "/v1/stream/nosuch/a" : "/v1/stream/shop/a", size)))
    for (const one of peers) one.socket.write(chunk)
    await until("all are answered", () => peers.every((one) => /^HTTP\/1.1 401 /.test(one.said)))
    const most = memoryOf(world.server.pid).most
    await must(204, world, "POST", "/v1/stream/shop/a", { type: "text/plain", body: "good" })
    for (const one of peers) one.socket.destroy()
    assert.ok(most - before < mib, `${count} bodies took ${Math.round(most - before)} MiB`)
    return `${count} bodies of 8 MiB, ${Math.round(most - before)} MiB more`
  })
}

function noContinue() {
  return against({}, async (world) => {
    const one = peer(world, head("/v1/stream/shop/a", 1000, "Expect: 100-continue\r\n"))
    await until("it is answered", () => one.said !== "")
    assert.match(one.said, /^HTTP\/1.1 401 /)
    one.socket.destroy()
  })
}

function bareHeads(count, mib) {
  return against({}, async (world) => {
    const before = memoryOf(world.server.pid).now
    const token = world.token("shop")
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: "text/plain" })
    // Half of them may write: what they promise is not believed before it comes.
    const peers = Array.from({ length: count }, (_, i) =>
      peer(world, head("/v1/stream/shop/a", 8000000, i % 2 ? `Authorization: Bearer ${token}\r\n` : "")))
    await sleep(500)
    await must(204, world, "POST", "/v1/stream/shop/a", { type: "text/plain", body: "good" })
    const most = memoryOf(world.server.pid).most
    for (const one of peers) one.socket.destroy()
    assert.ok(most - before < mib, `${count} heads took ${Math.round(most - before)} MiB`)
    return `${count} heads, ${Math.round(most - before)} MiB more`
  })
}

function nestedJson(times, most) {
  return against({}, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: json })
    const bombs = [
      ["/v1/estuary/subscribe", "[".repeat(8 * 1024 * 1024 - 16)],
      ["/v1/estuary/subscribe/shop/a", "{},".repeat(2 * 1024 * 1024)],
      ["/v1/stream/shop/__ds/subscriptions/x/callback", "[".repeat(1024 * 1024)],
    ]
    let going = true
    const attackers = bombs.flatMap(([path, body]) => ["", "Bearer nothing"].map(async (shown) => {
      while (going) {
        const response = await fetch(world.url(path), {
          method: "POST",
          body,
          headers: { "Content-Type": json, ...(shown ? { Authorization: shown } : {}) },
        }).catch(() => undefined) // cut off while it was still sending
        if (response) assert.ok([400, 401, 404, 413].includes(response.status), `${response.status}`)
      }
    }))
    const worst = await worstAnswer(world, "/health", times)
    going = false
    await Promise.all(attackers)
    assert.ok(worst < most, `/health took ${Math.round(worst)} ms`)
    return `/health within ${Math.round(worst)} ms`
  })
}

function foreignLimits(times) {
  const args = ["--limit-project-requests", "50", "--limit-project-connections", "20"]
  return against({ args }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: "text/plain" })
    const held = Array.from({ length: 40 }, () =>
      peer(world, "GET /v1/stream/shop/a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
    await until("they are refused", () => held.every((one) => /^HTTP\/1.1 401 /.test(one.said)))
    let going = true
    const strangers = Array.from({ length: 4 }, async () => {
      while (going) await ask(world, "GET", "/v1/stream/shop/a", { token: "nothing" })
    })
    await sleep(1100) // a second's worth of requests is there again
    let refused = 0
    for (let i = 0; i < times; ++i) {
      const { status } = await ask(world, "GET", "/v1/stream/shop/a?offset=-1")
      if (status !== 200) ++refused
      await sleep(25)
    }
    going = false
    await Promise.all(strangers)
    for (const one of held) one.socket.destroy()
    assert.equal(refused, 0, `${refused} of ${times} good requests were refused`)
  })
}
