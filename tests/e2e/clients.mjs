// Packages that others wrote for the protocol, at work on our server.
import assert from "node:assert/strict"

import { DurableStream, IdempotentProducer } from "@durable-streams/client"
import { createStateSchema } from "@durable-streams/state"
import { createStreamDB } from "@durable-streams/state/db"
import { YjsProvider } from "@durable-streams/y-durable-streams"
import { YjsServer } from "@durable-streams/y-durable-streams/server"
import * as Y from "yjs"

import { freePort, startServer, until } from "../node/server.mjs"

export function tests() {
  return [
    { name: "the official client's producer writes each message once", run: producer },
    { name: "what waits in the official client goes in one large request", run: large },
    ...["sse", "long-poll"].map((live) => ({
      name: `two StreamDB databases agree, live over ${live}`,
      run: () => databases(live),
    })),
    ...["sse", "long-poll"].map((live) => ({
      name: `two Yjs documents converge, live over ${live}`,
      run: () => documents(live),
    })),
  ]
}

async function withServer(work) {
  const server = await startServer({ args: ["--long-poll-timeout", "1"] })
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

const producer = () =>
  withServer(async (server) => {
    const url = `${server.url}/v1/stream/e2e/produced`
    const target = await DurableStream.create({ url, contentType: "application/json" })
    const errors = []
    const writer = new IdempotentProducer(target, "e2e", { onError: (error) => errors.push(error) })
    const expected = Array.from({ length: 5000 }, (_, number) => ({ number }))
    for (const message of expected) writer.append(JSON.stringify(message))
    await writer.flush()
    await writer.close()
    const response = await target.stream({ live: false })
    assert.deepEqual(await response.json(), expected)
    assert.deepEqual(errors, [])
  })

const large = () =>
  withServer(async (server) => {
    const url = `${server.url}/v1/stream/e2e/large`
    const target = await DurableStream.create({ url, contentType: "application/octet-stream" })
    const pieces = Array.from({ length: 15 }, (_, number) => new Uint8Array(1 << 20).fill(number))
    await Promise.all(pieces.map((piece) => target.append(piece)))
    // By hand: body() of this client ends with the first of two pages.
    const pages = []
    for (let at = "-1", more = true; more; ) {
      const page = await fetch(`${url}?offset=${at}`)
      pages.push(Buffer.from(await page.arrayBuffer()))
      at = page.headers.get("stream-next-offset")
      more = !page.headers.has("stream-up-to-date")
    }
    assert.ok(Buffer.concat(pages).equals(Buffer.concat(pieces)), "the bytes read are the bytes appended")
  })

// Takes every value: what is tested is the way of the events, not their shape.
const anything = { "~standard": { version: 1, vendor: "ds", validate: (value) => ({ value }) } }

const databases = (live) =>
  withServer(async (server) => {
    const schema = createStateSchema({
      users: { schema: anything, type: "user", primaryKey: "id" },
      tasks: { schema: anything, type: "task", primaryKey: "id" },
    })
    const url = `${server.url}/v1/stream/e2e/state`
    const target = await DurableStream.create({ url, contentType: "application/json" })
    const say = (event) => target.append(JSON.stringify(event))
    await say(schema.users.insert({ value: { id: "1", name: "Ada" } }))

    const open = async () => {
      const streamOptions = { url, contentType: "application/json" }
      const db = createStreamDB({ streamOptions, live, state: schema })
      await db.preload()
      return db
    }
    const one = await open()
    const two = await open()
    try {
      for (const db of [one, two]) assert.equal(db.collections.users.get("1").name, "Ada")
      await say(schema.users.update({ value: { id: "1", name: "Ada Lovelace" } }))
      for (let id = 0; id < 50; ++id) await say(schema.tasks.insert({ value: { id: `${id}` } }))
      await say(schema.tasks.delete({ key: "7" }))
      for (const db of [one, two]) {
        await until("49 tasks", () => db.collections.tasks.size === 49)
        assert.equal(db.collections.users.get("1").name, "Ada Lovelace")
        assert.equal(db.collections.tasks.get("7"), undefined)
      }
    } finally {
      one.close()
      two.close()
    }
  })

const documents = (liveMode) =>
  withServer(async (server) => {
    const compactionThreshold = 500 // bytes, so that it happens again and again
    const yjs = new YjsServer({ port: await freePort(), dsServerUrl: server.url, compactionThreshold })
    await yjs.start()
    const baseUrl = `${yjs.url}/v1/yjs/e2e`
    const open = async (doc) => {
      const provider = new YjsProvider({ doc, baseUrl, docId: "notes", liveMode })
      await until("the document to be synced", () => provider.synced, 15000)
      return provider
    }
    const [left, right] = [new Y.Doc(), new Y.Doc()]
    const providers = []
    try {
      providers.push(await open(left), await open(right))
      for (let i = 0; i < 20; ++i) {
        left.getText("text").insert(0, `l${i} `)
        right.getText("text").insert(right.getText("text").length, `r${i} `)
      }
      left.getMap("map").set("from", "left")
      const text = (doc) => doc.getText("text").toString()
      const whole = (doc) => text(doc).split(" ").length === 41 && doc.getMap("map").get("from")
      await until("both documents to hold everything", () => whole(left) && whole(right), 15000)
      assert.equal(text(left), text(right))
      // Where a newcomer begins: at a snapshot, and at the updates after it.
      await until("a snapshot", async () => {
        const found = await fetch(`${baseUrl}/docs/notes?offset=snapshot`, { redirect: "manual" })
        return /_snapshot/.test(found.headers.get("location"))
      }, 15000)
      const late = new Y.Doc()
      providers.push(await open(late))
      await until("a late document to catch up", () => text(late) === text(left), 15000)
      left.getText("text").insert(0, "after ")
      await until("both to go on", () => text(late) === text(left) && text(right) === text(left), 15000)
    } finally {
      for (const provider of providers) provider.destroy()
      await yjs.stop()
    }
  })
