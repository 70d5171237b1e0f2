// Many of everything by one token: producers, streams of a subscription, keys, tokens, URLs.
import assert from "node:assert/strict"
import { join } from "node:path"

import { until } from "../node/server.mjs"
import { against, ask, filesBelow, json, many, must, tally, unnoticed, within } from "./world.mjs"

const text = "text/plain"

export function tests({ long, sanitized }) {
  return [
    { name: "producers cost no square", run: () => producersInSegments(long ? 20000 : 1500, sanitized) },
    { name: "a subscription of many streams holds up its own project",
      run: () => largeSubscription(long ? 20000 : 3000, sanitized) },
    { name: "reader keys and keys of projects", run: () => keys(long ? 2000 : 128, sanitized) },
    { name: "good tokens and URLs without end", run: () => distinct(long ? 20000 : 600, sanitized) },
  ]
}

function asProducer(id) {
  return { "Producer-Id": id, "Producer-Epoch": "0", "Producer-Seq": "0" }
}

// Each segment says of the writers what has changed, and not all of them again.
function producersInSegments(count, sanitized) {
  return against({ args: ["--rotate-messages", "50"], sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: text })
    return within(world, 32 + count / 100, () =>
      unnoticed(world, async () => {
        await many(count, 32, (i) =>
          must(200, world, "POST", "/v1/stream/shop/a", {
            type: text, body: "x", headers: asProducer(`${i}-${"p".repeat(240)}`),
          }))
        const cold = join(world.dataDir, "cold")
        // 300 bytes for each, and what a segment costs.
        const most = 2 + Math.round(count * 0.0008)
        await until("the segments", () => filesBelow(cold).count >= count / 50, 30000 * world.slow)
        const stored = filesBelow(cold).mib
        assert.ok(stored <= most, `${stored} MiB are stored of ${count} producers`)
        return `${count} producers, ${stored} MiB stored`
      }, { usual: 400 }),
    )
  })
}

function subscribed(world, id, more) {
  const body = JSON.stringify({ type: "pull", pattern: "a/*", ...more })
  return ask(world, "PUT", `/v1/stream/shop/__ds/subscriptions/${id}`, { type: json, body })
}

// One thread decides about all subscriptions: another project's must have its turn.
function largeSubscription(count, sanitized) {
  return against({ projects: ["shop", "other"], sanitized }, (world) =>
    unnoticed(world, async () => {
      await many(count, 32, (i) => must(201, world, "PUT", `/v1/stream/shop/a/${i}`, { type: text }))
      const made = await subscribed(world, "large", { type: "pull-wake", wake_stream: "wakes" })
      assert.equal(made.status, 201)
      const { streams, link_count } = JSON.parse(made.text)
      assert.deepEqual([streams.length, link_count], [1000, count])
      const others = "/v1/stream/other/__ds/subscriptions/s"
      const body = JSON.stringify({ type: "pull-wake", streams: ["b"], wake_stream: "w" })
      await must(201, world, "PUT", others, { type: json, body })
      let worst = 0
      let ended = false
      const asked = async () => {
        while (!ended) {
          const began = performance.now()
          await must(200, world, "GET", others)
          worst = Math.max(worst, Math.round(performance.now() - began))
        }
      }
      const large = "/v1/stream/shop/__ds/subscriptions/large"
      const flood = async () => {
        const claim = { type: json, body: JSON.stringify({ worker: "w" }) }
        await many(400, 64, (i) =>
          i % 2 ? must(200, world, "GET", large) : must(409, world, "POST", `${large}/claim`, claim))
        ended = true
      }
      await Promise.all([asked(), flood()])
      assert.ok(worst < 500 * world.slow, `another project waited for ${worst} ms`)
      return `${count} streams; another project waited for ${worst} ms at most`
    }, { usual: 400 }),
  )
}

// Each is a commit to projects.db, which has nothing to do with what a neighbour asks for.
function keys(count, sanitized) {
  return against({ sanitized, onDisk: true }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: text })
    const note = await within(world, 32, () =>
      unnoticed(world, async () => {
        const seen = new Set()
        await many(count, 64, async () => {
          const { text: said } = await must([200, 429, 503], world, "POST", "/v1/reader-key/shop/a")
          seen.add(said)
        })
        assert.ok(seen.size > 8, "no key was changed")
        await many(count >> 2, 64, (i) => {
          const body = JSON.stringify({ isPublic: i % 2 === 0 })
          return must([200, 429, 503], world, "POST", "/v1/config/shop", { type: json, body })
        })
        return `${seen.size} reader keys`
      }, { times: 15 }),
    )
    const told = []
    for (let i = 0; i < 30; ++i) told.push((await ask(world, "POST", "/v1/config/shop/keys")).status)
    assert.deepEqual(tally(told), { 201: 15, 409: 15 })
    return note
  })
}

// What is remembered of tokens and answers has an end.
function distinct(count, sanitized) {
  const args = ["--edge-cache-bytes", "1000000", "--page-cache-bytes", "1000000"]
  return against({ args, sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/a", { type: text, body: "x".repeat(20000) })
    return within(world, 40, () =>
      unnoticed(world, () =>
        many(count, 16, (i) => {
          const token = world.token("shop", { nonce: `${i} ${"n".repeat(1500)}` })
          const cursor = `${i}${"c".repeat(500)}`
          const path = i % 2 ? `/v1/stream/shop/a?offset=-1&cursor=${cursor}` : `/v1/stream/shop/none${cursor}`
          return must(i % 2 ? 200 : [400, 404], world, "GET", path, { token })
        }), { usual: 400 }),
    )
  })
}
