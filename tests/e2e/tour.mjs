// The README's first chapters, and the project of ds-access(7), typed into a shell word for word, do
// what they say: also when somebody types them again.
import assert from "node:assert/strict"
import { rmSync } from "node:fs"
import { join } from "node:path"

import { freshDirectory, startServer } from "../node/server.mjs"
import { blocksOf, blocksOfPage, typed } from "../node/shell.mjs"

export function tests() {
  return [
    { name: "the curl tour of the README works, three times", run: withCurl },
    { name: "the tour with ds works, three times", run: withDs },
    { name: "the manual's commands for a project work", run: project },
  ]
}

// Runs `run` beside a server whose data is in ./ds-data, as scripts/run has it.
async function beside(run) {
  const folder = freshDirectory("tour")
  const server = await startServer({ dataDir: join(folder, "ds-data") })
  try {
    await run({ folder, url: server.url })
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function withCurl() {
  const tour = blocksOf("Start").find((block) => block.includes("S=http://"))
  await beside(async (place) => {
    for (let time = 0; time < 3; ++time) {
      const said = await typed(tour.replaceAll("curl ", "curl -sS "), place.url, { cwd: place.folder })
      assert.ok(said.startsWith('[{"hello":"world"}]'), `the read: ${said}`)
      for (const wanted of ['data:[{"hello":"world"}', '{"n":1},{"n":2}]', '"streamClosed":true'])
        assert.ok(said.includes(wanted), `${wanted} in: ${said}`)
      const gone = await fetch(`${place.url}/v1/stream/demo/greetings`)
      assert.equal(gone.status, 404)
    }
  })
}

async function withDs() {
  const tour = blocksOf("The command line").find((block) => block.includes("ds put"))
  // Whoever types sees the last line arrive before the reader is ended.
  const slowly = tour.replace("kill $!", "sleep 1; kill $!").replaceAll("sleep 1; done", "done")
  assert.notEqual(slowly, tour)
  await beside(async (place) => {
    for (let time = 1; time <= 3; ++time) {
      const said = await typed(slowly, place.url, { cwd: place.folder })
      const year = new Date().getFullYear()
      const dates = said.split("\n").filter((line) => line.includes(`${year}`)).length
      assert.equal(dates, 3 * time, said)
    }
  })
}

async function project() {
  const commands = blocksOfPage("ds-access.7").find((block) => block.includes("create-project"))
  await beside(async (place) => {
    const said = await typed(commands.replaceAll("curl ", "curl -sS "), place.url, { cwd: place.folder })
    assert.match(said, /secret/)
    assert.ok(said.endsWith('[{"n":1}]') || said.endsWith('[{"n":1}]\n'), said)
    const refused = await fetch(`${place.url}/v1/stream/shop/orders?offset=-1`)
    assert.equal(refused.status, 401)
  })
}
