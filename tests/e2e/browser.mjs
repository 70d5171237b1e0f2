// A page of another origin uses the server from a real browser: EventSource, fetch, preflight, CORS.
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import { join } from "node:path"
import { Readable } from "node:stream"
import { createGzip } from "node:zlib"

import { chromium } from "playwright-core"

import { browserPath, withTab } from "../node/browser.mjs"
import { root, startServer } from "../node/server.mjs"

export function tests() {
  const skip = () => (browserPath ? undefined : "no Chromium here")
  return [
    { name: "a page of another origin follows a stream", run, skip },
    { name: "an EventSource gets each message once over ten reconnects", run: reconnect, skip },
    { name: "events pass a compressing proxy at once", run: compress },
  ]
}

async function run() {
  const server = await startServer()
  const site = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" })
    response.end(page)
  }).listen(0, "127.0.0.1")
  await once(site, "listening")
  try {
    return await withTab(chromium, (tab, complaints) => follow(server, site, tab, complaints))
  } finally {
    site.close()
    await server.stop()
  }
}

async function follow(server, site, tab, complaints) {
  const url = `${server.url}/v1/stream/e2e/browser`
  await tab.goto(`http://127.0.0.1:${site.address().port}/?stream=${encodeURIComponent(url)}`)
  // The page has made the stream itself, with headers that need a preflight.
  await tab.waitForSelector("body[data-state=following]")
  const append = async (text, headers = {}) => {
    const typed = { "Content-Type": "text/plain", ...headers }
    const reply = await fetch(url, { method: "POST", headers: typed, body: text })
    assert.equal(reply.status, 204)
  }
  await append("first message")
  await append("zweite Nachricht: grüße")
  await tab.waitForFunction(() => document.querySelectorAll("#messages li").length === 3)
  await append("the last one", { "Stream-Closed": "true" })
  await tab.waitForSelector("body[data-state=closed]")
  const shown = await tab.$$eval("#messages li", (all) => all.map((item) => item.textContent))
  const expected = ["made by the page", "first message", "zweite Nachricht: grüße", "the last one"]
  assert.deepEqual(shown, expected)
  const head = await fetch(url, { method: "HEAD" })
  const facts = await tab.$eval("#facts", (facts) => JSON.parse(facts.textContent))
  assert.equal(facts.offset, head.headers.get("Stream-Next-Offset"), "offset in the last event")
  assert.deepEqual(facts.created, { status: 201, ttl: "3600", hasOffset: true, hasEtag: true })
  assert.deepEqual(facts.refused, { status: 404, code: "STREAM_NOT_FOUND" })
  assert.deepEqual(complaints, [])
  await tab.screenshot({ path: join(root, "build", "browser.png") })
  return "screenshot in build/browser.png"
}

// Connections live for a moment only, so the browser comes back again and again by itself.
async function reconnect() {
  const messages = 1000
  const reconnects = 10
  const server = await startServer({ args: ["--sse-lifetime", "0.3"] })
  const site = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" })
    response.end("<!doctype html><title>Reconnects</title>")
  }).listen(0, "127.0.0.1")
  await once(site, "listening")
  try {
    const json = { "Content-Type": "application/json" }
    const url = `${server.url}/v1/stream/e2e/room`
    const ask = async (path, method, body) => {
      const reply = await fetch(server.url + path, { method, headers: json, body })
      assert.ok(reply.ok, `${method} ${path}: ${reply.status}`)
    }
    await ask("/v1/stream/e2e/room", "PUT")
    const subscription = JSON.stringify({ estuaryId: "inbox", mode: "plain" })
    await ask("/v1/estuary/subscribe/e2e/room", "POST", subscription)
    const append = (n) => ask("/v1/stream/e2e/room", "POST", JSON.stringify({ n }))
    const inbox = `${server.url}/v1/stream/e2e/inbox`
    const urls = [`${url}?offset=-1`, `${url}?offset=now`, `${url}?last=5`, `${inbox}?offset=now`]
    return await withTab(chromium, async (tab, complaints) => {
      await tab.goto(`http://127.0.0.1:${site.address().port}/`)
      await tab.evaluate((urls) => {
        window.readers = urls.map((url) => {
          const reader = { seen: [], opened: 0, told: false }
          const source = new EventSource(`${url}&live=sse`)
          source.addEventListener("open", () => ++reader.opened)
          source.addEventListener("control", () => (reader.told = true))
          source.addEventListener("data", ({ data }) =>
            reader.seen.push(...JSON.parse(data).map(({ n }) => n)))
          return reader
        })
      }, urls)
      await tab.waitForFunction(() => window.readers.every((reader) => reader.told))
      const opened = () =>
        tab.evaluate(() => Math.min(...window.readers.map((reader) => reader.opened)))
      // As fast as it takes for the reconnects to fall between them.
      for (let n = 0; n < messages; ++n) {
        await append(n)
        while ((await opened()) - 1 < Math.floor((n * reconnects) / messages)) await tab.waitForTimeout(5)
      }
      await tab.waitForFunction((wanted) =>
        window.readers.every((reader) => reader.seen.length >= wanted), messages)
      const readers = await tab.evaluate(() => window.readers)
      const expected = Array.from({ length: messages }, (_, n) => n)
      for (const { seen } of readers) assert.deepEqual(seen, expected)
      assert.deepEqual(complaints, [])
      const least = Math.min(...readers.map((reader) => reader.opened)) - 1
      assert.ok(least >= reconnects - 1, `only ${least} reconnects`)
      return `${urls.length} readers, at least ${least} reconnects each`
    })
  } finally {
    site.close()
    await server.stop()
  }
}

