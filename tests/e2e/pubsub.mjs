// Estuaries: the tour of ds-estuaries(7) as it is typed, and a page that shows three sources over one connection.
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import { join } from "node:path"

import { chromium } from "playwright-core"

import { browserPath, withTab } from "../node/browser.mjs"
import { root, startServer } from "../node/server.mjs"
import { blocksOfPage, typed } from "../node/shell.mjs"

export function tests() {
  const skip = () => (browserPath ? undefined : "no Chromium here")
  return [
    { name: "the manual's tour of estuaries works", run: tour },
    { name: "a page shows three sources through one EventSource", run: page, skip },
  ]
}

// Job control, so that the follower hears of the interruption.
const jobs = { options: ["-m"] }
const json = { "Content-Type": "application/json" }

async function tour() {
  const [commands, curls] = blocksOfPage("ds-estuaries.7")
  const server = await startServer()
  try {
    // Nobody types the next line before the follower has begun.
    const slowly = commands.replace(/&  .*$/m, "&\nsleep 1")
    const said = await typed(`${slowly}sleep 2; kill -INT $!; wait $! || true`, server.url, jobs)
    for (const wanted of [
      'orders: {"order":7}',
      'returns: {"order":3,"why":"too small"}',
      /published 11 bytes to shop\/orders, next offset [0-9_]+; 1 subscriber\n/,
      /orders +in envelopes/,
      "go on with: ds subscribe shop/inbox --keep --from ",
    ])
      assert.match(said, typeof wanted === "string" ? new RegExp(escaped(wanted)) : wanted)
    const told = await typed(curls, server.url, jobs)
    for (const wanted of [
      '"isNewEstuary":false',
      "Stream-Fanout-Count: 1",
      "Stream-Fanout-Mode: inline",
      '"payload":"{\\"order\\":8}"',
      '"subscriptions":[',
      '"unsubscribed":true',
      '"deleted":true',
    ])
      assert.ok(told.includes(wanted), `${wanted} in: ${told}`)
    const gone = await fetch(`${server.url}/v1/estuary/shop/inbox`)
    assert.equal(gone.status, 404)
  } finally {
    await server.stop()
  }
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")
}

async function page() {
  const server = await startServer()
  const site = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" })
    response.end(html)
  }).listen(0, "127.0.0.1")
  await once(site, "listening")
  const at = (path) => `${server.url}/v1/${path}`
  const sources = ["prices", "news", "chat"]
  try {
    for (const source of sources) {
      const type = source === "chat" ? { "Content-Type": "text/plain" } : json
      assert.equal((await fetch(at(`stream/desk/${source}`), { method: "PUT", headers: type })).status, 201)
      const body = JSON.stringify({ estuaryId: "screen", mode: "envelope" })
      const subscribed = await fetch(at(`estuary/subscribe/desk/${source}`), { method: "POST", headers: json, body })
      assert.equal(subscribed.status, 200)
    }
    return await withTab(chromium, async (tab, complaints) => {
      const stream = encodeURIComponent(at("stream/desk/screen"))
      await tab.goto(`http://127.0.0.1:${site.address().port}/?stream=${stream}`)
      await tab.waitForSelector("body[data-state=following]")
      for (let round = 1; round <= 3; ++round) {
        for (const source of sources) {
          const text = source === "chat"
          const reply = await fetch(at(`stream/desk/${source}`), {
            method: "POST",
            headers: text ? { "Content-Type": "text/plain" } : json,
            body: text ? `grüße ${round}` : JSON.stringify({ [source]: round }),
          })
          assert.equal(reply.status, 204)
        }
      }
      await tab.waitForFunction(() => document.querySelectorAll("li").length === 9)
      const columns = await tab.$$eval("section", (all) =>
        all.map((one) => [one.id, ...[...one.querySelectorAll("li")].map((item) => item.textContent)]),
      )
      assert.deepEqual(columns, [
        ["prices", '{"prices":1}', '{"prices":2}', '{"prices":3}'],
        ["news", '{"news":1}', '{"news":2}', '{"news":3}'],
        ["chat", "grüße 1", "grüße 2", "grüße 3"],
      ])
      const offsets = await tab.$eval("#offsets", (one) => JSON.parse(one.textContent))
      for (const source of sources) {
        const head = await fetch(at(`stream/desk/${source}`), { method: "HEAD" })
        assert.equal(offsets[source], head.headers.get("Stream-Next-Offset"), `where ${source} goes on`)
      }
      assert.equal(await tab.$eval("#connections", (one) => one.textContent), "1")
      assert.deepEqual(complaints, [])
      const picture = join(root, "build", "estuary.png")
      await tab.screenshot({ path: picture })
      return "screenshot in build/estuary.png"
    })
  } finally {
    site.close()
    await server.stop()
  }
}

const html = `<!doctype html>
<meta charset="utf-8">
<title>three sources</title>
<style>
  body { font: 16px sans-serif; display: grid; grid-template-columns: repeat(3, 1fr); gap: 1em; margin: 2em }
  section { border: 1px solid #999; border-radius: 6px; padding: 0 1em 1em }
  footer { grid-column: 1 / -1; color: #555 }
</style>
<section id="prices"><h2>prices</h2><ul></ul></section>
<section id="news"><h2>news</h2><ul></ul></section>
<section id="chat"><h2>chat</h2><ul></ul></section>
<footer>connections: <span id="connections">0</span>, offsets: <span id="offsets"></span></footer>
<script>
  const stream = new URLSearchParams(location.search).get("stream")
  const offsets = {}
  const events = new EventSource(stream + "?offset=-1&live=sse")
  events.onopen = () => {
    document.body.dataset.state = "following"
    document.querySelector("#connections").textContent++
  }
  events.addEventListener("data", (event) => {
    for (const { stream, offset, payload } of JSON.parse(event.data)) {
      const item = document.createElement("li")
      item.textContent = payload
      document.querySelector("#" + stream + " ul").append(item)
      offsets[stream] = offset
    }
    document.querySelector("#offsets").textContent = JSON.stringify(offsets)
  })
</script>
`
