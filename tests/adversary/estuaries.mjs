// What one append becomes: copies along nets of estuaries, and more of them than can be made at once.
import assert from "node:assert/strict"

import { until } from "../node/server.mjs"
import { against, ask, json, many, must, pagesOf, tally, unnoticed, within } from "./world.mjs"

export function tests({ long, sanitized }) {
  return [
    { name: "a net of estuaries has an end", run: () => net(sanitized) },
    { name: "what is owed is bounded", run: () => owed(long ? 500 : 60, sanitized) },
  ]
}

function subscribe(world, source, estuaryId, more = { mode: "envelope" }) {
  const body = JSON.stringify({ estuaryId, ...more })
  return ask(world, "POST", `/v1/estuary/subscribe/shop/${source}`, { type: json, body })
}

async function subscribed(world, ...asked) {
  const answer = await subscribe(world, ...asked)
  assert.equal(answer.status, 200, answer.text)
}

async function messagesOf(world, stream) {
  return (await pagesOf(world, `/v1/stream/shop/${stream}`)).flatMap((page) => JSON.parse(page))
}

const patience = (world) => 20000 * world.slow

// Pairs, each of them fed by both of the pair before: every way is a copy, 2, 4, 8, ...
function net(sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/s", { type: json })
    const taken = []
    let before = ["s"]
    for (let row = 0; row < 8; ++row) {
      const next = [`a${row}`, `b${row}`]
      for (const source of before)
        for (const id of next) taken.push((await subscribe(world, source, id)).status)
      before = next
    }
    assert.ok(taken.every((status) => status === 200 || status === 409), JSON.stringify(tally(taken)))
    for (const id of ["wide0", "wide1", "wide2", "wide3", "wide4", "wide5", "wide6", "wide7"])
      for (const source of before) taken.push((await subscribe(world, source, id)).status)
    assert.ok(taken.includes(409), "a net without end was taken")
    return within(world, 64, () =>
      unnoticed(world, async () => {
        for (let i = 0; i < 5; ++i) await must(204, world, "POST", "/v1/stream/shop/s", { type: json, body: "[1]" })
        await until("copies", async () => (await messagesOf(world, "a0")).length === 5, patience(world))
        return JSON.stringify(tally(taken))
      }, { usual: 400 }))
  })
}

// Copies fall behind: the owner goes on, and who subscribed is told where to read.
function owed(count, sanitized) {
  return against({ args: ["--fanout-backlog", "2000000"], sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/s", { type: "text/plain" })
    await many(count, 8, (i) => subscribed(world, "s", `o${i}`))
    return within(world, 200, () =>
      unnoticed(world, async () => {
        const body = "x".repeat(200000)
        for (let i = 0; i < 30; ++i) await must(204, world, "POST", "/v1/stream/shop/s", { type: "text/plain", body })
        const tail = (await must(200, world, "HEAD", "/v1/stream/shop/s")).headers.get("stream-next-offset")
        const told = async () => (await messagesOf(world, `o${count - 1}`)).at(-1)?.offset === tail
        await until("the last to be told of all", told, patience(world))
      }, { usual: 400 }))
  })
}
