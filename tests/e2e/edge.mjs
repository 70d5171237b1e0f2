// A cache in front, shared by everybody: it keeps what may be shared, and nothing else.
//
// Between the cache and ds there is an nginx that only counts what goes on to ds:
//     reader ── the cache ── nginx that counts ── ds
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { missing, startNginx } from "../node/proxies.mjs"
import { freePort, freshDirectory, sleep, startServer } from "../node/server.mjs"
import { blocksOfPage } from "../node/shell.mjs"
import { signToken } from "../node/tokens.mjs"

const admin = "the-token-of-the-administrator"
const text = { "Content-Type": "text/plain" }
// What a cache says of an answer that it had.
const kept = ["HIT", "STALE", "UPDATING", "REVALIDATED"]

export function tests() {
  const skip = () => missing("nginx")
  const test = (name, run, front = manualNginx) => ({ name, run: () => atTheEdge(front, run), skip })
  return [
    ...promises(test),
    // What keeps private data private is Cache-Control alone, so the least of a cache must do.
    test("private reads stay private, with a bare cache", privateReads, bareNginx),
    test("tokens in URLs and cookies leave nothing behind, with a bare cache", urlTokens, bareNginx),
    test("cache=private leaves nothing behind, with a bare cache", cachePrivate, bareNginx),
    test("who waits with a reader gets nothing of its answer, with a bare cache", waitingBeside, bareNginx),
  ]
}

// What a good cache does.
export function promises(test) {
  return [
    test("private reads stay private", privateReads),
    test("tokens in URLs and cookies leave nothing behind", urlTokens),
    test("cache=private leaves nothing behind", cachePrivate),
    test("who waits with a reader gets nothing of its answer", waitingBeside),
    test("reader-key URLs are shared, others are not", readerKeys),
    test("another reader key ends the sharing under the old one", anotherKey),
    test("public streams are shared, with 304 and Vary", publicStreams),
    ...[50, 250].flatMap((count) => [
      test(`${count} equal catch-up reads are one`, (edge) => collapseCatchUp(edge, count)),
      test(`${count} equal long-polls are one`, (edge) => collapseLongPoll(edge, count)),
      test(`${count} long-polls by reader key are one`, (edge) => collapseKeyed(edge, count)),
    ]),
    test("50 long-polls that nothing wakes all end", (edge) => idleLongPolls(edge, 50)),
    test("a stream made anew answers anew", madeAnew),
    test("SSE passes at once, HEAD says what it says", pastTheCache),
  ]
}

// The lines of ds-caches(7), word for word: those for http, and the location.
function manualNginx(ports, folder) {
  const [block] = blocksOfPage("ds-caches.7")
  const shown = /^(proxy_cache_path [^]*?)^(location \/ \{$[^]*?^\})$/m.exec(block)
  assert.ok(shown, "the manual shows a cache for nginx")
  const http = shown[1].replace("/var/cache/nginx-ds", `${folder}/cache`)
  return startNginx(folder, cachingServer(http, shown[2], ports))
}

// A cache that only obeys, as somebody would write it who knows nothing of ds.
function bareNginx(ports, folder) {
  const location = `location / {
            proxy_pass http://127.0.0.1:4437;
            proxy_cache ds;
            proxy_cache_key $request_uri;
            proxy_cache_lock on;
            add_header X-Proxy-Cache $upstream_cache_status always;
        }`
  return startNginx(folder, cachingServer(`proxy_cache_path ${folder}/cache keys_zone=ds:1m;`, location, ports))
}

function cachingServer(http, location, ports) {
  const shown = location.replace("127.0.0.1:4437", `127.0.0.1:${ports.counter}`)
  assert.ok(shown.includes("add_header X-Proxy-Cache") && shown.includes(`:${ports.counter}`))
  return `${http}
    server {
        listen 127.0.0.1:${ports.edge} backlog=1024;
        ${shown}
    }`
}

export function countingServer(ports, log) {
  return `log_format plain "$request_method $request_uri $status";
    server {
        listen 127.0.0.1:${ports.counter} backlog=1024;
        access_log ${log} plain;
        location / {
            proxy_pass http://127.0.0.1:${ports.ds};
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_pass_header X-Accel-Buffering;
            client_max_body_size 32m;
        }
    }`
}

