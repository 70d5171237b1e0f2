// The commands of ds and the official client, as the tests use them, and what is to come out of them.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { createWriteStream } from "node:fs"
import { once } from "node:events"

import { stream } from "@durable-streams/client"

import { dsBinary } from "../node/server.mjs"

// Lines as servers write them: many short ones, some long, some odd. Returns { bytes, sha256 }.
export async function writeLog(path, lines) {
  const out = createWriteStream(path)
  const sum = digest()
  let random = 42
  for (let i = 0; i < lines; ++i) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0
    const length = random % 100 === 0 ? 2000 : random % 120
    const words = "request served in 12 ms: grüße, 世界 \t\"quoted\" 'n' {\"json\":true} "
    const text = random % 997 === 0 ? "" : `${i} ${words.repeat(30).slice(0, length)}`
    const line = Buffer.from(`${text}\n`)
    sum.add(line)
    if (!out.write(line)) await once(out, "drain")
  }
  out.end()
  await once(out, "close")
  return sum.result()
}

export function digest() {
  const hash = createHash("sha256")
  let bytes = 0
  return {
    add: (chunk) => {
      hash.update(chunk)
      bytes += chunk.length
    },
    bytes: () => bytes,
    result: () => ({ bytes, sha256: hash.digest("hex") }),
  }
}

// Runs a ds command to its end; gives what it printed, and throws with what it said when it fails.
//   env    what it finds in its environment, beside ours
//   input  a stream of bytes
//   code   the exit code that it must end with
export async function ds(args, { env = {}, input, code = 0 } = {}) {
  const child = spawn(dsBinary, args, {
    stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  })
  let printed = ""
  let said = ""
  child.stdout.on("data", (chunk) => (printed += chunk))
  child.stderr.on("data", (chunk) => (said += chunk))
  input?.pipe(child.stdin)
  child.stdin?.on("error", () => {}) // told better by the exit code
  const [ended] = await once(child, "close")
  assert.equal(ended, code, `ds ${args.join(" ")}: ${said}`)
  return printed
}

// ds tail of a stream, { done, bytes(), stop() }: done gives what it printed, as { bytes, sha256 }.
export function tail(server, name) {
  const child = spawn(dsBinary, ["tail", name], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, DS_URL: server.url },
  })
  const sum = digest()
  child.stdout.on("data", sum.add)
  const done = once(child, "close").then(([code]) => {
    assert.equal(code, 0, "exit code of ds tail")
    return sum.result()
  })
  done.catch(() => {}) // looked at when its turn comes
  return { done, bytes: sum.bytes, stop: () => child.kill() }
}

// The same by the official client.
export function officialClient(server, name) {
  const sum = digest()
  const abort = new AbortController()
  const read = async () => {
    const url = `${server.url}/v1/stream/${name}`
    const response = await stream({ url, live: "sse", offset: "-1", signal: abort.signal })
    for await (const chunk of response.bodyStream()) sum.add(chunk)
    return sum.result()
  }
  const done = read()
  done.catch(() => {})
  return { done, bytes: sum.bytes, stop: () => abort.abort() }
}
