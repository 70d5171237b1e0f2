// Paths that mean something else to somebody, heads without end, and noise.
import assert from "node:assert/strict"

import { until } from "../node/server.mjs"
import { against, headOf, many, must, peer, tally, unnoticed, within } from "./world.mjs"

const path = "/v1/stream/shop/a"
const text = "Content-Type: text/plain\r\n"

export function tests({ long, sanitized }) {
  return [
    { name: "heads without end", run: () => endless(long ? 400 : 60, sanitized) },
    { name: "paths that lead elsewhere", run: () => paths(sanitized) },
    { name: "noise", run: () => noise(long ? 20000 : 1200, sanitized) },
  ]
}

function endless(count, sanitized) {
  return against({ sanitized }, (world) =>
    within(world, 24, () =>
      unnoticed(world, async () => {
        const begin = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        const bytes = [
          `${begin}X: ${"x".repeat(1 << 20)}`,
          `${begin}${"X: x\r\n".repeat(100000)}`,
          `GET /${"a/".repeat(300000)} HTTP/1.1\r\n`,
          `GET /v1/stream/shop/a?${"cursor=a&".repeat(100000)} HTTP/1.1\r\n`,
          `${begin}Cookie: ${"a=b; ".repeat(100000)}\r\n\r\n`,
          `${begin}Authorization: Bearer ${"e".repeat(500000)}\r\n\r\n`,
          "\r\n".repeat(300000),
          "x".repeat(1 << 20),
        ]
        const peers = Array.from({ length: count }, (_, i) => peer(world, bytes[i % bytes.length]))
        // Empty lines before a request are nothing, and go on as they like.
        const nothing = (i) => i % bytes.length === 6
        await until("all are refused", () => peers.every((one, i) => one.over || nothing(i)), 20000 * world.slow)
        const told = tally(peers.filter((_, i) => !nothing(i)).map((one) => one.said.slice(9, 12)))
        for (const one of peers) one.cut()
        // Whoever is still sending may lose the answer with its connection.
        for (const status of Object.keys(told)) assert.ok(["431", "400", "414", ""].includes(status), status)
        return JSON.stringify(told)
      }),
    ),
  )
}

// As they are: fetch() would tidy them up.
function paths(sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/neighbour/secret", { type: "text/plain", body: "of a neighbour" })
    return unnoticed(world, async () => {
      const token = world.token("shop")
      const tricks = [
        "../neighbour/secret", "%2e%2e/neighbour/secret", "..%2fneighbour%2fsecret", "shop/../neighbour/secret",
        "shop/%2e%2e/neighbour/secret", "shop/..%2f..%2fneighbour%2fsecret", "shop//neighbour/secret",
        "/neighbour/secret", "shop/%2e", "shop/.", "shop/a%00", "shop/a%00b", "shop/%0d%0aX-A:%20b", "shop/%ff%fe",
        "shop/%c0%ae%c0%ae/neighbour/secret", "shop/%ed%a0%80", "shop/%", "shop/%zz", "shop/%u002e",
        "shop\\..\\neighbour",
        "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "../../../../etc/passwd", "shop/__ds/../../neighbour/secret",
        "__ds/subscriptions/x", "shop/__ds", `shop/${"a".repeat(513)}`, `shop/${"%41".repeat(513)}`,
        `${"p".repeat(65)}/a`, "shop%2Fa%2F..%2F..%2Fneighbour%2Fsecret", "shop/a;/../neighbour/secret",
        "neighbour%00/secret", "NEIGHBOUR/secret", "neighbour/secret/", "neighbour/secret%20", "neighbour%2fsecret",
        "shop/a#/../../neighbour/secret",
      ]
      const roots = ["/v1/stream/", "/v1/estuary/", "/v1/estuary/subscribe/", "/v1/config/", "/v1/reader-key/"]
      const asked = roots.flatMap((root) => tricks.map((trick) => root + trick))
      asked.push("//v1/stream/neighbour/secret", "/v1//stream/neighbour/secret", "/./v1/stream/neighbour/secret",
        "/health/../v1/stream/neighbour/secret", "http://127.0.0.1/v1/stream/neighbour/secret", "*",
        "http://evil.example?/v1/stream/neighbour/secret", "http:/v1/stream/neighbour/secret", "shop/a",
        "/v1/stream/shop/a\x7f", "/v1/stream/shop/\xe9", "/openapi.json/../v1/config", "/v1/config%2f")
      const told = []
      await many(asked.length * 3, 16, async (i) => {
        const target = asked[Math.floor(i / 3)]
        const method = ["GET", "POST", "DELETE"][i % 3]
        const one = peer(world)
        const bearer = `Authorization: Bearer ${token}\r\n`
        const rest = `HTTP/1.1\r\nHost: 127.0.0.1\r\n${bearer}${text}Connection: close\r\nContent-Length: 1\r\n\r\nx`
        one.socket.write(`${method} ${target} ${rest}`, "latin1")
        await until("an answer", () => one.over)
        const status = one.said.slice(9, 12)
        assert.match(status, /^(40[01345]|415)$/, `${method} ${JSON.stringify(target)}: ${one.said}`)
        assert.ok(!/of a neighbour|root:|\r\nX-A: b/.test(one.said), `${method} ${target} led somewhere: ${one.said}`)
        told.push(status)
      })
      assert.equal((await must(200, world, "GET", "/v1/stream/neighbour/secret")).text, "of a neighbour")
      return JSON.stringify(tally(told))
    })
  })
}

// Good requests with a few bytes changed, cut or doubled. The same ones in each run.
function noise(count, sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: "text/plain", body: "kept" })
    let seed = 20261130
    const below = (most) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % most
    }
    const ofJson = "Content-Type: application/json\r\nContent-Length: 17\r\n"
    const good = [
      headOf(world, "GET", `${path}?offset=-1&live=sse`), headOf(world, "HEAD", path),
      `${headOf(world, "POST", path, `${text}Content-Length: 5\r\n`)}hello`,
      `${headOf(world, "PUT", path, `${text}Transfer-Encoding: chunked\r\n`)}5\r\nhello\r\n0\r\n\r\n`,
      `${headOf(world, "POST", "/v1/estuary/subscribe/shop/a", ofJson)}{"estuaryId":"e"}`,
      headOf(world, "OPTIONS", path, "Origin: http://a\r\nAccess-Control-Request-Method: PUT\r\n"),
    ]
    const spoilt = () => {
      let bytes = Buffer.from(good[below(good.length)], "latin1")
      for (let i = 1 + below(4); i > 0; --i) {
        const at = below(bytes.length)
        const kind = below(4)
        if (kind === 0) bytes[at] = below(256)
        else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(8))])
        else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(at + 1))])
        else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from("\r\n"), bytes.subarray(at)])
      }
      return bytes
    }
    return within(world, 48, () =>
      unnoticed(world, async () => {
        const told = []
        await many(count, 32, async () => {
          const one = peer(world, spoilt())
          one.socket.end()
          await until("it is over, or goes on for ever", () => one.over || one.said.includes("event-stream"))
          one.cut()
          told.push(one.said.slice(9, 12))
        })
        const counts = tally(told)
        const known = /^(|20[014]|304|40[0134589]|41[02357]|431)$/
        for (const status of Object.keys(counts)) assert.match(status, known, JSON.stringify(counts))
        return JSON.stringify(counts)
      }),
    )
  })
}