// `front(ports, folder)` starts the cache: it listens on ports.edge, and asks ports.counter.
export async function atTheEdge(front, test) {
  const folder = freshDirectory("edge")
  writeFileSync(join(folder, "admin"), `${admin}\n`, { mode: 0o600 })
  const auth = ["--auth", "projects", "--admin-token-file", join(folder, "admin")]
  const server = await startServer({ args: auth })
  const ports = { ds: server.port, edge: await freePort(), counter: await freePort() }
  const log = join(folder, "upstream.log")
  const running = [startNginx(folder, countingServer(ports, log))]
  try {
    await running[0].listens(`http://127.0.0.1:${ports.counter}`)
    running.push(await front(ports, folder))
    const edge = new Edge(server.url, `http://127.0.0.1:${ports.edge}`, log)
    await running[1].listens(edge.url)
    await edge.project("shop")
    await edge.project("other")
    return await test(edge)
  } finally {
    for (const proxy of running.reverse()) await proxy.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

// A server behind a cache, and who may do what there.
class Edge {
  secrets = {}

  constructor(origin, url, log) {
    this.origin = origin
    this.url = url
    this.log = log
  }

  async project(name, more = {}) {
    this.secrets[name] ??= randomBytes(24).toString("hex")
    const body = JSON.stringify({ signingSecrets: [this.secrets[name]], ...more })
    const target = `${this.origin}/v1/config/${name}`
    const reply = await fetch(target, { method: "PUT", headers: bearer(admin), body })
    assert.ok(reply.ok, `settings of ${name}: ${reply.status}`)
  }

  token(project = "shop", more = {}) {
    const claims = { sub: project, scope: "read", exp: Math.floor(Date.now() / 1000) + 600, ...more }
    return signToken(claims, this.secrets[project])
  }

  // Past the cache, as the administrator: what is not under test.
  async make(path, { query = "", headers = {}, bodies = [] } = {}) {
    const target = `${this.origin}${path}`
    const own = { ...text, ...bearer(admin) }
    const made = await fetch(target + query, { method: "PUT", headers: { ...own, ...headers } })
    assert.equal(made.status, 201)
    const offsets = [made.headers.get("Stream-Next-Offset")]
    for (const body of bodies) offsets.push(await this.append(path, body))
    return { path, offsets, key: made.headers.get("Stream-Reader-Key") }
  }

  async append(path, body, headers = {}) {
    const own = { ...text, ...bearer(admin), ...headers }
    const reply = await fetch(this.origin + path, { method: "POST", headers: own, body })
    assert.equal(reply.status, 204)
    return reply.headers.get("Stream-Next-Offset")
  }

  async get(target, headers = {}, method = "GET") {
    return answer(await fetch(this.url + target, { method, headers }))
  }

  // What went on to ds for this target. It is written down at the end of each request.
  async upstream(target) {
    await sleep(150)
    const lines = readFileSync(this.log, "utf8").split("\n")
    return lines.filter((line) => line.startsWith(`GET ${target} `)).length
  }
}

function bearer(token) {
  return { Authorization: `Bearer ${token}` }
}

// An answer with all of its body; of events as much as comes at once.
async function answer(response) {
  const { status, headers } = response
  const events = headers.get("Content-Type") === "text/event-stream"
  const body = events && response.body ? await firstEvents(response) : await response.text()
  const said = (name) => headers.get(name)
  return { status, body, said, cache: said("X-Proxy-Cache"), control: said("Cache-Control") }
}

async function firstEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ""
  while (!seen.includes("upToDate") && !seen.includes("streamClosed")) {
    const { done, value } = await reader.read()
    if (done) break
    seen += value
  }
  await reader.cancel()
  return seen
}

function assertShared(reply, body) {
  assert.equal(reply.cache, "HIT")
  assert.equal(reply.body, body)
}

// All ways to read a stream: from its beginning, its middle, its end.
function readsOf({ path, offsets }) {
  const [first, middle, tail] = [offsets[0], offsets[1], offsets.at(-1)]
  const places = ["offset=-1", `offset=${first}`, `offset=${middle}`, `offset=${tail}`, "offset=now"]
  const plain = ["", ...places.map((place) => `?${place}`), "?offset=-1&limit=1"]
  const live = places.flatMap((place) => [`?${place}&live=long-poll`, `?${place}&live=sse`])
  return [...plain, ...live].map((query) => path + query)
}

// Reads as somebody does who may: twice, by GET, by HEAD, and with the ETag.
async function readAll(edge, targets, headers) {
  let bytes = 0
  for (const target of targets) {
    const reply = await edge.get(target, headers)
    assert.ok([200, 204].includes(reply.status), `${reply.status} for ${target}`)
    bytes += reply.body.length
    const etag = reply.said("ETag") ?? '"none"'
    await edge.get(target, headers)
    await edge.get(target, headers, "HEAD")
    const same = await edge.get(target, { ...headers, "If-None-Match": etag })
    assert.ok([200, 204, 304].includes(same.status))
  }
  assert.ok(bytes > 0)
}

// Who asks without being allowed to: with what headers.
function strangers(edge, etag) {
  const good = edge.token()
  const foreign = edge.token("other")
  return [
    {},
    bearer("nonsense"),
    bearer(`${good}x`),
    bearer(foreign),
    bearer(signToken({ sub: "shop", scope: "manage", exp: 9999999999 }, edge.secrets.other)),
    bearer(edge.token("shop", { exp: 1000000000 })),
    { Authorization: `Basic ${good}` },
    { Cookie: `ds_token=${foreign}` },
    { "If-None-Match": etag },
    { "If-None-Match": "*" },
    { Range: "bytes=0-3" },
    { "Cache-Control": "only-if-cached" },
  ]
}

// Other spellings of a target: what a stranger may try who does not know the reader key.
function spellings(target, foreignKey) {
  const [path, query = ""] = target.split("?")
  const parts = query.split("&").filter((part) => part && !part.startsWith("rk="))
  const known = [path, parts.join("&")].filter(Boolean).join("?")
  const more = (part) => `${known}${known.includes("?") ? "&" : "?"}${part}`
  const keys = ["", "rk=", "rk=nonsense", `rk=${foreignKey}`, `rk=${foreignKey}&rk=${foreignKey}`]
  const spelled = keys.map((key) => (key ? more(key) : known))
  spelled.push(more("token="), more("token=nonsense"), more(parts[0] ?? "offset=-1"))
  spelled.push(`${path}?rk=nonsense&${[...parts].reverse().join("&")}`)
  spelled.push(known.replace("/v1/", "//v1/"), known.replace("/v1/stream/", "/v1/stream/./"))
  return spelled
}

// Nobody who may not read gets a byte or a fact of it, and nothing comes out of the cache.
async function assertClosed(edge, targets, secret, foreignKey, etag) {
  let tried = 0
  const attack = async (target, headers, { method = "GET", status = 401 } = {}) => {
    const reply = await edge.get(target, headers, method)
    const what = `${method} ${target} ${JSON.stringify(headers)}: ${reply.status} ${reply.cache}`
    // A path that is spelled oddly may be no stream's at all.
    const odd = !target.startsWith("/v1/stream/") || target.includes("/./")
    assert.ok(reply.status === status || (odd && [400, 404].includes(reply.status)), what)
    assert.ok(!kept.includes(reply.cache), what)
    assert.ok(!reply.body.includes(secret), what)
    for (const fact of ["Stream-Next-Offset", "ETag", "Stream-Reader-Key"])
      assert.equal(reply.said(fact), null, what)
    ++tried
  }
  for (const target of targets) {
    for (const headers of strangers(edge, etag)) await attack(target, headers)
    for (const spelled of spellings(target, foreignKey)) {
      await attack(spelled, {})
      await attack(spelled, bearer(edge.token("other")))
    }
    await attack(target, {}, { method: "HEAD" })
    const elsewhere = edge.token(target.split("/")[3], { stream_id: "elsewhere" })
    await attack(target, bearer(elsewhere), { status: 403 })
  }
  return tried
}

function freshSecret() {
  return `secret-${randomBytes(8).toString("hex")}.`
}

// An open stream and a closed one; the reads that wait at an open tail are left out.
async function twoStreams(edge, project, secret, more = {}) {
  const bodies = [secret, secret, secret]
  const open = await edge.make(`/v1/stream/${project}/open`, { bodies, ...more })
  const closed = await edge.make(`/v1/stream/${project}/closed`, { bodies, ...more })
  await edge.append(closed.path, undefined, { "Stream-Closed": "true" })
  const tail = open.offsets.at(-1)
  const waits = (target) => /live=long-poll/.test(target) && /offset=(now|[^-])/.test(target) &&
    (target.includes("now") || target.includes(tail))
  const targets = [...readsOf(open).filter((target) => !waits(target)), ...readsOf(closed)]
  return { open, closed, targets }
}

async function privateReads(edge) {
  const secret = freshSecret()
  const { open, closed, targets } = await twoStreams(edge, "shop", secret)
  const foreign = await edge.make("/v1/stream/shop/foreign", { bodies: ["public knowledge"] })
  // First the strangers, so that what they were told is not kept for the readers either.
  let tried = await assertClosed(edge, targets.slice(0, 3), secret, foreign.key, '"x"')
  await readAll(edge, targets, bearer(edge.token()))
  const { said } = await edge.get(`${open.path}?offset=-1`, bearer(edge.token()))
  tried += await assertClosed(edge, targets, secret, foreign.key, said("ETag"))
  // And after reads that are in the cache, under URLs that only readers know.
  for (const stream of [open, closed]) {
    const own = targets.filter((target) => target.split("?")[0] === stream.path)
    const keyed = own.map((target) => `${target}${target.includes("?") ? "&" : "?"}rk=${stream.key}`)
    await readAll(edge, keyed, bearer(edge.token()))
    tried += await assertClosed(edge, own, secret, foreign.key, said("ETag"))
    tried += await assertClosed(edge, almost(keyed, stream.key), secret, foreign.key, said("ETag"))
  }
  return `${tried} requests of strangers, none was let in`
}

// The URLs that are in the cache, but for one detail.
function almost(keyed, key) {
  const changed = key[0] === "A" ? "B" : "A"
  return [
    ...keyed.map((target) => target.replace(key, changed + key.slice(1))),
    ...keyed.map((target) => target.replace(key, key.slice(0, -1))),
    ...keyed.map((target) => target.replace(key, `%${key.charCodeAt(0).toString(16)}${key.slice(1)}`)),
    ...keyed.map((target) => `${target}&rk=${key}`),
    ...keyed.map((target) => `${target}&`),
  ]
}

async function urlTokens(edge) {
  await edge.project("shop", { queryToken: true, cookieToken: true })
  const secret = freshSecret()
  const { open, closed, targets } = await twoStreams(edge, "shop", secret)
  const good = edge.token()
  const join = (target, part) => `${target}${target.includes("?") ? "&" : "?"}${part}`
  const byUrl = targets.map((target) => join(target, `token=${good}`))
  const withKey = [open, closed].map(({ path, key }) => `${path}?offset=-1&rk=${key}`)
  await readAll(edge, byUrl, {})
  await readAll(edge, [...targets, ...withKey], { Cookie: `ds_token=${good}` })
  const tried = await assertClosed(edge, [...targets, ...withKey], secret, "foreign", '"x"')
  // Not even under the very same URL: what is asked anew was not kept.
  for (const target of byUrl) {
    const again = await edge.get(target)
    assert.ok(!kept.includes(again.cache))
    assert.match(again.control, /no-store/)
  }
  return `${tried} requests of strangers`
}

async function cachePrivate(edge) {
  await edge.project("vault", { cacheMode: "private" })
  const secret = freshSecret()
  let tried = 0
  for (const [project, query] of [["vault", ""], ["shop", "?cache=private"]]) {
    const { open, closed, targets } = await twoStreams(edge, project, secret, { query })
    const keyed = [open, closed].map(({ path, key }) => `${path}?offset=-1&rk=${key}`)
    await readAll(edge, [...targets, ...keyed], bearer(edge.token(project)))
    const again = await edge.get(keyed[0], bearer(edge.token(project)))
    assert.equal(again.control, "private, no-store")
    assert.ok(!kept.includes(again.cache))
    // Here even the whole URL is worth nothing without a token.
    tried += await assertClosed(edge, [...targets, ...keyed], secret, "foreign", '"x"')
  }
  return `${tried} requests of strangers`
}

// nginx holds back who asks for the same: what the first one gets may not become theirs.
async function waitingBeside(edge) {
  const secret = freshSecret()
  const { path, offsets } = await edge.make("/v1/stream/shop/waiting", { bodies: ["before"] })
  const target = `${path}?offset=${offsets.at(-1)}&live=long-poll`
  const reader = edge.get(target, bearer(edge.token()))
  await sleep(200)
  const beside = Array.from({ length: 10 }, () => edge.get(target))
  await sleep(200)
  await edge.append(path, secret)
  assert.equal((await reader).body, secret)
  for (const reply of await Promise.all(beside)) {
    assert.equal(reply.status, 401)
    assert.ok(!reply.body.includes(secret))
  }
}

async function readerKeys(edge) {
  const bodies = ["one ", "two ", "three"]
  const { path, offsets, key } = await edge.make("/v1/stream/shop/keyed", { bodies })
  const told = await edge.get(path, bearer(edge.token()), "HEAD")
  assert.equal(told.said("Stream-Reader-Key"), key, "a reader is told the key")
  const places = ["offset=-1", `offset=${offsets[1]}`, "offset=-1&live=long-poll"]
  const queries = places.map((place) => `?${place}&rk=${key}`)
  for (const query of queries) {
    const first = await edge.get(path + query, bearer(edge.token()))
    assert.equal(first.cache, "MISS")
    assert.match(first.control, /^public, max-age=/)
    assertShared(await edge.get(path + query, bearer(edge.token())), first.body)
    // The URL is the secret: so the manual says.
    assertShared(await edge.get(path + query), first.body)
    const again = { "If-None-Match": first.said("ETag"), ...bearer(edge.token()) }
    const same = await edge.get(path + query, again)
    assert.equal(same.status, 304)
    assert.equal(await edge.upstream(path + query), 1)
  }
  for (const query of [`?offset=-1`, `?offset=-1&rk=nonsense`, `?offset=now&rk=${key}`]) {
    for (let i = 0; i < 2; ++i)
      assert.ok(!kept.includes((await edge.get(path + query, bearer(edge.token()))).cache))
    assert.equal(await edge.upstream(path + query), 2)
  }
}

async function anotherKey(edge) {
  const secret = freshSecret()
  const bodies = [secret, "more"]
  const { path, offsets, key } = await edge.make("/v1/stream/shop/changed", { bodies })
  const asReader = bearer(edge.token())
  const old = `${path}?offset=-1&rk=${key}`
  await edge.get(old, asReader)
  const change = `${edge.origin}/v1/reader-key/shop/changed`
  const reply = await fetch(change, { method: "POST", headers: bearer(admin) })
  const { readerKey } = await reply.json()
  assert.notEqual(readerKey, key)
  // What is kept is kept for its minute, as the manual says.
  assertShared(await edge.get(old), `${secret}more`)
  // But nothing more is shared under the old key, whoever asks for it first.
  const late = `${path}?offset=${offsets[0]}&rk=${key}`
  for (let i = 0; i < 2; ++i) {
    const read = await edge.get(late, asReader)
    assert.match(read.control, /^private, /)
    assert.equal(read.cache, "MISS")
  }
  await assertClosed(edge, [late], secret, "foreign", '"x"')
  const anew = `${path}?offset=-1&rk=${readerKey}`
  await assertClosed(edge, [anew], secret, "foreign", '"x"')
  await edge.get(anew, asReader)
  assertShared(await edge.get(anew, asReader), `${secret}more`)
}

async function publicStreams(edge) {
  const bodies = ["one ", "two"]
  const { path, offsets } = await edge.make("/v1/stream/shop/public", { query: "?public=true", bodies })
  const places = [`?offset=${offsets[1]}`, `?offset=${offsets[2]}`]
  const queries = ["", "?offset=-1", ...places, "?offset=-1&limit=1", "?offset=-1&live=long-poll"]
  const facts = ["Stream-Next-Offset", "Stream-Up-To-Date", "Stream-Cursor", "ETag", "Content-Type"]
  for (const query of queries) {
    const first = await edge.get(path + query)
    assert.equal(first.cache, "MISS")
    const second = await edge.get(path + query)
    assertShared(second, first.body)
    for (const name of facts) assert.equal(second.said(name), first.said(name), name)
    const same = await edge.get(path + query, { "If-None-Match": first.said("ETag") })
    assert.equal(same.status, 304)
    assert.equal(same.body, "")
    const other = await edge.get(path + query, { "If-None-Match": '"other"' })
    assertShared(other, first.body)
    assert.equal(await edge.upstream(path + query), 1)
  }
  // A first asker with an ETag leaves no 304 behind for the others.
  const etag = (await edge.get(path)).said("ETag")
  const fresh = `${path}?offset=-1&first=etag`
  assert.equal((await edge.get(fresh, { "If-None-Match": etag })).status, 304)
  assertShared(await edge.get(fresh), "one two")
  await edge.append(path, undefined, { "Stream-Closed": "true" })
  const end = `${path}?offset=${offsets[2]}&live=long-poll`
  assert.deepEqual([(await edge.get(end)).status, (await edge.get(end)).cache], [204, "HIT"])
  await allowedOrigins(edge, path)
}

// Where only some pages may read, each is told so itself, and none gets what another was told.
async function allowedOrigins(edge, path) {
  const [a, b, c] = ["https://a.example", "https://b.example", "https://c.example"]
  await edge.project("shop", { corsOrigins: [a, b] })
  const target = `${path}?offset=-1&from=pages`
  for (const cache of ["MISS", "HIT"])
    for (const [origin, told] of [[a, a], [b, b], [c, null]]) {
      const reply = await edge.get(target, { Origin: origin })
      assert.equal(reply.said("Access-Control-Allow-Origin"), told)
      assert.equal(reply.cache, cache)
      assert.equal(reply.body, "one two")
    }
}

function tally(replies) {
  const counts = {}
  for (const { cache } of replies) counts[cache] = (counts[cache] ?? 0) + 1
  return Object.entries(counts).map(([status, count]) => `${count} ${status}`).join(", ")
}

// All the same and right, and one of them went on to ds.
async function assertOne(edge, target, replies, body) {
  for (const reply of replies) {
    assert.equal(reply.status, 200)
    assert.equal(reply.body, body)
  }
  const upstream = await edge.upstream(target)
  assert.equal(upstream, 1, `${tally(replies)}; ${upstream} requests to ds`)
  return `${tally(replies)}; ${upstream} request to ds`
}

async function collapseCatchUp(edge, count) {
  const page = "x".repeat(300000)
  const bodies = ["first", page, "last"]
  const { path, offsets } = await edge.make("/v1/stream/shop/many", { query: "?public=true", bodies })
  const target = `${path}?offset=${offsets[1]}`
  const replies = await Promise.all(Array.from({ length: count }, () => edge.get(target)))
  return assertOne(edge, target, replies, `${page}last`)
}

async function collapseLongPoll(edge, count, more = { query: "?public=true" }, headers = {}) {
  const wanted = { bodies: ["before"], ...more }
  const { path, offsets, key } = await edge.make("/v1/stream/shop/live", wanted)
  const place = `?offset=${offsets.at(-1)}&live=long-poll&cursor=1`
  const target = `${path}${place}${key ? `&rk=${key}` : ""}`
  let early = 0
  const waiting = Array.from({ length: count }, () => edge.get(target, headers).finally(() => ++early))
  await sleep(1250) // nginx looks every half second whether there is an answer
  assert.equal(early, 0, "they wait")
  const began = Date.now()
  await edge.append(path, "wake up")
  const replies = await Promise.all(waiting)
  const took = Date.now() - began
  return `${await assertOne(edge, target, replies, "wake up")}; the last one was told after ${took} ms`
}

function collapseKeyed(edge, count) {
  return collapseLongPoll(edge, count, {}, bearer(edge.token()))
}

// "Nothing came" may not be kept, so those who waited for the first asker then ask for themselves.
async function idleLongPolls(edge, count) {
  const wanted = { query: "?public=true", bodies: ["before"] }
  const { path, offsets } = await edge.make("/v1/stream/shop/idle", wanted)
  const target = `${path}?offset=${offsets.at(-1)}&live=long-poll`
  const began = Date.now()
  const replies = await Promise.all(Array.from({ length: count }, () => edge.get(target)))
  const took = Date.now() - began
  for (const { status, said } of replies) {
    assert.equal(status, 204)
    assert.ok(said("Stream-Cursor"))
  }
  assert.ok(took < 12000, `${took} ms`)
  return `${await edge.upstream(target)} requests to ds; the last one was told after ${took} ms`
}

async function madeAnew(edge) {
  const path = "/v1/stream/shop/anew"
  const asReader = bearer(edge.token())
  const headers = { "Stream-TTL": "4" }
  const old = await edge.make(path, { headers, bodies: ["old bytes"] })
  const oldUrl = `${path}?offset=-1&rk=${old.key}`
  const first = await edge.get(oldUrl, asReader)
  assert.equal(first.body, "old bytes")
  const age = Number(/^public, max-age=([0-9]+)$/.exec(first.control)?.[1])
  assert.ok(age <= 4)
  const read = Date.now()
  const removed = await fetch(edge.origin + path, { method: "DELETE", headers: bearer(admin) })
  assert.equal(removed.status, 204)
  const anew = await edge.make(path, { bodies: ["new bytes"] })
  assert.notEqual(anew.key, old.key)
  // ds itself, at once, also for who brings the old ETag or the old key.
  const stale = { ...asReader, "If-None-Match": first.said("ETag") }
  const direct = await answer(await fetch(edge.origin + oldUrl, { headers: stale }))
  assert.deepEqual([direct.status, direct.body], [200, "new bytes"])
  assert.match(direct.control, /^private, /)
  // Under the new key nothing old was ever kept.
  const newUrl = `${path}?offset=-1&rk=${anew.key}`
  assert.equal((await edge.get(newUrl, asReader)).body, "new bytes")
  assertShared(await edge.get(newUrl, asReader), "new bytes")
  // What the cache has of the old stream is gone when its age is over.
  await sleep(Math.max(0, read + (age + 1) * 1000 - Date.now()))
  const later = await edge.get(oldUrl, asReader)
  assert.equal(later.body, "new bytes")
  assert.ok(!kept.includes(later.cache))
  assert.equal((await edge.get(oldUrl)).status, 401)
  return `max-age=${age}`
}

async function pastTheCache(edge) {
  const { path, key } = await edge.make("/v1/stream/shop/events", { bodies: ["before."] })
  const asReader = bearer(edge.token())
  const response = await fetch(`${edge.url}${path}?offset=-1&live=sse&rk=${key}`, { headers: asReader })
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ""
  const see = async (wanted) => {
    while (!seen.includes(wanted)) seen += (await reader.read()).value
  }
  await see("upToDate")
  for (let i = 0; i < 10; ++i) {
    const began = Date.now()
    await edge.append(path, `event ${i}.`)
    await see(`data:event ${i}.`)
    assert.ok(Date.now() - began < 1000, "an event was held back")
  }
  await reader.cancel()
  // A GET that is in the cache does not answer for a HEAD.
  const url = `${path}?rk=${key}`
  await edge.get(url, asReader)
  assert.equal((await edge.get(url, asReader)).cache, "HIT")
  const head = await edge.get(url, asReader, "HEAD")
  assert.deepEqual([head.cache, head.said("Stream-Reader-Key")], ["BYPASS", key])
  assert.equal((await edge.get(url, {}, "HEAD")).status, 401)
}
