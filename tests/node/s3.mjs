// An S3 server for tests: npm s3rver behind a door that checks signatures, counts requests, and fails
// on demand. In process by startS3(), or as a program: see usage().
import { mkdirSync, rmSync } from "node:fs"
import { Agent, createServer, request as sendRequest } from "node:http"
import { buffer } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

import { keysOf, readObject, replaceObject, startS3rver } from "./s3_bucket.mjs"
import { faultSource } from "./s3_faults.mjs"
import { signatureFault } from "./s3_signature.mjs"
import { freshDirectory, sleep } from "./server.mjs"

export const bucketName = "ds-test"
export const keys = { accessKey: "ds-test-access", secretKey: "ds/test+secret=" }
// What ds reads of its environment.
export const storeEnvironment = {
  DS_STORE_ACCESS_KEY: keys.accessKey,
  DS_STORE_SECRET_KEY: keys.secretKey,
}

// Resolves with the server; stop() ends it and removes its folder.
//   flaky   how many of a hundred requests fail
//   seed    of these faults
export async function startS3({ flaky = 0, seed = 1, bucket = bucketName } = {}) {
  const directory = freshDirectory("s3")
  mkdirSync(directory, { recursive: true })
  const behind = await startS3rver(directory, [bucket])
  const door = new Door(behind, flaky, seed)
  await door.open()
  return {
    endpoint: door.endpoint,
    bucket,
    // Of ds serve, and of every command that takes a store.
    flags: (prefix = "") => [
      ...["--store", `s3://${bucket}${prefix && `/${prefix}`}`],
      ...["--store-endpoint", door.endpoint],
    ],
    door,
    // What the door counted since reset(), by kind of request.
    counts: () => ({ ...door.counts }),
    resetCounts: () => door.reset(),
    // The objects themselves, past the door.
    keys: async (part = "") => (await keysOf(behind.store, bucket)).filter((key) => key.includes(part)),
    read: (key) => readObject(behind.store, bucket, key),
    replace: (key, bytes) => replaceObject(behind.store, bucket, key, bytes),
    createBucket: (name) => behind.store.putBucket(name),
    remove: (key) => behind.store.deleteObject(bucket, key),
    stop: async () => {
      await door.close()
      await behind.stop()
      // A put that was cut off may still be writing.
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

class Door {
  // (request) => { status, code, message } refuses it; undefined lets it pass.
  refuse = () => undefined
  // How much the store's clock is ahead of ours, in ms.
  skew = 0

  constructor(behind, flaky, seed) {
    this.behind = behind
    this.agent = new Agent({ keepAlive: true })
    this.makeFlaky(flaky, seed)
    this.reset()
  }

  get endpoint() {
    return `http://127.0.0.1:${this.port}`
  }

  makeFlaky(percent, seed = 1) {
    this.nextSeed = seed + 1
    this.nextFault = faultSource(percent, seed)
  }

  reset() {
    this.counts = { PUT: 0, GET: 0, ranged: 0, HEAD: 0, DELETE: 0, LIST: 0, other: 0 }
    Object.assign(this.counts, { refused: 0, faults: 0, bytesIn: 0, bytesOut: 0 })
  }

  // Listens; again at the same port after close().
  async open() {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => response.destroy())
    })
    this.server.keepAliveTimeout = 60000
    await new Promise((done, fail) => {
      this.server.on("error", fail)
      this.server.listen(this.port ?? 0, "127.0.0.1", done)
    })
    this.port = this.server.address().port
  }

  // Nobody is there any more.
  async close() {
    const closed = new Promise((done) => this.server.close(done))
    this.server.closeAllConnections()
    await closed
    this.agent.destroy()
    this.agent = new Agent({ keepAlive: true })
  }

  async serve(incoming, response) {
    const request = await read(incoming)
    if (request.path.startsWith("/-")) return this.control(request, response)
    this.counts[request.kind] += 1
    this.counts.bytesIn += request.body.length
    const refusal =
      this.refuse(request) ?? signatureFault(request, keys, Date.now() + this.skew) ?? undefined
    if (refusal) {
      this.counts.refused += 1
      return answerFault(response, request, refusal)
    }
    const fault = this.nextFault()
    if (!fault) return this.send(response, request, await this.forward(request))
    this.counts.faults += 1
    if (fault.delay) await sleep(fault.delay)
    const real = fault.happened ? await this.forward(request) : undefined
    if (fault.reset) return incoming.socket.resetAndDestroy()
    if (fault.answer) return answerFault(response, request, fault.answer)
    if (fault.cut) return cutShort(incoming, response, request, real)
    return this.send(response, request, real)
  }

  // For those in other processes: "/-counts" tells what was counted, "/-flaky/20" sets faults.
  control({ path }, response) {
    const percent = /^\/-flaky\/(\d+)$/.exec(path)?.[1]
    if (percent !== undefined) this.makeFlaky(Number(percent), this.nextSeed)
    answer(response, 200, JSON.stringify(this.counts))
  }

  send(response, request, { status, headers, body }) {
    this.counts.bytesOut += body.length
    response.writeHead(status, headers)
    response.end(request.method === "HEAD" ? undefined : body)
  }

  async forward(request) {
    // Checked already; s3rver knows other keys.
    const { authorization: _, ...headers } = request.headers
    if (headers.range) {
      const range = await this.resolveRange(request)
      if (range.fault) return range.fault
      headers.range = range.text
    }
    return new Promise((done, fail) => {
      const { method, url: path, body } = request
      const options = { host: "127.0.0.1", port: this.behind.port, agent: this.agent }
      const outgoing = sendRequest({ ...options, method, path, headers }, async (response) => {
        const { statusCode: status, headers } = response
        delete headers.connection
        delete headers["keep-alive"]
        buffer(response).then((body) => done({ status, headers, body }), fail)
      })
      outgoing.on("error", fail)
      outgoing.end(body)
    })
  }

  // s3rver knows ranges with both ends only.
  async resolveRange({ bucket, key, headers }) {
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range) ?? []
    const metadata = await this.behind.store.getMetadata(bucket, key).catch(() => undefined)
    if (first === undefined || !metadata) return { text: headers.range }
    const size = metadata["content-length"]
    const from = first === "" ? Math.max(0, size - Number(last)) : Number(first)
    const to = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1)
    if (from <= to) return { text: `bytes=${from}-${to}` }
    const body = errorText("InvalidRange", "The requested range is not satisfiable")
    return { fault: { status: 416, headers: { "content-range": `bytes */${size}` }, body } }
  }
}

