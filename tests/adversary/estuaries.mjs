// What one append becomes: many copies, large ones, along chains and nets; and estuaries made by who may only read.
import assert from "node:assert/strict"

import { putProject } from "../node/tokens.mjs"
import { until } from "../node/server.mjs"
import {
  adminToken, against, ask, codeOf, filesBelow, json, many, must, pagesOf, secretOf, tally, unnoticed, within,
} from "./world.mjs"

const mib = 1 << 20

export function tests({ long, sanitized }) {
  return [
    { name: "seventeen envelopes of as many messages as an append may have", run: () => ones(sanitized) },
    { name: "empty lines and bytes that are no text", run: () => lines(sanitized) },
    { name: "a chain has an end", run: () => chain(sanitized) },
    { name: "a net of estuaries has an end", run: () => net(sanitized) },
    { name: "each subscriber with a threshold of its own", run: () => thresholds(long ? 200 : 40, sanitized) },
    { name: "a reader's estuaries are bounded", run: () => floodByReader(long ? 1000 : 150, sanitized) },
    { name: "what is owed is bounded", run: () => owed(long ? 500 : 60, sanitized) },
  ]
}

function subscribe(world, source, estuaryId, more = { mode: "envelope" }, token) {
  const body = JSON.stringify({ estuaryId, ...more })
  return ask(world, "POST", `/v1/estuary/subscribe/shop/${source}`, { type: json, body, token })
}

async function subscribed(world, ...asked) {
  const answer = await subscribe(world, ...asked)
  assert.equal(answer.status, 200, answer.text)
}

async function messagesOf(world, stream) {
  return (await pagesOf(world, `/v1/stream/shop/${stream}`)).flatMap((page) => JSON.parse(page))
}

const patience = (world) => 20000 * world.slow

// Each of them has one word of what was appended: where the source goes on.
async function toldOnce(world, source, estuaries) {
  const tail = (await must(200, world, "HEAD", `/v1/stream/shop/${source}`)).headers.get("stream-next-offset")
  for (const id of estuaries) {
    const told = await until(`${id} to be told`, async () => {
      const messages = await messagesOf(world, id)
      return messages.length > 0 && messages
    }, patience(world))
    assert.deepEqual(told, [{ stream: source, offset: tail, type: "notify" }])
  }
}

// As many messages as an append may have, with a long name around each, seventeen times.
function ones(sanitized) {
  return against({ sanitized }, async (world) => {
    const source = "n".repeat(165)
    const estuaries = Array.from({ length: 17 }, (_, i) => `e${i}`)
    await must(201, world, "PUT", `/v1/stream/shop/${source}`, { type: json })
    for (const id of estuaries) await subscribed(world, source, id)
    assert.equal((await ask(world, "POST", `/v1/stream/shop/${source}`, { type: json, body: `[${"1,".repeat(4 * mib - 4)}1]` })).status, 400)
    const body = `[${`${"1".padEnd(31, "0")},`.repeat(262_143)}1]`
    const note = await within(world, 300, () =>
      unnoticed(world, async () => {
        await must(204, world, "POST", `/v1/stream/shop/${source}`, { type: json, body })
        await toldOnce(world, source, estuaries)
      }, { usual: 400 }))
    await world.crash() // what was owed is paid after a start as well
    await toldOnce(world, source, estuaries)
    return note
  })
}

function lines(sanitized) {
  return against({ sanitized }, async (world) => {
    const source = "l".repeat(45)
    await must(201, world, "PUT", `/v1/stream/shop/${source}`, { type: "text/plain" })
    await subscribed(world, source, "l0")
    await subscribed(world, source, "l1", { mode: "envelope", notifyAbove: 1 })
    const type = "application/octet-stream"
    await must(201, world, "PUT", "/v1/stream/shop/bytes", { type })
    await subscribed(world, "bytes", "b0")
    const headers = { "Stream-Framing": "lines" }
    const most = { type: "text/plain", headers, body: "\n".repeat(8 * mib) }
    assert.equal((await ask(world, "POST", `/v1/stream/shop/${source}`, most)).status, 400)
    return within(world, 400, () =>
      unnoticed(world, async () => {
        const body = `${"x".repeat(31)}\n`.repeat(262_144)
        await must(204, world, "POST", `/v1/stream/shop/${source}`, { type: "text/plain", headers, body })
        await toldOnce(world, source, ["l0", "l1"])
        await must(204, world, "POST", "/v1/stream/shop/bytes", { type, body: Buffer.alloc(8 * mib, 0xff) })
        const [whole] = await until("the bytes", async () => {
          const messages = await messagesOf(world, "b0")
          return messages.length > 0 && messages
        }, patience(world))
        assert.equal(whole.encoding, "base64")
        assert.ok(Buffer.from(whole.payload, "base64").equals(Buffer.alloc(8 * mib, 0xff)))
      }, { usual: 400 }))
  })
}

