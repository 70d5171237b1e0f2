// The README's tour, typed into a shell word for word, does what the README says.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"

import { root, startServer } from "../node/server.mjs"

export function tests() {
  return [{ name: "the curl tour of the README works", run }]
}

async function run() {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  const [tour] = /^S=http:\/\/127\.0\.0\.1:4437\/[^]*?(?=^```)/m.exec(readme) ?? []
  assert.ok(tour, "the README has a tour")
  const server = await startServer()
  try {
    const script = tour.replace("http://127.0.0.1:4437", server.url)
    // The follower in the background ends when the last command has closed the stream.
    const shell = spawn("bash", ["-e", "-c", `${script}\nwait`], { stdio: ["ignore", "pipe", "pipe"] })
    let said = ""
    shell.stdout.on("data", (chunk) => (said += chunk))
    const [code] = await once(shell, "close")
    assert.equal(code, 0)
    assert.ok(said.startsWith('[{"hello":"world"}]'), `the read: ${said}`)
    for (const wanted of ['data:[{"hello":"world"}', '{"n":1},{"n":2}]', '"streamClosed":true'])
      assert.ok(said.includes(wanted), `${wanted} in: ${said}`)
  } finally {
    await server.stop()
  }
}
