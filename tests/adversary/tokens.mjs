// Tokens that are worth nothing, or less than they say.
import assert from "node:assert/strict"
import { createHmac } from "node:crypto"

import { signToken } from "../node/tokens.mjs"
import { adminToken, against, ask, json, many, must, secretOf, tally, unnoticed, within } from "./world.mjs"

const path = "/v1/stream/shop/a"
const text = "text/plain"
const now = () => Math.floor(Date.now() / 1000)

export function tests({ long, sanitized }) {
  return [
    { name: "worthless tokens open nothing", run: () => worthless(sanitized) },
    { name: "tokens open no more than they say", run: () => narrow(sanitized) },
    { name: "tokens are not guessed in quantity", run: () => guessed(long ? 20000 : 500, sanitized) },
  ]
}

const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url")

function signed(header, claims, secret = secretOf("shop"), hash = "sha256") {
  const said = `${part(header)}.${part(claims)}`
  return `${said}.${createHmac(hash, secret).update(said).digest("base64url")}`
}

// With a good signature where there can be one.
function forgeries() {
  const hs256 = { alg: "HS256", typ: "JWT" }
  const claims = { sub: "shop", scope: "manage", exp: now() + 3600 }
  const good = signToken(claims, secretOf("shop"))
  const [head, body, signature] = good.split(".")
  const huge = "x".repeat(6000)
  const bad = {
    "alg none": `${part({ alg: "none", typ: "JWT" })}.${body}.`,
    "alg none, with a signature": `${part({ alg: "none" })}.${body}.${signature}`,
    "alg nOnE": signed({ alg: "nOnE" }, claims),
    "another alg": signed({ alg: "HS512" }, claims, secretOf("shop"), "sha512"),
    "alg RS256, signed with the secret": signed({ alg: "RS256" }, claims),
    "no alg": signed({ typ: "JWT" }, claims),
    "alg is a list": signed({ alg: ["HS256"] }, claims),
    "two algs": signed('{"alg":"none","alg":"RS256"}', claims),
    "an extension to be understood": signed({ ...hs256, crit: ["b64"], b64: false }, claims),
    "another type": signed({ ...hs256, typ: "JWE" }, claims),
    "no signature": `${head}.${body}.`,
    "two parts": `${head}.${body}`,
    "four parts": `${good}.${signature}`,
    "five parts": `${good}..`,
    "half a signature": `${head}.${body}.${signature.slice(0, 20)}`,
    "more than a signature": `${good}AAAA`,
    "other claims under the same signature": `${head}.${part({ ...claims, scope: "read" })}.${signature}`,
    "another secret": signToken(claims, "a secret that nobody was told about"),
    "no secret": signToken(claims, ""),
    "the secret of a neighbour": signToken(claims, secretOf("neighbour")),
    "another sub": signed(hs256, { ...claims, sub: "neighbour" }, secretOf("neighbour")),
    "no sub": signed(hs256, { ...claims, sub: undefined }),
    "sub is a list": signed(hs256, { ...claims, sub: ["shop"] }),
    "sub with a NUL": signed(hs256, { ...claims, sub: "shop\0" }, secretOf("neighbour")),
    "no exp": signed(hs256, { ...claims, exp: undefined }),
    "expired": signed(hs256, { ...claims, exp: now() - 3600 }),
    "exp is a text": signed(hs256, { ...claims, exp: String(now() + 3600) }),
    "exp without end": signed(hs256, '{"sub":"shop","scope":"manage","exp":1e999}'),
    "exp of another age": signed(hs256, '{"sub":"shop","scope":"manage","exp":9223372036854775807}'),
    "not yet": signed(hs256, { ...claims, nbf: now() + 3600 }),
    "made tomorrow": signed(hs256, { ...claims, iat: now() + 86400 }),
    "nbf is a text": signed(hs256, { ...claims, nbf: "0" }),
    "no scope": signed(hs256, { ...claims, scope: undefined }),
    "an unknown scope": signed(hs256, { ...claims, scope: "admin" }),
    "all scopes": signed(hs256, { ...claims, scope: "read write manage" }),
    "scope is a list": signed(hs256, { ...claims, scope: ["manage"] }),
    "a stream that is no text": signed(hs256, { ...claims, stream_id: 1 }),
    "a stream that is empty": signed(hs256, { ...claims, stream_id: "" }),
    "no claims": signed(hs256, "null"),
    "claims are a list": signed(hs256, "[]"),
    "claims are no JSON": signed(hs256, "{"),
    "claims nested deep": signed(hs256, "[".repeat(2500)),
    "claims are no text": signed(hs256, Buffer.from([0xff, 0xfe, 0]).toString("latin1")),
    "huge": signed(hs256, { ...claims, nonce: huge }),
    "huge and empty": huge,
    "dots": ".".repeat(3000),
    "padded": `${head}=.${body}==.${signature}=`,
    "base64 of the other kind": "+/+/.+/+/.+/+/",
    "nothing": " ",
    "the administrator's, nearly": adminToken.slice(0, -1),
    "the administrator's, and more": `${adminToken}x`,
  }
  return { good, bad }
}

