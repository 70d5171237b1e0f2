// Bodies from peers that show no token: they reserve nothing, and hold nobody up.
import assert from "node:assert/strict"

import { sleep } from "../node/server.mjs"
import { against, json, memoryOf, must, peer, worstAnswer } from "./world.mjs"

export function tests({ long, sanitized }) {
  const mib = sanitized ? 400 : 48
  return [
    { name: "bare heads reserve nothing", run: () => bareHeads(long ? 2000 : 400, mib) },
    { name: "nested JSON stops nobody", run: () => nestedJson(long ? 40 : 12, sanitized ? 4000 : 400) },
  ]
}

const head = (path, length, more = "") =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n${more}\r\n`

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
