// What ds proxy-config prints, in the proxies themselves: nginx, Varnish and Caddy keep their promises.
import assert from "node:assert/strict"
import { once } from "node:events"
import { chmodSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { get as getByTls } from "node:https"
import { join } from "node:path"

import { makeCertificate } from "../node/certificate.mjs"
import { missing, printed, startCaddy, startNginx, startVarnish } from "../node/proxies.mjs"
import { freePort, freshDirectory, sleep, startServer } from "../node/server.mjs"
import { atTheEdge, promises as edgePromises } from "./edge.mjs"
import { behind, promises as proxyPromises } from "./proxy.mjs"

const text = { "Content-Type": "text/plain" }
const program = { nginx: "nginx", varnish: "varnishd", caddy: "caddy" }

export function tests({ silence: seconds }) {
  const kinds = Object.keys(program)
  const caching = ["nginx", "varnish"]
  const of = (kind, name, run) => ({ name: `${kind}: ${name}`, run, skip: () => missing(program[kind]) })
  const edgeOf = (kind) => (name, run) => ({
    name: `${kind}: ${name}`,
    run: () => atTheEdge((ports, folder) => start(kind, ports.edge, ports.counter, folder), run),
    skip: () => missing("nginx", program[kind]),
  })
  return [
    ...kinds.flatMap((kind) => proxyPromises((name, run) => of(kind, name, () => behindPrinted(kind, run)))),
    ...kinds.map((kind) => of(kind, "only the CDN says who the client is", () => behindCdn(kind))),
    ...kinds.map((kind) => of(kind, "a server on a Unix socket", () => onUnixSocket(kind))),
    ...["nginx", "caddy"].map((kind) => of(kind, "TLS with a given certificate", () => overTls(kind))),
    ...caching.map((kind) => of(kind, "behind a CDN nothing is kept, unless asked for", () => keptBehindCdn(kind))),
    ...caching.flatMap((kind) => edgePromises(edgeOf(kind))),
    ...caching.map((kind) => edgeOf(kind)("equal reads are one, in whichever order", ordered)),
    ...caching.map((kind) => edgeOf(kind)("X-Cache is of ds, X-Proxy-Cache of the proxy", ownStatus)),
    { name: "a silent SSE response is not cut", run: () => silence(kinds, seconds), skip: () => missing(...Object.values(program)) },
  ]
}

// Starts what the command prints.
async function start(kind, port, origin, folder, ...more) {
  const where = typeof origin === "number" ? `http://localhost:${origin}` : origin
  const own = kind === "nginx" ? ["--cache-dir", join(folder, `cache-${port}`)] : []
  const place = ["--origin", where, "--server-name", "127.0.0.1", "--listen", `127.0.0.1:${port}`]
  const file = printed(kind, ...place, ...own, ...more)
  const starter = { nginx: startNginx, varnish: startVarnish, caddy: startCaddy }[kind]
  return starter(folder, file)
}

function behindPrinted(kind, test) {
  return behind((port, upstream, folder) => start(kind, port, upstream, folder), test)
}

// In the place of a server somebody who only says what was asked; at `path` of the Unix domain, if given.
async function echo(path) {
  const server = createServer((request, response) => {
    response.setHeader("Cache-Control", "no-store")
    response.end(JSON.stringify(request.headers))
  })
  server.listen(path ?? { port: 0, host: "127.0.0.1" })
  await once(server, "listening")
  if (path) chmodSync(path, 0o666)
  const stop = async () => {
    server.close()
    server.closeAllConnections()
  }
  return { origin: path ? `unix:${path}` : server.address().port, stop }
}

// Runs `test(origin, folder, front)`, where `front(...flags)` starts another proxy of this kind in front of
// that origin and says where it is; ends all of them.
async function inFront(kind, origin, test) {
  const folder = freshDirectory("front")
  const running = []
  try {
    running.push(await origin(folder))
    const front = async (...flags) => {
      const port = await freePort()
      const proxy = await start(kind, port, running[0].origin ?? running[0].port, folder, ...flags)
      running.push(proxy)
      const url = `${flags.includes("--tls-cert") ? "https" : "http"}://127.0.0.1:${port}`
      await proxy.listens(url)
      return url
    }
    return await test(front)
  } finally {
    for (const one of running.reverse()) await one.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const networks = (...all) => ["--behind-cdn", ...all.flatMap((network) => ["--cdn-network", network])]

function behindCdn(kind) {
  const invented = { "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Host": "evil.example" }
  const named = { ...invented, "CF-Connecting-IP": "203.0.113.9", "X-Forwarded-Proto": "https" }
  return inFront(kind, () => echo(), async (front) => {
    const seen = async (flags, headers) => {
      const url = await front(...flags)
      const told = await (await fetch(`${url}/v1/stream/a/b`, { headers })).json()
      assert.equal(told["x-forwarded-host"], new URL(url).host)
      return [told["x-forwarded-for"], told["x-forwarded-proto"]]
    }
    const plain = ["127.0.0.1", "http"]
    assert.deepEqual(await seen([], named), plain)
    assert.deepEqual(await seen(networks("192.0.2.0/24", "2001:db8::/32"), named), plain)
    const cdn = networks("192.0.2.0/24", "127.0.0.0/8")
    assert.deepEqual(await seen(cdn, named), ["203.0.113.9", "https"])
    const other = { ...named, "True-Client-IP": "2001:db8::9" }
    const header = [...cdn, "--cdn-header", "True-Client-IP"]
    assert.deepEqual(await seen(header, other), ["2001:db8::9", "https"])
  })
}

function onUnixSocket(kind) {
  return inFront(kind, (folder) => {
    chmodSync(folder, 0o755)
    return echo(join(folder, "ds.sock"))
  }, async (front) => {
    const told = await (await fetch(`${await front()}/v1/stream/a/b`)).json()
    assert.equal(told["x-forwarded-for"], "127.0.0.1")
  })
}

async function overTls(kind) {
  const own = makeCertificate()
  const asked = (url) => new Promise((resolve, reject) => {
    getByTls(url, { ca: readFileSync(own.certificate) }, (response) => {
      let body = ""
      response.on("data", (chunk) => (body += chunk)).on("end", () => resolve(JSON.parse(body)))
    }).on("error", reject)
  })
  try {
    await inFront(kind, () => echo(), async (front) => {
      // Who does not know the authority comes as far as the handshake: there is somebody.
      const url = await front(...own.flags())
      const told = await asked(`${url}/v1/stream/a/b`)
      assert.deepEqual([told["x-forwarded-proto"], told["x-forwarded-host"]], ["https", new URL(url).host])
    })
  } finally {
    own.remove()
  }
}

async function make(url, ...bodies) {
  assert.equal((await fetch(url, { method: "PUT", headers: text })).status, 201)
  for (const body of bodies) await append(url, body)
}

async function append(url, body) {
  assert.equal((await fetch(url, { method: "POST", headers: text, body })).status, 204)
}

function keptBehindCdn(kind) {
  return inFront(kind, () => startServer(), async (front) => {
    const flags = networks("192.0.2.0/24")
    const [bare, caching] = [await front(...flags), await front(...flags, "--cache")]
    await make(`${bare}/v1/stream/a/b`, "all of it")
    const statuses = async (url) => {
      const told = []
      for (let i = 0; i < 2; ++i) {
        const reply = await fetch(`${url}/v1/stream/a/b?offset=-1`)
        assert.equal(await reply.text(), "all of it")
        told.push(reply.headers.get("X-Proxy-Cache"))
      }
      return told
    }
    assert.deepEqual(await statuses(bare), [null, null])
    assert.deepEqual(await statuses(caching), ["MISS", "HIT"])
    // Without a cache of its own a 304 is the server's.
    const etag = (await fetch(`${bare}/v1/stream/a/b?offset=-1`)).headers.get("ETag")
    const same = await fetch(`${bare}/v1/stream/a/b?offset=-1`, { headers: { "If-None-Match": etag } })
    assert.equal(same.status, 304)
  })
}

// One entry for reads that are the same; as many as there are for those that may not be.
async function ordered(edge) {
  const { path, offsets } = await edge.make("/v1/stream/shop/ordered", { query: "?public=true", bodies: ["a", "b", "c"] })
  const parts = [`offset=${offsets[1]}`, "limit=1", "rk=nonsense", "cursor=7"]
  assert.equal((await edge.get(`${path}?${parts.join("&")}`)).cache, "MISS")
  for (const order of [[3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]]) {
    const again = await edge.get(`${path}?${order.map((i) => parts[i]).join("&")}`)
    assert.deepEqual([again.cache, again.body], ["HIT", "b"])
  }
  const others = [
    [...parts, "rk=nonsense"], [...parts, "more=1"], [...parts, ""], ["", ...parts],
    [...parts.slice(1), `OFFSET=${offsets[1]}`], [...parts.slice(1), `offset=%30${offsets[1].slice(1)}`],
    [...parts.slice(0, 3), "cursor=8"], parts.slice(1), [`offset=${offsets[2]}`, ...parts.slice(1)],
  ]
  for (const other of others) {
    const reply = await edge.get(`${path}?${other.join("&")}`)
    assert.equal(reply.cache, "MISS", other.join("&"))
    const first = other.some((part) => part.startsWith(`offset=${offsets[1]}`) || part.includes("%30"))
    assert.equal(reply.body, first ? "b" : other.includes(`offset=${offsets[2]}`) ? "c" : "a", other.join("&"))
  }
  // What the server refuses is refused, whatever is kept.
  const twice = await edge.get(`${path}?${parts.join("&")}&${parts[0]}`)
  assert.equal(twice.status, 400)
}

async function ownStatus(edge) {
  const { path, offsets } = await edge.make("/v1/stream/shop/status", { query: "?public=true", bodies: ["a"] })
  const target = `${path}?offset=${offsets[0]}`
  const told = async (headers) => {
    const { cache, said } = await edge.get(target, headers)
    return [cache, said("X-Cache")]
  }
  assert.deepEqual(await told(), ["MISS", "MISS"])
  assert.deepEqual(await told(), ["HIT", null])
  // Past the proxy's cache, out of that of ds.
  assert.deepEqual(await told({ Authorization: `Bearer ${edge.token()}` }), ["BYPASS", "HIT"])
}

// In its long form longer than any of the proxies waits for a sign of life: the comments of ds are one.
async function silence(kinds, seconds) {
  const folder = freshDirectory("silence")
  const server = await startServer({ args: ["--sse-lifetime", "0"] })
  const running = [server]
  try {
    const target = "/v1/stream/a/quiet"
    await make(server.url + target)
    const readers = []
    for (const kind of kinds) {
      const port = await freePort()
      const proxy = await start(kind, port, server.port, folder)
      running.push(proxy)
      await proxy.listens(`http://127.0.0.1:${port}`)
      const response = await fetch(`http://127.0.0.1:${port}${target}?offset=-1&live=sse`)
      readers.push(response.body.pipeThrough(new TextDecoderStream()).getReader())
    }
    await sleep(seconds * 1000)
    await append(server.url + target, "still there")
    const began = Date.now()
    for (const reader of readers) {
      let seen = ""
      while (!seen.includes("still there")) {
        const { done, value } = await reader.read()
        assert.ok(!done, "cut")
        seen += value
      }
      await reader.cancel()
    }
    assert.ok(Date.now() - began < 1000, "an event was held back")
  } finally {
    for (const one of running.reverse()) await one.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