// Quotes double with each step: after nine of them 4 MiB would be two gigabytes.
function chain(sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/c", { type: "text/plain" })
    let last = "c"
    let refused
    for (let i = 0; i < 12 && !refused; ++i) {
      const answer = await subscribe(world, last, `c${i}`)
      if (answer.status !== 200) refused = answer
      else last = `c${i}`
    }
    assert.equal(refused?.status, 409, "a chain of 12 steps was taken")
    assert.equal(codeOf(refused), "ESTUARY_CHAIN")
    const back = await subscribe(world, last, "c0")
    assert.equal(codeOf(back), "ESTUARY_CYCLE")
    return within(world, 400, () =>
      unnoticed(world, async () => {
        await must(204, world, "POST", "/v1/stream/shop/c", { type: "text/plain", body: '"'.repeat(4 * mib) })
        await until("the last of the chain", async () => (await messagesOf(world, last)).length === 1, patience(world))
        const stored = filesBelow(world.dataDir).mib
        assert.ok(stored < 300, `${stored} MiB are stored of 4`)
        return `${stored} MiB stored`
      }, { usual: 400 }))
  })
}

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

// Their envelopes cannot be shared.
function thresholds(count, sanitized) {
  return against({ sanitized }, async (world) => {
    await must(201, world, "PUT", "/v1/stream/shop/s", { type: json })
    await many(count, 8, (i) => subscribed(world, "s", `t${i}`, { mode: "envelope", notifyAbove: 10 + i }))
    const message = (i) => `"${"x".repeat(5 + (i % 300))}"`
    const body = `[${Array.from({ length: 40000 }, (_, i) => message(i)).join(",")}]`
    return within(world, 300, () =>
      unnoticed(world, async () => {
        await must(204, world, "POST", "/v1/stream/shop/s", { type: json, body })
        const told = async () => (await messagesOf(world, `t${count - 1}`)).length > 0
        await until("the last to be told", told, patience(world))
        const stored = filesBelow(world.dataDir).mib
        assert.ok(stored < 100 + count, `${stored} MiB are stored of ${Math.round(body.length / mib)}`)
        return `${count} subscribers of ${Math.round(body.length / mib)} MiB, ${stored} MiB stored`
      }, { usual: 400 }))
  })
}

// A token that only reads makes them, and the owner's appends are copied to each.
function floodByReader(most, sanitized) {
  return against({ sanitized, projects: [] }, async (world) => {
    const settings = { maxEstuaries: most }
    await putProject({ url: world.server.url, name: "shop", secret: secretOf("shop"), adminToken, settings })
    await must(201, world, "PUT", "/v1/stream/shop/s", { type: "text/plain" })
    const reader = world.token("shop", { scope: "read" })
    return within(world, 64, () =>
      unnoticed(world, async () => {
        const told = []
        await many(most + 50, 16, async (i) => {
          const answer = await subscribe(world, "s", `e${i}`, {}, reader)
          if (answer.status !== 200) assert.equal(codeOf(answer), "TOO_MANY_ESTUARIES", answer.text)
          told.push(answer.status)
        })
        assert.deepEqual(tally(told), { 200: most, 429: 50 })
        const body = "x".repeat(900)
        for (let i = 0; i < 30; ++i) await must(204, world, "POST", "/v1/stream/shop/s", { type: "text/plain", body })
        const { estuaries } = JSON.parse((await must(200, world, "GET", "/v1/estuary/shop")).text)
        const id = estuaries.at(-1).estuaryId ?? estuaries.at(-1)
        const whole = async () => (await must(200, world, "GET", `/v1/stream/shop/${id}`)).text.length === 30 * 900
        await until("the copies", whole, patience(world))
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
