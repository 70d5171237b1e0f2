// Pages of others: what a browser that visits them would ask of a server that asks for no token, and what it would
// run of streams that somebody has filled.
import assert from "node:assert/strict"

import { until } from "../node/server.mjs"
import { against, ask, headOf, many, must, peer, tally, unnoticed } from "./world.mjs"

const path = "/v1/stream/shop/a"

export function tests({ sanitized }) {
  return [
    { name: "an open server answers no foreign page", run: () => foreign(sanitized) },
    { name: "no stream runs as a page", run: () => active(sanitized) },
  ]
}

// Names that lead here although they are somebody else's, and origins that are not this machine's.
function foreign(sanitized) {
  return against({ hook: true, sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: "text/plain", body: "kept" })
    const { port } = world.server
    const hosts = [
      `evil.example:${port}`, "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1.nip.io",
      "localhost:1@evil.example", "[::ffff:8.8.8.8]", "8.8.8.8", "0.0.0.0.evil.example", "evil.example.",
    ]
    const origins = [
      "https://evil.example", "null", "http://127.0.0.1.evil.example", "http://localhost.evil.example", "file://",
      "http://evil.example:80", "http://127.0.0.1@evil.example", "chrome-extension://abc", "https://xlocalhost", "",
    ]
    const tricks = [
      ...hosts.map((host) => `Host: ${host}\r\n`),
      ...origins.map((origin) => `Host: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\n`),
    ]
    const asked = [["GET", path], ["POST", path], ["PUT", "/v1/stream/shop/new"], ["DELETE", path],
      ["PUT", "/v1/stream/shop/__ds/subscriptions/evil"], ["POST", "/v1/estuary/subscribe/shop/a"]]
    return unnoticed(world, async () => {
      const told = []
      await many(tricks.length * asked.length, 16, async (i) => {
        const trick = tricks[Math.floor(i / asked.length)]
        const [method, at] = asked[i % asked.length]
        const more = "Content-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n"
        const one = peer(world, `${method} ${at} HTTP/1.1\r\n${trick}${more}\r\n{}`)
        await until("an answer", () => one.over)
        const status = one.said.slice(9, 12)
        assert.match(status, /^40[013]$/, `${method} ${at} ${JSON.stringify(trick)}: ${one.said}`)
        assert.ok(!one.said.includes("kept"), one.said)
        told.push(status)
      })
      // A form, or an image, says no origin; a browser says where it was.
      for (const method of ["POST", "PUT", "DELETE"]) {
        const headers = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }
        await must(403, world, method, path, { type: "text/plain", body: "x", headers })
      }
      const answer = await ask(world, "OPTIONS", path, {
        headers: { Origin: "https://evil.example", "Access-Control-Request-Method": "DELETE" },
      })
      assert.ok(!["*", "https://evil.example"].includes(answer.headers.get("access-control-allow-origin")))
      assert.equal((await must(200, world, "GET", path)).text, "kept")
      await must(404, world, "GET", "/v1/stream/shop/new")
      return JSON.stringify(tally(told))
    })
  })
}

// The types that some browser would run, or take for another one.
function active(sanitized) {
  return against({ sanitized }, async (world) => {
    const script = "<script>fetch('/v1/stream/neighbour/own')</script>"
    const types = [
      "text/html", "TEXT/HTML", "text/html;charset=utf-7", "image/svg+xml", "application/xhtml+xml", "application/xml",
      "text/xml", "text/xsl", "application/xslt+xml", "application/rss+xml", "application/atom+xml", "text/javascript",
      "application/javascript", "application/pdf", "multipart/x-mixed-replace; boundary=a", "message/rfc822",
      "application/mathml+xml", "text/vtt", "text/css", "text/cache-manifest", "application/x-shockwave-flash",
      "application/octet-stream", "text/plain", "x/y", "image/png", "application/manifest+json",
    ]
    for (const [i, type] of types.entries()) {
      const at = `/v1/stream/shop/p${i}?public=true`
      await must(201, world, "PUT", at, { type, body: script })
      for (const query of ["?offset=-1", "", "?offset=-1&live=long-poll"]) {
        const { headers } = await must(200, world, "GET", `/v1/stream/shop/p${i}${query}`, { token: "" })
        const policy = headers.get("content-security-policy") ?? ""
        assert.match(policy, /(^|;)\s*sandbox(;|$)/, `${type}: ${policy}`)
        assert.match(policy, /default-src 'none'/, `${type}: ${policy}`)
        assert.equal(headers.get("x-content-type-options"), "nosniff", type)
      }
    }
    // Nor does what is said of an error, or of a stream whose name is a page.
    const name = encodeURIComponent("<script>alert(1)</script>")
    for (const at of [`/v1/stream/shop/${name}`, `/v1/stream/${name}`, `/${name}`, `/v1/estuary/shop/${name}`]) {
      const one = peer(world, headOf(world, "GET", at, "Connection: close\r\n"))
      await until("an answer", () => one.over)
      assert.match(one.said, /content-type: (application\/json|text\/plain)/i, one.said)
      assert.match(one.said, /x-content-type-options: nosniff/i, one.said)
    }
  })
}