// As the usual middleware of development servers does it: what may be transformed is compressed,
// and what is compressed is held back until it is worth sending.
async function compress() {
  const server = await startServer()
  const proxy = createServer(async (request, response) => {
    const abort = new AbortController()
    response.on("close", () => abort.abort())
    const reply = await fetch(server.url + request.url, { signal: abort.signal })
    const transforms = !/(?:^|,)\s*no-transform\s*(?:,|$)/.test(reply.headers.get("Cache-Control"))
    const headers = { "Content-Type": reply.headers.get("Content-Type") }
    if (transforms) headers["Content-Encoding"] = "gzip"
    response.writeHead(reply.status, headers)
    const body = Readable.fromWeb(reply.body).on("error", () => {})
    if (transforms) body.pipe(createGzip()).pipe(response)
    else body.pipe(response)
  }).listen(0, "127.0.0.1")
  await once(proxy, "listening")
  const abort = new AbortController()
  try {
    const typed = { "Content-Type": "text/plain" }
    const path = "/v1/stream/e2e/compressed"
    await fetch(server.url + path, { method: "PUT", headers: typed, body: "first" })
    const url = `http://127.0.0.1:${proxy.address().port}${path}`
    const live = await fetch(`${url}?offset=-1&live=sse`, { signal: abort.signal })
    const reader = live.body.getReader()
    let events = ""
    const until = async (text) => {
      const late = setTimeout(() => abort.abort(), 10000)
      while (!events.includes(text)) events += Buffer.from((await reader.read()).value).toString()
      clearTimeout(late)
    }
    await until("data:first")
    await fetch(server.url + path, { method: "POST", headers: typed, body: "second" })
    await until("data:second")
    // It does compress what it may.
    const page = await fetch(url)
    assert.equal(page.headers.get("Content-Encoding"), "gzip")
    assert.equal(await page.text(), "firstsecond")
  } finally {
    abort.abort()
    proxy.close()
    await server.stop()
  }
}

const page = `<!doctype html>
<title>A stream, followed</title>
<style>body { font: 16px sans-serif; margin: 2em } li { margin: .3em }</style>
<h1>A stream, followed</h1>
<ol id="messages"></ol>
<pre id="facts"></pre>
<script type="module">
  const url = new URLSearchParams(location.search).get("stream")
  const facts = {}

  const created = await fetch(url, {
    method: "PUT",
    headers: { "Content-Type": "text/plain", "Stream-TTL": "3600" },
    body: "made by the page",
  })
  const read = await fetch(url + "?offset=-1")
  facts.created = {
    status: created.status,
    ttl: created.headers.get("Stream-TTL"),
    hasOffset: created.headers.has("Stream-Next-Offset"),
    hasEtag: read.headers.has("ETag"),
  }
  const refused = await fetch(url + "-missing")
  facts.refused = { status: refused.status, code: (await refused.json()).code }

  const source = new EventSource(url + "?offset=-1&live=sse")
  source.addEventListener("data", ({ data }) => {
    const item = document.createElement("li")
    item.textContent = data
    document.querySelector("#messages").append(item)
  })
  source.addEventListener("control", ({ data }) => {
    const control = JSON.parse(data)
    facts.offset = control.streamNextOffset
    document.body.dataset.state = control.streamClosed ? "closed" : "following"
    document.querySelector("#facts").textContent = JSON.stringify(facts, null, 2)
    if (control.streamClosed) source.close()
  })
</script>
`
