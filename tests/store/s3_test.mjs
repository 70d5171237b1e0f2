// The S3 server of the tests, asked by a client that others wrote (aws4fetch).
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"

import { AwsClient } from "aws4fetch"

import { keys, startS3 } from "../node/s3.mjs"
import { root } from "../node/server.mjs"

function clientOf(s3, other = {}) {
  const signer = new AwsClient({
    accessKeyId: keys.accessKey,
    secretAccessKey: keys.secretKey,
    service: "s3",
    region: "auto",
    retries: 0,
    ...other,
  })
  return (method, path, { body, headers } = {}) =>
    signer.fetch(`${s3.endpoint}/${s3.bucket}/${path}`, { method, body, headers })
}

async function codeOf(reply) {
  return /<Code>(\w+)</.exec(await reply.text())?.[1]
}

async function refused(reply, status, code) {
  assert.equal(reply.status, status)
  assert.equal(await codeOf(reply), code)
}

// All pages of a list.
async function keysOf(ask, query) {
  const found = []
  for (let token = ""; ; ) {
    const reply = await ask("GET", `?list-type=2&${query}${token}`)
    assert.equal(reply.status, 200)
    const text = await reply.text()
    found.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key))
    const next = /<NextContinuationToken>([^<]*)</.exec(text)?.[1]
    if (!next) return found
    token = `&continuation-token=${encodeURIComponent(next)}`
  }
}

