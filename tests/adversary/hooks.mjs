// An external hook that decides who is let in: clients that ask it without end, and a hook that hangs or answers badly.
import assert from "node:assert/strict"
import { createServer } from "node:http"
import { once } from "node:events"

import { until } from "../node/server.mjs"
import { against, ask, many, peer, tally, unnoticed, within } from "./world.mjs"

const path = "/v1/stream/shop/a"
const text = "text/plain"

export function tests({ long, sanitized }) {
  return [
    { name: "questions without end", run: () => questions(long ? 40000 : 600, sanitized) },
    { name: "a hook that hangs", run: () => hanging(long ? 4000 : 1500, sanitized) },
    { name: "a hook that answers badly", run: () => badAnswers(sanitized) },
  ]
}

// Runs `attack` beside a server whose hook lets the neighbour in, and asks `decide(request, response)` for the rest.
async function withHook(options, decide, attack) {
  const asked = []
  const hook = createServer((request, response) => {
    if (request.headers["stream-project"] === "neighbour")
      return response.writeHead(204, { "Cache-Control": "max-age=60" }).end()
    asked.push(request)
    decide(request, response)
  })
  hook.on("connection", (socket) => socket.on("error", () => {}))
  hook.listen(0, "127.0.0.1")
  await once(hook, "listening")
  const url = `http://127.0.0.1:${hook.address().port}/may`
  const args = ["--auth-url", url, "--auth-timeout", "1", ...(options.args ?? [])]
  try {
    return await against({ ...options, args, hook: true }, (world) => attack({ ...world, asked, hookUrl: url }))
  } finally {
    hook.closeAllConnections()
    hook.close()
  }
}

// Each is new to the hook, and is to be kept for a day.
function questions(count, sanitized) {
  const decide = (request, response) => response.writeHead(403, { "Cache-Control": "max-age=99999999999" }).end()
  return withHook({ sanitized }, decide, (world) =>
    within(world, 40, () =>
      unnoticed(world, async () => {
        const told = []
        await many(count, 32, async (i) => {
          const headers = { Authorization: `Bearer ${i} ${"a".repeat(2000)}`, "X-Api-Key": "k".repeat(4000) }
          told.push((await ask(world, "GET", `${path}?x=${i}`, { headers })).status)
        })
        assert.deepEqual(tally(told), { 403: count })
        return `${count} questions`
      }, { usual: 400 }),
    ),
  )
}

// Whose verdict is kept is served; the others are told within the time that was set.
function hanging(count, sanitized) {
  return withHook({ sanitized }, () => {}, (world) =>
    within(world, 48, () =>
      unnoticed(world, async () => {
        const peers = Array.from({ length: count }, (_, i) =>
          peer(world, `GET ${path}?x=${i} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${i}\r\n\r\n`))
        await until("all are told", () => peers.every((one) => one.said !== ""), 15000 * world.slow)
        for (const one of peers) one.cut()
        const codes = tally(peers.map((one) => `${one.said.slice(9, 12)} ${/"code":"(\w+)"/.exec(one.said)?.[1]}`))
        assert.deepEqual(Object.keys(codes).filter((code) => !["503 AUTH_UNAVAILABLE", "503 BUSY"].includes(code)), [])
        return JSON.stringify(codes)
      }, { usual: 400 }),
    ),
  )
}

function badAnswers(sanitized) {
  const empty = "Content-Length: 0\r\n\r\n"
  const raw = (bytes) => (request, response) => response.socket.end(bytes)
  const deeds = [
    [503, (request, response) => response.writeHead(302, { Location: request.headers.host ? "/may" : "/" }).end()],
    [503, (request, response) => response.writeHead(500).end("x".repeat(1000))],
    [503, (request, response) => response.writeHead(404).end()],
    [503, raw("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\nx")],
    [503, raw("HTTP/1.1 20x OK\r\n\r\n")],
    [503, raw(Buffer.alloc(100000, 0xff))],
    [503, raw("")],
    [503, (request, response) => response.socket.resetAndDestroy()],
    [401, (request, response) => response.writeHead(401, { "WWW-Authenticate": "Basic realm=\"x\"" }).end()],
    [401, raw(`HTTP/1.1 401 No\r\n${"WWW-Authenticate: a\r\n".repeat(2)}Set-Cookie: x=y\r\n${empty}`)],
    [403, (request, response) => response.writeHead(403, { "Set-Cookie": "x=y" }).end("<script>")],
    [403, raw(`HTTP/1.1 403 No\r\n${"X: x\r\n".repeat(50)}Cache-Control: max-age=-1, max-age=1e9\r\n${empty}`)],
  ]
  const decide = (request, response) => deeds[Number(request.headers["x-deed"])][1](request, response)
  return withHook({ sanitized }, decide, (world) =>
    within(world, 40, () =>
      unnoticed(world, async () => {
        for (const [i, [status]] of deeds.entries()) {
          const answer = await ask(world, "GET", `${path}?deed=${i}`, { headers: { "X-Deed": String(i) } })
          assert.equal(answer.status, status, `answer ${i}: ${answer.status} ${answer.text}`)
          assert.equal(answer.headers.get("set-cookie"), null)
          assert.ok(!answer.text.includes("<script>"))
          // A redirect, above all, is asked once and not followed.
          const asked = world.asked.filter(({ headers }) => headers["x-deed"] === String(i)).length
          assert.ok(asked <= 2, `the hook was asked ${asked} times`)
        }
      }),
    ),
  )
}
