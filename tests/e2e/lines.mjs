// A log file goes in line by line, and comes out byte for byte, through three followers at once.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { createReadStream, createWriteStream, rmSync } from "node:fs"
import { join } from "node:path"
import { once } from "node:events"

import { stream } from "@durable-streams/client"

import { dsBinary, freshDirectory, startServer, until } from "../node/server.mjs"

export function tests({ lines }) {
  return [{ name: `${lines} lines through ds append reach every follower`, run: () => follow(lines) }]
}

async function follow(lines) {
  const folder = freshDirectory("lines")
  const server = await startServer()
  const followers = []
  try {
    const file = join(folder, "app.log")
    const expected = await writeLog(file, lines)
    await ds(server, ["put", "e2e/log", "--content-type", "text/plain"])
    const tails = [tail(server), tail(server)]
    const official = officialClient(server)
    followers.push(...tails, official)
    // One follower joins when half of the lines are there, so that it catches up first.
    const began = Date.now()
    const appending = ds(server, ["append", "e2e/log", "--lines"], createReadStream(file))
    await until("lines to arrive", () => tails[0].bytes() > expected.bytes / 2, 300000)
    const late = tail(server)
    followers.push(late)
    await appending
    const seconds = (Date.now() - began) / 1000
    await ds(server, ["append", "e2e/log", "--close"])
    for (const [name, follower] of Object.entries({
      "first ds tail": tails[0],
      "second ds tail": tails[1],
      "ds tail that came late": late,
      "official client": official,
    })) {
      assert.deepEqual(await follower.done, expected, name)
    }
    return `${(expected.bytes / 1e6).toFixed(0)} MB, ${Math.round(lines / seconds)} lines/s`
  } finally {
    for (const follower of followers) follower.stop()
    rmSync(folder, { recursive: true, force: true })
    await server.stop()
  }
}

// Lines as servers write them: many short ones, some long, some odd. Returns { bytes, sha256 }.
async function writeLog(path, lines) {
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

function digest() {
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

// Runs a ds command to its end; throws with what it said when it fails.
async function ds(server, args, input) {
  const child = spawn(dsBinary, args, {
    stdio: [input ? "pipe" : "ignore", "ignore", "pipe"],
    env: { ...process.env, DS_URL: server.url },
  })
  let said = ""
  child.stderr.on("data", (chunk) => (said += chunk))
  input?.pipe(child.stdin)
  child.stdin?.on("error", () => {}) // told better by the exit code
  const [code] = await once(child, "close")
  assert.equal(code, 0, `ds ${args.join(" ")}: ${said}`)
}

function tail(server) {
  const child = spawn(dsBinary, ["tail", "e2e/log"], {
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

function officialClient(server) {
  const sum = digest()
  const abort = new AbortController()
  const read = async () => {
    const url = `${server.url}/v1/stream/e2e/log`
    const response = await stream({ url, live: "sse", offset: "-1", signal: abort.signal })
    for await (const chunk of response.bodyStream()) sum.add(chunk)
    return sum.result()
  }
  const done = read()
  done.catch(() => {})
  return { done, bytes: sum.bytes, stop: () => abort.abort() }
}