const tests = {
  "an object goes in and out": async (s3, ask) => {
    const put = await ask("PUT", "stream/a=b/one.seg", { body: "0123456789" })
    assert.equal(put.status, 200)
    const got = await ask("GET", "stream/a=b/one.seg")
    assert.equal(await got.text(), "0123456789")
    assert.equal((await ask("HEAD", "stream/a=b/one.seg")).headers.get("content-length"), "10")
    assert.equal((await ask("DELETE", "stream/a=b/one.seg")).status, 204)
    await refused(await ask("GET", "stream/a=b/one.seg"), 404, "NoSuchKey")
    assert.equal((await ask("DELETE", "stream/a=b/one.seg")).status, 204)
  },
  "ranges of every form": async (s3, ask) => {
    await ask("PUT", "range", { body: "0123456789" })
    const ranges = {
      "bytes=2-4": ["234", "bytes 2-4/10"],
      "bytes=0-0": ["0", "bytes 0-0/10"],
      "bytes=8-": ["89", "bytes 8-9/10"],
      "bytes=-3": ["789", "bytes 7-9/10"],
      "bytes=-30": ["0123456789", "bytes 0-9/10"],
      "bytes=7-99": ["789", "bytes 7-9/10"],
    }
    for (const [range, [text, place]] of Object.entries(ranges)) {
      const got = await ask("GET", "range", { headers: { range } })
      assert.equal(got.status, 206, range)
      assert.equal(got.headers.get("content-range"), place)
      assert.equal(await got.text(), text, range)
    }
    await refused(await ask("GET", "range", { headers: { range: "bytes=10-12" } }), 416, "InvalidRange")
    await refused(await ask("GET", "absent", { headers: { range: "bytes=-3" } }), 404, "NoSuchKey")
  },
  "lists in the order of the keys, over pages": async (s3, ask) => {
    const names = ["l/a/1", "l/a-b", "l/a.b", "l/a/2", "l/b", "l/a0"]
    for (const name of names) await ask("PUT", name, { body: name })
    assert.deepEqual(await keysOf(ask, "prefix=l/"), names.toSorted())
    assert.deepEqual(await keysOf(ask, "prefix=l/&max-keys=2"), names.toSorted())
    assert.deepEqual(await keysOf(ask, "prefix=l/a/&max-keys=1"), ["l/a/1", "l/a/2"])
    assert.deepEqual(await keysOf(ask, "prefix=nothing/"), [])
  },
  "nothing unsigned, nothing signed wrongly": async (s3, ask) => {
    const { accessKey: accessKeyId } = keys
    await refused(await fetch(`${s3.endpoint}/${s3.bucket}/x`), 403, "AccessDenied")
    const wrong = clientOf(s3, { secretAccessKey: "wrong" })
    await refused(await wrong("PUT", "x", { body: "x" }), 403, "SignatureDoesNotMatch")
    const stranger = clientOf(s3, { accessKeyId: "nobody" })
    await refused(await stranger("GET", "x"), 403, "InvalidAccessKeyId")
    const signer = new AwsClient({ accessKeyId, secretAccessKey: keys.secretKey, service: "s3" })
    const url = `${s3.endpoint}/${s3.bucket}/x`
    const signed = async (name, value) => {
      const { headers } = await signer.sign(url, { method: "PUT", body: "signed" })
      headers.set("x-amz-content-sha256", "0".repeat(64))
      if (name) headers.set(name, value)
      return fetch(url, { method: "PUT", body: "sent", headers })
    }
    await refused(await signed(), 403, "SignatureDoesNotMatch")
    await refused(await signed("x-amz-meta-a", "b"), 403, "AccessDenied")
    const other = "b".repeat(64)
    const lying = await signer.sign(url, {
      method: "PUT",
      body: "sent",
      headers: { "x-amz-content-sha256": other },
    })
    await refused(await fetch(lying), 400, "XAmzContentSHA256Mismatch")
    assert.equal((await ask("GET", "x")).status, 404)
  },
  "other clocks, other buckets, refusals": async (s3, ask) => {
    s3.door.skew = 16 * 60 * 1000
    await refused(await ask("GET", "x"), 403, "RequestTimeTooSkewed")
    s3.door.skew = 0
    const elsewhere = clientOf({ ...s3, bucket: "missing" })
    await refused(await elsewhere("PUT", "x", { body: "x" }), 404, "NoSuchBucket")
    await refused(await elsewhere("GET", "?list-type=2"), 404, "NoSuchBucket")
    s3.door.refuse = ({ kind }) => kind === "PUT" && { status: 507, code: "QuotaExceeded" }
    await refused(await ask("PUT", "x", { body: "x" }), 507, "QuotaExceeded")
    s3.door.refuse = () => undefined
    assert.equal((await ask("PUT", "x", { body: "x" })).status, 200)
  },
  "counts by kind": async (s3, ask) => {
    s3.resetCounts()
    await ask("PUT", "counted", { body: "12345" })
    await ask("GET", "counted")
    await ask("GET", "counted", { headers: { range: "bytes=1-2" } })
    await ask("GET", "?list-type=2")
    await ask("DELETE", "counted")
    const { PUT, GET, ranged, LIST, DELETE, bytesIn, faults } = s3.counts()
    assert.deepEqual([PUT, GET, ranged, LIST, DELETE, bytesIn, faults], [1, 1, 1, 1, 1, 5, 0])
  },
  "gone and back at the same address": async (s3, ask) => {
    await ask("PUT", "kept", { body: "kept" })
    await s3.door.close()
    await assert.rejects(ask("GET", "kept"))
    await s3.door.open()
    assert.equal(await (await ask("GET", "kept")).text(), "kept")
  },
  "objects change behind everybody's back": async (s3, ask) => {
    await ask("PUT", "back/one", { body: "as it was" })
    assert.deepEqual(await s3.keys("back/"), ["back/one"])
    assert.equal(String(await s3.read("back/one")), "as it was")
    await s3.replace("back/one", Buffer.from("as"))
    assert.equal(await (await ask("GET", "back/one")).text(), "as")
    await s3.remove("back/one")
    assert.equal((await ask("GET", "back/one")).status, 404)
  },
  "faults of every kind, and whole objects all the same": async (s3, ask) => {
    const body = "x".repeat(20000)
    s3.resetCounts()
    s3.door.makeFlaky(50, 7)
    const seen = new Set()
    const patiently = async (...request) => {
      for (;;) {
        const reply = await ask(...request).catch(() => undefined)
        const text = await reply?.text().catch(() => undefined)
        seen.add(text === undefined ? (reply ? "cut" : "reset") : reply.status)
        if (reply?.status < 400 && text !== undefined) return text
      }
    }
    for (let i = 0; i < 15; ++i) await patiently("PUT", `flaky/${i}`, { body })
    for (let i = 0; i < 60; ++i) assert.equal(await patiently("GET", `flaky/${i % 15}`), body)
    s3.door.makeFlaky(0)
    assert.deepEqual([...seen].map(String).toSorted(), ["200", "500", "503", "cut", "reset"])
    assert.ok(s3.counts().faults >= 15)
  },
}

async function asProgram() {
  const child = spawn(process.execPath, [join(root, "tests/node/s3.mjs"), "--flaky", "5"], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const ended = once(child, "exit")
  const [endpoint] = await once(createInterface({ input: child.stdout }), "line")
  const counts = await (await fetch(`${endpoint}/-counts`)).json()
  assert.equal(counts.PUT, 0)
  assert.equal((await fetch(`${endpoint}/-flaky/100`)).status, 200)
  assert.equal((await (await fetch(`${endpoint}/-counts`)).json()).faults, 0)
  child.stdin.end()
  assert.equal((await ended)[0], 0)
}

let passed = 0
let failed = 0
const s3 = await startS3()
const runs = Object.entries(tests).map(([name, test]) => [name, () => test(s3, clientOf(s3))])
for (const [name, run] of [...runs, ["as a program, until its input ends", asProgram]]) {
  try {
    await run()
    console.log(`ok   ${name}`)
    ++passed
  } catch (error) {
    console.log(`FAIL ${name}: ${error.stack ?? error}`)
    ++failed
  }
}
await s3.stop()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
