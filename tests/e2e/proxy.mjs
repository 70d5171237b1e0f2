// Behind nginx as ds-running(7) shows it: live reads arrive at once, large appends get through.
import assert from "node:assert/strict"
import { rmSync } from "node:fs"

import { stream } from "@durable-streams/client"

import { missing, startNginx } from "../node/proxies.mjs"
import { freePort, freshDirectory, startServer, until } from "../node/server.mjs"
import { blocksOfPage } from "../node/shell.mjs"

export function tests() {
  const skip = () => missing("nginx")
  return promises((name, run) => ({ name, run: () => behindNginx(run), skip }))
}

// What a good proxy does.
export function promises(test) {
  return [
    test("SSE events arrive one by one", events),
    test("long-poll waits, and wakes", longPoll),
    test("32 MiB go in and out", large),
    test("the official client follows", officialClient),
  ]
}

// Around the location that the manual shows, word for word.
function manualServer(port, upstream) {
  const location = blocksOfPage("ds-running.7").find((block) => block.startsWith("location / {"))
  assert.ok(location?.includes("127.0.0.1:4437"), "the manual shows a location for nginx")
  return `server {
        listen 127.0.0.1:${port};
        ${location.replace("127.0.0.1:4437", `127.0.0.1:${upstream}`)}
    }`
}

function behindNginx(test) {
  return behind((port, upstream, folder) => startNginx(folder, manualServer(port, upstream), 1), test)
}

// `start(port, upstream, folder)` starts the proxy.
export async function behind(start, test) {
  const folder = freshDirectory("proxy")
  const port = await freePort()
  const publicUrl = ["--public-url", `http://127.0.0.1:${port}`, "--auth", "none", "--insecure"]
  const server = await startServer({ args: ["--long-poll-timeout", "2", ...publicUrl] })
  let proxy
  try {
    proxy = await start(port, server.port, folder)
    const url = `http://127.0.0.1:${port}/v1/stream/e2e/proxied`
    await proxy.listens(url)
    return await test(url)
  } finally {
    await proxy?.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function create(url, type = "text/plain") {
  const reply = await fetch(url, { method: "PUT", headers: { "Content-Type": type } })
  assert.equal(reply.status, 201)
  assert.equal(reply.headers.get("Location"), url, "Location names what the client asked for")
}

async function append(url, body, headers = { "Content-Type": "text/plain" }) {
  const reply = await fetch(url, { method: "POST", headers, body })
  assert.equal(reply.status, 204)
}

async function events(url) {
  await create(url)
  const response = await fetch(`${url}?offset=-1&live=sse`)
  assert.equal(response.headers.get("Content-Type"), "text/event-stream")
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ""
  const read = async (wanted) => {
    while (!seen.includes(wanted)) {
      const { done, value } = await reader.read()
      assert.ok(!done, `ended before ${wanted}`)
      seen += value
    }
  }
  await read("upToDate")
  for (let i = 0; i < 20; ++i) {
    const began = Date.now()
    await append(url, `event ${i}.`)
    await read(`data:event ${i}.`)
    assert.ok(Date.now() - began < 1000, "an event was held back")
  }
  await append(url, undefined, { "Stream-Closed": "true" })
  await read('"streamClosed":true')
  assert.ok((await reader.read()).done, "the end of the response comes through")
}

async function longPoll(url) {
  await create(url)
  const idle = await fetch(`${url}?offset=now&live=long-poll`)
  assert.equal(idle.status, 204)
  assert.ok(idle.headers.get("Stream-Cursor"))
  const waiting = fetch(`${url}?offset=now&live=long-poll`)
  await new Promise((later) => setTimeout(later, 200))
  await append(url, "wake up")
  const woken = await waiting
  assert.equal(woken.status, 200)
  assert.equal(await woken.text(), "wake up")
}

async function large(url) {
  await create(url, "application/octet-stream")
  const body = Buffer.alloc(32 * 1024 * 1024, "0123456789abcdef")
  await append(url, body, { "Content-Type": "application/octet-stream" })
  const read = Buffer.from(await (await fetch(`${url}?offset=-1`)).arrayBuffer())
  assert.ok(read.equals(body), "the bytes read are the bytes appended")
  const more = { method: "POST", headers: { "Content-Type": "application/octet-stream" } }
  const refused = await fetch(url, { ...more, body: Buffer.concat([body, body]) }).catch(() => {})
  assert.ok(!refused || refused.status === 413)
}

async function officialClient(url) {
  await create(url)
  let text = ""
  const response = await stream({ url, live: "sse", offset: "-1" })
  response.subscribeText((chunk) => {
    text += chunk.text
  })
  let expected = ""
  for (let i = 0; i < 100; ++i) {
    await append(url, `line ${i}\n`)
    expected += `line ${i}\n`
  }
  await append(url, undefined, { "Stream-Closed": "true" })
  await until("all lines", () => text.length >= expected.length)
  assert.equal(text, expected)
}
