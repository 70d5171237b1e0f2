// Receivers of webhooks that hang, drip, redirect, answer without end, and URLs that lead inward.
import assert from "node:assert/strict"
import { createServer } from "node:http"
import { createServer as createTcpServer } from "node:net"
import { once } from "node:events"

import { until } from "../node/server.mjs"
import { against, ask, codeOf, json, many, must, tally, unnoticed, within } from "./world.mjs"

const allowed = ["--webhook-loopback", "yes"]

export function tests({ long, sanitized }) {
  return [
    { name: "receivers that hang hold up nobody else", run: () => hanging(long ? 100 : 24, sanitized) },
    { name: "receivers that answer badly", run: () => badAnswers(sanitized) },
    { name: "URLs that lead inward are refused", run: () => inward(sanitized) },
    { name: "redirects are not followed", run: () => redirects(sanitized) },
  ]
}

// Resolves with { port, calls, close() } of a server that hands each request, or with `tcp` each socket, to `deed`.
async function receiver(deed, { tcp = false } = {}) {
  const sockets = new Set()
  const one = { calls: 0 }
  const count = (...given) => {
    ++one.calls
    deed(...given)
  }
  const server = tcp ? createTcpServer(count) : createServer(count)
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => sockets.delete(socket))
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

// Two projects have receivers that take the call and say nothing; a third one's is called at once all the same.
function hanging(count, sanitized) {
  return against({ args: allowed, projects: ["shop", "greedy", "careless"], sanitized }, async (world) => {
    const silent = await Promise.all(Array.from({ length: count }, () => receiver(() => {}, { tcp: true })))
    const good = await receiver((request, response) => response.end("{}"))
    try {
      return await within(world, 48, () =>
        unnoticed(world, async () => {
          for (const project of ["greedy", "careless"]) {
            await many(count, 8, async (i) => {
              const url = `http://127.0.0.1:${silent[i].port}/`
              const answer = await webhook(world, project, `s${i}`, url, { lease_ttl_ms: 60000 })
              assert.equal(answer.status, 201, answer.text)
            })
            await news(world, project)
          }
          await until("all hang", () => silent.every(({ calls }) => calls >= 1), 10000 * world.slow)
          assert.equal((await webhook(world, "shop", "s", `http://127.0.0.1:${good.port}/`)).status, 201)
          const began = performance.now()
          await news(world, "shop")
          await until("the call", () => good.calls > 0, 5000 * world.slow)
          return `${2 * count} receivers hang, another is called after ${Math.round(performance.now() - began)} ms`
        }),
      )
    } finally {
      for (const one of [...silent, good]) one.close()
    }
  })
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
    const receivers = await Promise.all(deeds.map((deed) => receiver(deed, { tcp: true })))
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

function inward(sanitized) {
  return against({ args: ["--webhook-loopback", "no"], sanitized }, async (world) => {
    const trap = await receiver((request, response) => response.end("{}"))
    try {
      const urls = [
        "127.0.0.1", "localhost", "LOCALHOST.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1",
        "0x7f.1", "[::1]",
        "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[0:0:0:0:0:0:0:1]", "0.0.0.0", "0", "[::]",
        "10.0.0.1",
        "192.168.0.1", "172.16.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]", "[fec0::1]", "[2002:7f00:1::]",
        "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "metadata", "metadata.google.internal",
        "a.localhost",
        "printer.local", "router.lan", "x@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1#.example.com",
        "127.0.0.1\\.example.com", "%31%32%37.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost", "127.0.0.1 ",
        "127.0.0.1\t", "",
      ].flatMap((host) => [`https://${host}:${trap.port}/`, `http://${host}:${trap.port}/`, `https://${host}/`])
      urls.push("file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "//127.0.0.1/", "https:127.0.0.1",
        "https:///x",
        `unix:${world.dataDir}`, "http+unix://x", `https://example.com:${"9".repeat(30)}/`, "https://example.com:0/",
        `https://${"a".repeat(3000)}.example/`, "https://example.com/\r\nX: y", "https://example.com/\0",
        "dict://127.0.0.1:1/")
      const told = []
      for (const [i, url] of urls.entries()) {
        const answer = await webhook(world, "shop", `s${i}`, url)
        assert.equal(answer.status, 400, `${JSON.stringify(url)}: ${answer.status} ${answer.text}`)
        told.push(codeOf(answer))
      }
      await news(world, "shop")
      assert.equal(trap.calls, 0)
      return JSON.stringify(tally(told))
    } finally {
      trap.close()
    }
  })
}

function redirects(sanitized) {
  return against({ args: allowed, sanitized }, async (world) => {
    const trap = await receiver((request, response) => response.end("{}"))
    const statuses = [301, 302, 303, 307, 308, 300]
    const headers = { Location: `http://127.0.0.1:${trap.port}/inward` }
    const sending = await Promise.all(statuses.map((status) =>
      receiver((request, response) => response.writeHead(status, headers).end())))
    try {
      for (const [i, { port }] of sending.entries())
        assert.equal((await webhook(world, "shop", `s${i}`, `http://127.0.0.1:${port}/`)).status, 201)
      await news(world, "shop")
      // Called again: so what became of the first call is known.
      await until("second calls", () => sending.every(({ calls }) => calls >= 2), 20000 * world.slow)
      assert.equal(trap.calls, 0, "a redirect was followed")
    } finally {
      for (const one of [...sending, trap]) one.close()
    }
  })
}
