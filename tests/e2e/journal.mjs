// A stream of known content, and every offset that was handed out for it.
import assert from "node:assert/strict"

import { dice } from "../node/s3_faults.mjs"

export class Journal {
  //   name  of the stream, "project/stream"
  //   json  a message is a JSON string; else a piece of text, and an append is a message
  constructor(name, { json = false, seed = 1 } = {}) {
    this.name = name
    this.json = json
    this.roll = dice(seed)
    this.messages = []
    this.places = [] // { token, at }: the token that names the place before message `at`
    this.pieces = 0
    this.closed = false
  }

  get type() {
    return this.json ? "application/json" : "text/plain"
  }

  url(server) {
    return `${server.url}/v1/stream/${this.name}`
  }

  async create(server, headers = {}) {
    const put = { method: "PUT", headers: { "Content-Type": this.type, ...headers } }
    const reply = await fetch(this.url(server), put)
    assert.equal(reply.status, 201)
    this.note(reply)
    return this
  }

  // A fork of another journal's stream, at its end.
  async createFork(server, source) {
    this.messages = [...source.messages]
    return this.create(server, { "Stream-Forked-From": `/v1/stream/${source.name}` })
  }

  note(reply) {
    this.places.push({ token: reply.headers.get("Stream-Next-Offset"), at: this.messages.length })
  }

  // So many appends, one after another.
  async append(server, count) {
    for (let i = 0; i < count; ++i) {
      const size = Math.floor(this.roll() * 60) + (this.roll() < 0.02 ? 5000 : 1)
      const made = Array.from(
        { length: this.json ? 1 + Math.floor(this.roll() * 3) : 1 },
        () => `${this.name}.${++this.pieces}.${"x".repeat(size)};`,
      )
      const body = this.json ? JSON.stringify(made) : made[0]
      const headers = { "Content-Type": this.type }
      const reply = await fetch(this.url(server), { method: "POST", headers, body })
      assert.equal(reply.status, 204, `append ${this.pieces} to ${this.name}`)
      this.messages.push(...made)
      this.note(reply)
    }
  }

  async close(server) {
    const headers = { "Stream-Closed": "true" }
    const reply = await fetch(this.url(server), { method: "POST", headers })
    assert.equal(reply.status, 204)
    this.closed = true
  }

  // One page: { status, code, retryAfter, messages, text, next, upToDate, closed }.
  async page(server, offset, limit) {
    const most = limit ? `&limit=${limit}` : ""
    const reply = await fetch(`${this.url(server)}?offset=${offset}${most}`)
    const text = await reply.text()
    const good = reply.status === 200
    return {
      status: reply.status,
      code: good ? "" : JSON.parse(text).code,
      retryAfter: reply.headers.get("Retry-After"),
      messages: good && this.json ? JSON.parse(text) : [],
      text,
      next: reply.headers.get("Stream-Next-Offset"),
      upToDate: reply.headers.has("Stream-Up-To-Date"),
      closed: reply.headers.has("Stream-Closed"),
    }
  }

  // Whether a page is what lies behind message `at`: its beginning, or all of it.
  checkPage(page, at, what) {
    assert.equal(page.status, 200, `${what}: ${page.code}`)
    if (this.json) {
      const expected = this.messages.slice(at, at + page.messages.length)
      assert.deepEqual(page.messages, expected, what)
      assert.ok(page.messages.length > 0 || at === this.messages.length, `${what}: empty`)
      return at + page.messages.length
    }
    for (let rest = page.text; rest; ++at) {
      assert.ok(rest.startsWith(this.messages[at]), `${what}: other bytes than message ${at}`)
      rest = rest.slice(this.messages[at].length)
    }
    return at
  }

  // Everything, in pages.
  async check(server) {
    let at = 0
    for (let offset = "-1", more = true; more; ) {
      const page = await this.page(server, offset)
      at = this.checkPage(page, at, `${this.name} at ${offset}`)
      offset = page.next
      more = !page.upToDate
      if (!more) assert.equal(page.closed, this.closed, `${this.name}: closed`)
    }
    assert.equal(at, this.messages.length, `${this.name}: messages`)
  }

  // Each offset that was ever handed out names the place that it named then.
  async checkPlaces(server) {
    for (const { token, at } of this.places) {
      this.checkPage(await this.page(server, token, 4), at, `${this.name} at ${token}`)
    }
  }
}
