// Two tenants and a visitor in a real browser: what one of them keeps in streams that anyone may read
// runs nothing, and reads and writes nothing of the other with the visitor's cookies. The same pages
// through a proxy that takes the guarding headers away do all that: so the test can fail.
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer, request as ask } from "node:http"

import { chromium } from "playwright-core"

import { browserPath, withTab } from "../node/browser.mjs"
import { startServer } from "../node/server.mjs"
import { putProject, signToken } from "../node/tokens.mjs"

export function tests() {
  const skip = () => (browserPath ? undefined : "no Chromium here")
  return [
    { name: "a tenant's page runs nothing, and reads nothing by a visitor's cookie", run: byCookie, skip },
    { name: "with a hook, a tenant's page posts nothing with a visitor's session", run: byHook, skip },
  ]
}

const adminToken = "the-administrator-of-the-tenants"
const admin = { Authorization: `Bearer ${adminToken}` }
const secrets = { shop: "the secret that signs for the shop", evil: "the secret that signs for evil" }

// Says in its title what it could do: read a stream of shop, post to it.
const script = `
  document.documentElement.setAttribute("data-ran", "yes")
  const at = "/v1/stream/shop/orders"
  const told = { read: "", posted: 0 }
  fetch(at + "?offset=-1", { credentials: "include" }).then((r) => r.text()).then((text) => (told.read = text))
    .then(() => fetch(at, { method: "POST", credentials: "include", body: "by evil",
                            headers: { "Content-Type": "text/plain" } }))
    .then((reply) => (told.posted = reply.status))
    .catch((error) => (told.error = String(error)))
    .then(() => fetch("/told?" + encodeURIComponent(JSON.stringify(told))))`
const pages = [
  { name: "page", type: "text/html", body: `<body onload=1><p>hello</p><script>${script}</script>` },
  {
    name: "picture",
    type: "image/svg+xml",
    body: `<svg xmlns="http://www.w3.org/2000/svg"><script><![CDATA[${script}]]></script></svg>`,
  },
  {
    name: "document",
    type: "application/xhtml+xml",
    body: `<html xmlns="http://www.w3.org/1999/xhtml"><body><script><![CDATA[${script}]]></script></body></html>`,
  },
]

async function byCookie() {
  const server = await startServer({ args: ["--auth", "projects"], env: { DS_ADMIN_TOKEN: adminToken } })
  try {
    for (const [name, secret] of Object.entries(secrets)) {
      await putProject({ url: server.url, name, secret, adminToken })
    }
    const settings = { signingSecrets: [secrets.shop], cookieToken: true }
    const put = { method: "PUT", headers: admin, body: JSON.stringify(settings) }
    assert.equal((await fetch(`${server.url}/v1/config/shop`, put)).status, 200)
    await fill(server.url)
    const exp = Math.floor(Date.now() / 1000) + 600
    const token = signToken({ sub: "shop", scope: "read", exp }, secrets.shop)
    return await visit(server, { name: "ds_token", value: token }, "read")
  } finally {
    await server.stop()
  }
}

async function byHook() {
  // Lets in whoever has the session, and everybody to what evil has published.
  const hook = createServer((request, response) => {
    const mine = request.headers["stream-project"] === "evil" && request.headers["stream-right"] === "read"
    const known = /session=visitor/.test(request.headers.cookie ?? "")
    response.writeHead(mine || known ? 200 : 401).end()
  }).listen(0, "127.0.0.1")
  await once(hook, "listening")
  const args = ["--auth-url", `http://127.0.0.1:${hook.address().port}/may`]
  const server = await startServer({ args, env: { DS_ADMIN_TOKEN: adminToken } })
  try {
    await fill(server.url)
    return await visit(server, { name: "session", value: "visitor" }, "posted")
  } finally {
    await server.stop()
    hook.close()
  }
}