async function read(incoming) {
  const { method, url, headers } = incoming
  const [path, query = ""] = url.split(/\?(.*)/s)
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path).map(decodeURIComponent)
  const body = await buffer(incoming)
  return { method, url, path, query, headers, body, bucket, key, kind: kindOf(method, key, headers) }
}

function kindOf(method, key, headers) {
  if (method === "GET" && !key) return "LIST"
  if (method === "GET" && headers.range) return "ranged"
  return ["PUT", "GET", "HEAD", "DELETE"].includes(method) && key ? method : "other"
}

function errorText(code, message = code) {
  const text = message.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n'
  return Buffer.from(`${head}<Error><Code>${code}</Code><Message>${text}</Message></Error>`)
}

function answer(response, status, body, type = "application/json") {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) })
  response.end(body)
}

function answerFault(response, request, { status, code, message }) {
  const body = request.method === "HEAD" ? "" : errorText(code, message)
  answer(response, status, body, "application/xml")
}

// The head says how long the body is; half of it comes.
function cutShort(incoming, response, request, { status, headers, body }) {
  const half = request.method === "HEAD" ? 0 : body.length >> 1
  if (half === 0) return incoming.socket.resetAndDestroy()
  response.writeHead(status, { ...headers, "content-length": body.length })
  response.write(body.subarray(0, half), () => incoming.socket.destroy())
}

function usage() {
  return `Usage: node tests/node/s3.mjs [options]

Prints the endpoint of an S3 server with the bucket "${bucketName}" as one line, and runs until its
standard input ends, or SIGTERM or SIGINT. Access key: ${keys.accessKey}, secret key: ${keys.secretKey}
What it has counted is at /-counts of the endpoint; /-flaky/PERCENT changes that option.

  --flaky PERCENT   so many requests fail, in every way there is (default 0)
  --seed N          of these faults (default 1)
  --help
`
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      flaky: { type: "string", default: "0" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  })
  if (options.help) return process.stdout.write(usage())
  const s3 = await startS3({ flaky: Number(options.flaky), seed: Number(options.seed) })
  const told = new Promise((done) => {
    process.on("SIGTERM", done)
    process.on("SIGINT", done)
    process.stdin.on("end", done).on("error", done).resume()
  })
  process.stdout.write(`${s3.endpoint}\n`)
  await told
  await s3.stop()
  process.exit(0)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