function worthless(sanitized) {
  return against({ sanitized }, (world) =>
    unnoticed(world, async () => {
      await must(201, world, "PUT", path, { type: text, body: "kept" })
      const { good, bad } = forgeries()
      const asked = [
        ["GET", `${path}?offset=-1`], ["HEAD", path], ["POST", path, "x"], ["DELETE", path], ["PUT", path],
        ["POST", "/v1/estuary/subscribe/shop/a", '{"estuaryId":"e"}'], ["GET", "/v1/config/shop"],
        ["GET", "/v1/stream/shop/__ds/subscriptions/x"],
      ]
      for (const [what, token] of Object.entries(bad))
        await Promise.all(asked.map(async ([method, at, body]) => {
          const answer = await ask(world, method, at, { token, body, type: at === path ? text : json })
          assert.equal(answer.status, 401, `${what}: ${method} ${at}: ${answer.status} ${answer.text}`)
          assert.ok(!answer.text.includes("kept"))
        }))
      // The same ones beside a good one, and in places that the project has not opened.
      const elsewhere = [
        { Cookie: `ds_token=${good}` }, { Authorization: `Basic ${good}` }, { "X-Authorization": `Bearer ${good}` },
      ]
      for (const headers of elsewhere)
        assert.equal((await ask(world, "GET", path, { token: "", headers })).status, 401, JSON.stringify(headers))
      assert.equal((await ask(world, "GET", `${path}?token=${good}`, { token: "" })).status, 401)
      assert.equal((await must(200, world, "GET", path, { token: good })).text, "kept")
      return `${Object.keys(bad).length} tokens`
    }),
  )
}

function narrow(sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: text, body: "kept" })
    await must(201, world, "PUT", `${path}/b`, { type: text, body: "other" })
    const read = world.token("shop", { scope: "read" })
    const write = world.token("shop", { scope: "write" })
    const one = world.token("shop", { stream_id: "a" })
    const foreign = world.token("neighbour")
    const refused = [
      [read, "POST", path], [read, "PUT", path], [read, "DELETE", path], [read, "PUT", "/v1/stream/shop/new"],
      [read, "POST", "/v1/estuary/publish/shop/a"], [read, "POST", "/v1/reader-key/shop/a"], [write, "DELETE", path],
      [write, "POST", "/v1/reader-key/shop/a"], [write, "GET", "/v1/config/shop"], [one, "GET", `${path}/b`],
      [one, "POST", `${path}/b`], [one, "PUT", "/v1/stream/shop/new"], [one, "GET", "/v1/config/shop"],
      [one, "GET", "/v1/stream/shop/A"], [one, "GET", "/v1/stream/shop/%61%2f"],
      [one, "POST", "/v1/estuary/subscribe/shop/a%2fb"], [foreign, "GET", path], [foreign, "POST", path],
      [foreign, "DELETE", path], [foreign, "GET", "/v1/config/shop"],
    ]
    for (const [token, method, at] of refused) {
      const body = ["GET", "DELETE"].includes(method) ? undefined : "x"
      const answer = await ask(world, method, at, { token, body, type: text })
      assert.ok([400, 401, 403].includes(answer.status), `${method} ${at}: ${answer.status} ${answer.text}`)
    }
    // A fork shows what is in its source.
    for (const token of [one, foreign]) {
      const fork = token === one ? "shop/a" : "neighbour/fork"
      const headers = { "Stream-Forked-From": "/v1/stream/shop/a/b" }
      const answer = await ask(world, "PUT", `/v1/stream/${fork}`, { token, type: text, headers })
      assert.ok([400, 403, 404, 409].includes(answer.status), `${answer.status} ${answer.text}`)
    }
    assert.equal((await must(200, world, "GET", path)).text, "kept")
    assert.equal((await must(200, world, "GET", `${path}/b`, {})).text, "other")
    await must(404, world, "GET", "/v1/stream/shop/new")
  })
}

// Each of them costs a signature; neither memory nor the log grows with them.
function guessed(count, sanitized) {
  return against({ sanitized }, (world) =>
    within(world, 24, () =>
      unnoticed(world, async () => {
        const told = []
        await many(count, 32, async (i) => {
          const claims = { sub: "shop", scope: "manage", exp: now() + 3600, nonce: `${i} ${"n".repeat(1500)}` }
          told.push((await ask(world, "GET", path, { token: signToken(claims, `a guess, the ${i}th of all`) })).status)
        })
        assert.deepEqual(tally(told), { 401: count })
        const logged = world.server.logged()
        assert.ok(logged < 100_000, `${logged} bytes of log`)
        return `${count} tokens`
      }, { usual: 400 }),
    ),
  )
}
