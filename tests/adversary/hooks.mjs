// An external hook that decides who is let in: clients that lie to it, ask it without end, or want the verdicts of
// others; and a hook that hangs or answers badly.
import assert from "node:assert/strict"
import { createServer } from "node:http"
import { once } from "node:events"

import { until } from "../node/server.mjs"
import { against, ask, many, must, peer, tally, unnoticed, within } from "./world.mjs"

const path = "/v1/stream/shop/a"
const text = "text/plain"

export function tests({ long, sanitized }) {
  return [
    { name: "nobody lies to the hook", run: () => lies(sanitized) },
    { name: "a verdict is for its own question", run: () => verdicts(sanitized) },
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

const yes = (request, response) => response.writeHead(204).end()

// What a client says of itself where the server speaks, or in another spelling of it.
function lies(sanitized) {
  return withHook({ sanitized }, yes, async (world) => {
    const lie = {
      "X-Original-URI": "/lie", "X-Original-Method": "LIE", "X-Forwarded-For": "9.9.9.9", "X-Forwarded-Host": "lie",
      "X-Forwarded-Proto": "lie", "Stream-Right": "lie", "Stream-Project": "lie", "Stream-Name": "lie",
      X_Original_URI: "/lie",
      x_forwarded_for: "9.9.9.9", STREAM_PROJECT: "lie", "X-HTTP-Method-Override": "LIE", "X-Rewrite-URL": "/lie",
      "X-Original-URL": "/lie",
      Forwarded: "for=9.9.9.9;host=lie", "X-Real-IP": "9.9.9.9", "Content-Length": "1", TE: "trailers",
      Connection: "X-Original-URI, Authorization-Lie",
    }
    const lines = Object.entries(lie).map(([name, value]) => `${name}: ${value}\r\n`).join("")
    const shapes = [
      [`POST ${path}?x=1`, lines, "x"],
      [`POST http://lie.example${path}?x=1`, lines, "x"],
      [`POST ${path}?x=1`, lines.toLowerCase(), "x"],
      [`POST ${path}?x=1`, lines + lines.replace("Content-Length: 1\r\n", ""), "x"],
      [`POST /v1/stream/shop%2Fa?x=1`, lines, "x"],
      [`POST /v1/stream/%73hop/%61?x=1`, lines, "x"],
    ]
    let told = 0
    for (const [line, more, body] of shapes) {
      world.asked.length = 0
      const one = peer(world, `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${text}\r\n${more}\r\n${body}`)
      await until("an answer", () => one.said !== "")
      one.cut()
      if (world.asked.length === 0) {
        assert.match(one.said, /^HTTP\/1\.1 4/) // not even asked for
        continue
      }
      assert.equal(world.asked.length, 1)
      ++told
      const [{ method, headers, rawHeaders }] = world.asked
      const all = JSON.stringify(rawHeaders)
      assert.ok(!/lie|9\.9\.9\.9/i.test(all.replace("lie.example", "").replace(/"Connection","[^"]*"/, "")), all)
      assert.equal(method, "GET")
      assert.equal(headers["x-original-method"], "POST")
      assert.equal(headers["stream-project"], "shop")
      assert.equal(headers["stream-name"], "a")
      assert.equal(headers["x-forwarded-for"], "127.0.0.1")
      const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase().replaceAll("_", "-"))
      assert.equal(new Set(names).size, names.length, "a header came twice")
    }
    assert.ok(told >= 4, `the hook was asked for ${told} of ${shapes.length}`)
  })
}

// Kept for the one who reads with "good"; whatever differs is another question.
function verdicts(sanitized) {
  const decide = ({ headers }, response) => {
    const { authorization, "stream-right": right, "stream-name": name } = headers
    const good = authorization === "Bearer good" && right === "read" && name === "a"
    response.writeHead(good ? 204 : 403, { "Cache-Control": "max-age=3600" }).end()
  }
  return withHook({ sanitized, args: [] }, decide, async (world) => {
    const good = { Authorization: "Bearer good" }
    await must(404, world, "GET", path, { headers: good })
    const count = world.asked.length
    await must(404, world, "GET", path, { headers: good })
    assert.equal(world.asked.length, count, "what was kept was asked for again")
    const refused = [
      ["POST", path, good], ["PUT", path, good], ["DELETE", path, good], ["GET", `${path}/b`, good],
      ["GET", "/v1/stream/shop/b", good],
      ["GET", "/v1/stream/SHOP/A", good], ["GET", path, {}], ["GET", path, { Authorization: "Bearer goo" }],
      ["GET", path, { Authorization: "Bearer good2" }], ["GET", path, { Cookie: "Authorization=Bearer good" }],
      ["GET", path, { Authorization: "Bearer", "X-Rest": "good" }], ["POST", "/v1/estuary/publish/shop/a", good],
      ["POST", "/v1/reader-key/shop/a", good], ["PUT", "/v1/stream/shop/a?offset=-1", good],
    ]
    for (const [method, at, headers] of refused) {
      const answer = await ask(world, method, at, { headers, type: text, body: method === "GET" ? undefined : "x" })
      assert.equal(answer.status, 403, `${method} ${at} ${JSON.stringify(headers)}: ${answer.status} ${answer.text}`)
    }
    // A refusal that is kept takes nothing from who may.
    await must(404, world, "GET", path, { headers: good })
  })
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
