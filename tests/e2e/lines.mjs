// A log file goes in line by line, and comes out byte for byte, through three followers at once.
import assert from "node:assert/strict"
import { createReadStream, rmSync } from "node:fs"
import { join } from "node:path"

import { freshDirectory, startServer, until } from "../node/server.mjs"
import { ds, officialClient, tail, writeLog } from "./commands.mjs"

const name = "e2e/log"

export function tests({ lines }) {
  return [{ name: `${lines} lines through ds append reach every follower`, run: () => follow(lines) }]
}

async function follow(lines) {
  const folder = freshDirectory("lines")
  const server = await startServer()
  const env = { DS_URL: server.url }
  const followers = []
  try {
    const file = join(folder, "app.log")
    const expected = await writeLog(file, lines)
    await ds(["put", name, "--content-type", "text/plain"], { env })
    const tails = [tail(server, name), tail(server, name)]
    const official = officialClient(server, name)
    followers.push(...tails, official)
    // One follower joins when half of the lines are there, so that it catches up first.
    const began = Date.now()
    const input = createReadStream(file)
    const appending = ds(["append", name, "--lines"], { env, input })
    await until("lines to arrive", () => tails[0].bytes() > expected.bytes / 2, 300000)
    const late = tail(server, name)
    followers.push(late)
    await appending
    const seconds = (Date.now() - began) / 1000
    await ds(["append", name, "--close"], { env })
    for (const [who, follower] of Object.entries({
      "first ds tail": tails[0],
      "second ds tail": tails[1],
      "ds tail that came late": late,
      "official client": official,
    })) {
      assert.deepEqual(await follower.done, expected, who)
    }
    return `${(expected.bytes / 1e6).toFixed(0)} MB, ${Math.round(lines / seconds)} lines/s`
  } finally {
    for (const follower of followers) follower.stop()
    rmSync(folder, { recursive: true, force: true })
    await server.stop()
  }
}
