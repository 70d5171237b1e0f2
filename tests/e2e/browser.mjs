// A page of another origin uses the server from a real browser: EventSource, fetch, preflight, CORS.
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import { join } from "node:path"

import { chromium } from "playwright-core"

import { browserPath, withTab } from "../node/browser.mjs"
import { root, startServer } from "../node/server.mjs"

export function tests() {
  const skip = () => (browserPath ? undefined : "no Chromium here")
  return [{ name: "a page of another origin follows a stream", run, skip }]
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
