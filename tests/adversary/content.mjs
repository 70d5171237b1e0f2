// Bodies by who may write: odd, large, full of numbers, packed; and header values that are kept.
import assert from "node:assert/strict"

import { until } from "../node/server.mjs"
import { against, ask, headOf, json, many, must, pagesOf, peer, unnoticed, within } from "./world.mjs"

const path = "/v1/stream/shop/j"
const text = "text/plain"
const mib = 1 << 20

export function tests({ long, sanitized }) {
  return [
    { name: "JSON that is odd is kept as it is", run: () => oddJson(sanitized) },
    { name: "large JSON of the worst kinds", run: () => heavyJson(long ? 80 : 5, sanitized) },
    { name: "packed bodies are not unpacked", run: () => packed(sanitized) },
    { name: "header values that are kept", run: () => keptHeaders(sanitized) },
  ]
}

// As they came, without the brackets of pages; of text streams, the text.
async function messagesOf(world, stream) {
  const parts = (await pagesOf(world, `/v1/stream/shop/${stream}`)).map((page) => page.replace(/^\[(.*)\]$/s, "$1"))
  return parts.join(stream === "t" ? "" : ",")
}

// Numbers that no double holds, halves of pairs as escapes, members that come twice: not ours to judge.
function oddJson(sanitized) {
  return against({ sanitized }, async (world) => {
    const odd = [
      "1e999", "-0", `${"9".repeat(100000)}`, `0.${"0".repeat(100000)}1`, `1e${"0".repeat(5000)}1`, '"\\ud800"',
      '"\\u0000"', '{"a":1,"a":2}', '{"__proto__":{"x":1}}', '""', "null", `${"[".repeat(200)}${"]".repeat(200)}`,
      '"\u2028\u2029\u202e\ufeff"', `{"${"k".repeat(100000)}":{}}`, '{"":{"":[]}}',
    ]
    await must(201, world, "PUT", path, { type: json })
    for (const one of odd) await must(204, world, "POST", path, { type: json, body: `[${one}]` })
    assert.ok((await messagesOf(world, "j")) === odd.join(","), "other messages than were appended")
    const wanted = { type: json, body: '{"estuaryId":"e","mode":"envelope"}' }
    await must(200, world, "POST", "/v1/estuary/subscribe/shop/j", wanted)
    for (const one of odd) await must(204, world, "POST", path, { type: json, body: `[${one}]` })
    const copies = await until("the copies", async () => {
      const all = JSON.parse(`[${await messagesOf(world, "e")}]`)
      return all.length === odd.length && all
    })
    assert.ok(copies.every(({ payload }, i) => payload === odd[i]), "other copies than were appended")
    await world.restart()
    assert.ok((await messagesOf(world, "j")) === [...odd, ...odd].join(","), "other messages after a restart")
  })
}

// As much of each as a body may have, by four at once.
function heavyJson(count, sanitized) {
  const fill = (piece) => piece.repeat(Math.floor((8 * mib - 64) / piece.length))
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: json })
    const kinds = [
      [400, fill("[")], [400, fill('{"a":')], [400, `[${fill("1,")}1]`], [400, `[${fill("{},")}1]`],
      [204, `["${fill("\\u0000")}"]`], [204, `[${fill(`${"1".padEnd(31, "0")},`)}1]`], [204, `[${fill("9")}]`],
      [400, fill(" ")],
    ]
    return within(world, 400, () =>
      unnoticed(world, async () => {
        await many(count, 4, async (i) => {
          const [status, body] = kinds[i % kinds.length]
          await must(status, world, "POST", path, { type: json, body })
        })
        return `${count} bodies of 8 MiB`
      }, { usual: 600, worst: 6000 }),
    )
  })
}

function packed(sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", path, { type: json })
    await must(201, world, "PUT", "/v1/stream/shop/t", { type: text })
    for (const coding of ["gzip", "br", "zstd", "deflate, gzip", "x"]) {
      const headers = { "Content-Encoding": coding }
      const asked = [["t", text], ["j", json]].map(([stream, type]) => [`/v1/stream/shop/${stream}`, type])
      for (const [at, type] of [...asked, ["/v1/estuary/subscribe/shop/j", json]])
        assert.equal((await ask(world, "POST", at, { type, headers, body: "[1]" })).status, 415, `${coding} ${at}`)
    }
    assert.equal(await messagesOf(world, "t"), "")
  })
}

// What comes back in headers of answers, or in events and documents.
function keptHeaders(sanitized) {
  return against({ sanitized }, (world) =>
    within(world, 32, () =>
      unnoticed(world, async () => {
        const odd = {
          "Content-Type": [
            "text/plain; x=\"\\\"", `text/${"x".repeat(8000)}`, "*/*", "text", "text/plain, text/html", "\xe9/\xe9",
          ],
          "Stream-TTL": ["-1", "1e9", "99999999999999999999", "0x10", " ", "1.5", "NaN"],
          "Stream-Expires-At": ["9999999-01-01T00:00:00Z", "now", "0000-00-00T00:00:00Z", "2026-13-45T99:99:99Z"],
          "Stream-Seq": ["s".repeat(8000)],
          "Stream-Forked-From": [
            "//evil.example/a", "http://evil.example/v1/stream/shop/a", "/v1/stream/shop/../x", "\xff",
          ],
          "Stream-Fork-Offset": ["999", "-1", "z".repeat(8000)],
          "Producer-Id": ["p".repeat(300), "\xff\xfe"],
          "Producer-Seq": ["-1", "18446744073709551616", "1e3"],
          "Producer-Epoch": ["9".repeat(400)],
        }
        const all = Object.entries(odd).flatMap(([name, values]) => values.map((value) => [name, value]))
        await many(all.length, 8, async (i) => {
          const [name, value] = all[i]
          const type = name === "Content-Type" ? "" : `Content-Type: ${text}\r\n`
          for (const method of ["PUT", "POST"]) {
            const one = peer(world)
            const lines = `${type}${name}: ${value}\r\nContent-Length: 1\r\n`
            one.socket.write(`${headOf(world, method, `/v1/stream/shop/h${i}`, lines)}x`, "latin1")
            await until("an answer", () => one.said !== "")
            one.cut()
            const what = `${method} ${name}: ${value.slice(0, 50)}: ${one.said}`
            assert.match(one.said, /^HTTP\/1.1 (20[0-4]|40[0349]) /, what)
          }
        })
      }),
    ),
  )
}