async function fill(url) {
  const put = async (path, type, body) => {
    const made = await fetch(`${url}/v1/stream/${path}`, {
      method: "PUT",
      headers: { ...admin, "Content-Type": type },
      body,
    })
    assert.equal(made.status, 201)
  }
  await put("shop/orders", "text/plain", "card 4242")
  for (const page of pages) await put(`evil/${page.name}?public=true`, page.type, page.body)
}

// Opens every page, as it comes and without its guards. `deed` is what must come of the latter.
async function visit(server, cookie, deed) {
  const guarded = await startProxy(server, [])
  const bare = await startProxy(server, ["content-security-policy", "content-disposition"])
  try {
    return await withTab(chromium, async (tab) => {
      const context = tab.context()
      await context.addCookies([guarded, bare].map((proxy) => ({ ...cookie, url: proxy.url })))
      for (const page of pages) {
        for (const live of ["", "&live=long-poll", "&live=sse"]) await open(tab, guarded, page.name, live)
      }
      // Where they are asked for as a part of another page of the same origin, too.
      await frame(tab, guarded)
      // What a script that runs would have told by now.
      await tab.waitForTimeout(1000)
      assert.deepEqual(guarded.told, [], "a tenant's page has run")
      assert.equal(await orders(server), "card 4242")

      await tab.goto(`${bare.url}/v1/stream/evil/page?offset=-1`)
      const told = await bare.first()
      if (deed === "read") assert.equal(told.read, "card 4242")
      else assert.equal(told.posted, 204)
      return `${pages.length} pages ran nothing; without their headers, one did`
    })
  } finally {
    guarded.close()
    bare.close()
  }
}

async function open(tab, proxy, name, more) {
  // A download is an error to goto(); events never end.
  await tab
    .goto(`${proxy.url}/v1/stream/evil/${name}?offset=-1${more}`, { waitUntil: "commit", timeout: 5000 })
    .catch((error) => assert.match(String(error), /ERR_ABORTED|Download is starting|Timeout/))
  // Time for a script to run, and to tell of it.
  await tab.waitForTimeout(300)
  await tab.goto("about:blank")
}

async function frame(tab, proxy) {
  await tab.goto(`${proxy.url}/frames`)
  await tab.waitForSelector("body[data-loaded]")
}

async function orders(server) {
  return (await fetch(`${server.url}/v1/stream/shop/orders?offset=-1`, { headers: admin })).text()
}

// Passes everything on, but for these headers of answers, and gathers what scripts tell.
async function startProxy(server, without) {
  const told = []
  const waiting = []
  const proxy = createServer((request, response) => {
    if (request.url.startsWith("/told?")) {
      told.push(JSON.parse(decodeURIComponent(request.url.slice("/told?".length))))
      for (const done of waiting.splice(0)) done(told[0])
      return response.writeHead(204).end()
    }
    if (request.url === "/frames") {
      response.writeHead(200, { "Content-Type": "text/html" })
      const parts = pages.map(({ name }) => `/v1/stream/evil/${name}?offset=-1`)
      const inside = parts.map((at) => `<iframe src="${at}"></iframe><object data="${at}"></object>
        <embed src="${at}"><img src="${at}">`)
      return response.end(`<body onload="document.body.dataset.loaded = 1">${inside.join("")}`)
    }
    const { method, headers, url: path } = request
    const upstream = ask({ host: "127.0.0.1", port: server.port, method, path, headers }, (reply) => {
      const passed = Object.entries(reply.headers).filter(([name]) => !without.includes(name))
      response.writeHead(reply.statusCode, Object.fromEntries(passed))
      reply.pipe(response)
    })
    upstream.on("error", () => response.destroy())
    response.on("close", () => upstream.destroy())
    request.pipe(upstream)
  }).listen(0, "127.0.0.1")
  await once(proxy, "listening")
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    told,
    first: () =>
      new Promise((done, fail) => {
        if (told.length > 0) return done(told[0])
        waiting.push(done)
        setTimeout(() => fail(new Error("no script ran, though nothing kept it from that")), 10_000).unref()
      }),
    close: () => {
      proxy.close()
      proxy.closeAllConnections()
    },
  }
}
