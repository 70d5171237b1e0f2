// Receivers of webhooks that drip, and that answer without end.
import assert from "node:assert/strict"
import { createServer } from "node:net"
import { once } from "node:events"

import { until } from "../node/server.mjs"
import { against, ask, json, many, must, unnoticed, within } from "./world.mjs"

const allowed = ["--webhook-loopback", "yes"]

export function tests({ long, sanitized }) {
  return [
    { name: "receivers that answer badly", run: () => badAnswers(sanitized) },
  ]
}

// Resolves with { port, calls, close() } of a server that hands each socket to `deed`.
async function receiver(deed) {
  const sockets = new Set()
  const one = { calls: 0 }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => sockets.delete(socket))
    ++one.calls
    deed(socket)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  one.port = server.address().port
  one.close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return one
}

function webhook(world, project, id, url, more = {}) {
  const body = JSON.stringify({ type: "webhook", pattern: "news/*", webhook: { url }, ...more })
  return ask(world, "PUT", `/v1/stream/${project}/__ds/subscriptions/${id}`, { type: json, body })
}

function news(world, project) {
  return must([200, 201], world, "PUT", `/v1/stream/${project}/news/${Math.random()}`, { type: json, body: "[1]" })
}

// Answers that drip, that never end, that are no HTTP, or compressed bombs.
function badAnswers(sanitized) {
  return against({ args: allowed, sanitized }, async (world) => {
    const timers = new Set()
    const endless = (write) => {
      const timer = setInterval(write, 2)
      timers.add(timer)
      return timer
    }
    const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    const deeds = [
      (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"),
      (socket) => socket.end("HTTP/9.9 banana\r\n\r\n"),
      (socket) => socket.end(Buffer.alloc(100000, 0xff)),
      (socket) => socket.resetAndDestroy(),
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n")
        const timer = endless(() => socket.destroyed ? clearInterval(timer) : socket.write("X: x\r\n"))
      },
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`
        const timer = endless(() => socket.destroyed ? clearInterval(timer) : socket.write(chunk))
      },
      (socket) => socket.end(`${ok}${"[".repeat(1000000)}`),
      (socket) => socket.end("HTTP/1.1 100 Continue\r\n\r\n".repeat(10000)),
      (socket) => socket.end(`${ok}{"done":true,"acks":[{"stream":"../x","offset":"z"}]}`),
    ]
    const receivers = await Promise.all(deeds.map((deed) => receiver(deed)))
    try {
      return await within(world, 48, () =>
        unnoticed(world, async () => {
          await many(receivers.length, 4, (i) =>
            webhook(world, "shop", `s${i}`, `http://127.0.0.1:${receivers[i].port}/`, { lease_ttl_ms: 1000 }))
          await news(world, "shop")
          const called = () => receivers.filter(({ calls }) => calls > 0).length
          await until("all are called", () => called() === receivers.length, 10000 * world.slow)
          for (let i = 0; i < 5; ++i) await news(world, "shop")
          return `${receivers.length} receivers`
        }),
      )
    } finally {
      for (const timer of timers) clearInterval(timer)
      for (const one of receivers) one.close()
    }
  })
}
