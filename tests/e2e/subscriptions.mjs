// Subscriptions as their users see them: a receiver of webhooks that trusts nothing but signatures, and
// a pool of workers of which one is killed again and again. Written against the protocol alone.
import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { createPublicKey, verify } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

import { dsBinary, sleep, startServer, until } from "../node/server.mjs"

const json = { "Content-Type": "application/json" }
const workerFile = join(dirname(fileURLToPath(import.meta.url)), "pool_worker.mjs")

export function tests() {
  return [
    { name: "webhooks are signed, over a change of keys, and tried again", run: webhooks },
    { name: "a pool of workers does all work, and none twice, though they are killed", run: pool },
  ]
}

async function put(url, body) {
  return fetch(url, { method: "PUT", headers: json, body: JSON.stringify(body) })
}

async function append(url, body) {
  const reply = await fetch(url, { method: "POST", headers: json, body: JSON.stringify(body) })
  assert.equal(reply.status, 204)
}

async function shown(url) {
  return (await fetch(url)).json()
}

// A receiver that answers as `behave(body, count)` says: { status, body }; wrong signatures are kept.
async function startReceiver(behave) {
  const received = []
  const rejected = []
  const keys = new Map()
  let jwksUrl
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const raw = Buffer.concat(chunks)
    const header = request.headers["webhook-signature"] ?? ""
    const why = await wrongSignature(raw, header)
    if (why) {
      rejected.push(why)
      response.writeHead(401).end()
      return
    }
    const body = JSON.parse(raw)
    received.push({ kid: /kid=([^,]+)/.exec(header)[1], body })
    const { status = 200, body: answer = {} } = (await behave(body, received.length)) ?? {}
    response.writeHead(status, json).end(JSON.stringify(answer))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")

  async function wrongSignature(raw, header) {
    const parts = /^t=(\d+),kid=([^,]+),ed25519=([A-Za-z0-9_-]+)$/.exec(header)
    if (!parts) return `malformed: ${header}`
    const [, time, kid, signature] = parts
    if (Math.abs(Date.now() / 1000 - Number(time)) > 300) return "outside of the replay window"
    if (!keys.has(kid)) {
      const set = await (await fetch(jwksUrl)).json()
      for (const key of set.keys) keys.set(key.kid, createPublicKey({ key, format: "jwk" }))
    }
    if (!keys.has(kid)) return `unknown key: ${kid}`
    const signed = Buffer.concat([Buffer.from(`${time}.`), raw])
    return verify(null, signed, keys.get(kid), Buffer.from(signature, "base64url"))
      ? undefined
      : "the signature does not fit"
  }
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    received,
    rejected,
    trust: (url) => (jwksUrl = url),
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function subscribe(server, id, receiver, more = {}) {
  const url = `${server.url}/v1/stream/shop/__ds/subscriptions/${id}`
  const wish = { type: "webhook", pattern: "orders/*", webhook: { url: receiver.url }, lease_ttl_ms: 2000 }
  const reply = await put(url, { ...wish, ...more })
  assert.equal(reply.status, 201)
  receiver.trust((await reply.json()).webhook.signing.jwks_url)
  return url
}

const isAcknowledged = async (server, url) => {
  const { streams } = await shown(url)
  for (const { path, acked_offset } of streams) {
    const head = await fetch(`${server.url}/v1/stream/shop/${path}`, { method: "HEAD" })
    if (head.headers.get("stream-next-offset") !== acked_offset) return false
  }
  return streams.length > 0
}

async function webhooks() {
  const server = await startServer()
  // Fails, then answers late through a callback, then at once.
  const receiver = await startReceiver(async (body, count) => {
    if (count === 1) return { status: 500 }
    if (count > 2) return { body: { done: true } }
    setTimeout(() => callBack(body), 100)
  })
  const callBack = async ({ callback_url, callback_token, wake_id, generation, streams }) => {
    const acks = streams.map(({ path, tail_offset }) => ({ stream: path, offset: tail_offset }))
    const body = JSON.stringify({ wake_id, generation, acks, done: true })
    const headers = { ...json, Authorization: `Bearer ${callback_token}` }
    const first = await fetch(callback_url, { method: "POST", headers, body })
    assert.equal(first.status, 200)
    const again = await fetch(callback_url, { method: "POST", headers, body })
    assert.equal(again.status, 409)
    assert.equal((await again.json()).error.code, "FENCED")
  }
  try {
    const url = await subscribe(server, "hooks", receiver)
    const order = `${server.url}/v1/stream/shop/orders/1`
    await put(order, [{ n: 1 }])
    await until("the first attempt to have failed", async () => (await shown(url)).status === "failed")
    await until("the callback to count", () => isAcknowledged(server, url))
    assert.equal((await shown(url)).status, "active")
    assert.equal(receiver.received[0].body.wake_id, receiver.received[1].body.wake_id)

    const replaced = spawnSync(dsBinary, ["webhook-key", "--online", "--json", "--data", server.dataDir])
    assert.equal(replaced.status, 0, String(replaced.stderr))
    const { kid } = JSON.parse(replaced.stdout)
    await append(order, [{ n: 2 }])
    await until("the wake with the new key", () => isAcknowledged(server, url))
    const kids = receiver.received.map((one) => one.kid)
    assert.equal(kids.at(-1), kid)
    assert.notEqual(kids[0], kid)
    const { jwks_url } = (await shown(url)).webhook.signing
    const published = (await shown(jwks_url)).keys.map((key) => key.kid)
    assert.deepEqual(new Set(published), new Set([kids[0], kid]))
    assert.deepEqual(receiver.rejected, [])
  } finally {
    receiver.stop()
    await server.stop()
  }
}

async function pool() {
  const server = await startServer({ args: ["--long-poll-timeout", "0.5"] })
  const root = `${server.url}/v1/stream/shop`
  const url = `${root}/__ds/subscriptions/pool`
  const lines = []
  const workers = []
  let ending = false
  const start = (name) => {
    const child = spawn(process.execPath, [workerFile, name, url, root, "wakes"], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)))
    child.on("exit", () => !ending && workers.splice(workers.indexOf(child), 1, start(name)))
    return child
  }
  let killed = 0
  try {
    await put(`${root}/wakes`, [])
    const wish = { type: "pull-wake", pattern: "jobs/*", wake_stream: "wakes", lease_ttl_ms: 1000 }
    assert.equal((await put(url, wish)).status, 201)
    for (const name of ["one", "two", "three"]) workers.push(start(name))
    const messages = 300
    for (let n = 0; n < messages; ++n) {
      const job = `${root}/jobs/${n % 10}`
      if (n < 10) assert.equal((await put(job, [n])).status, 201)
      else await append(job, [n])
      await sleep(25)
      if (n % 25 === 24) {
        workers[Math.floor(Math.random() * workers.length)].kill("SIGKILL")
        ++killed
      }
    }
    await until("all work to be done", () => isAcknowledged(server, url), 20000)
    await sleep(200) // for their last lines
    return `${messages} jobs, ${killed} workers killed, ${check(lines, messages)}`
  } finally {
    ending = true
    for (const worker of workers) worker.kill("SIGKILL")
    await server.stop()
  }
}

function check(lines, messages) {
  const given = lines.filter((line) => line.status === undefined && line.given)
  const ends = lines.filter((line) => line.status !== undefined)
  assert.equal(new Set(given.flatMap((line) => line.given)).size, messages)
  // Nobody was given the same generation as somebody else.
  const generations = given.map((line) => line.generation)
  assert.equal(new Set(generations).size, generations.length)
  // What was acknowledged is in no later wake.
  const done = new Map()
  for (const line of ends) {
    if (line.status !== 200) assert.equal(line.code, "FENCED")
    else for (const message of line.given) done.set(message, line.generation)
  }
  for (const line of given)
    for (const message of line.given)
      assert.ok(!(done.get(message) < line.generation), `${message} was handed out after its ack`)
  // Who was stuck for longer than the lease has lost it.
  for (const line of ends) if (line.stuck) assert.equal(line.status, 409)
  const twice = given.flatMap((line) => line.given).length - messages
  return `${twice} handed out again, ${ends.filter((line) => line.status === 409).length} fenced`
}
