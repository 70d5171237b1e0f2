// What the attacks share: a server with projects, peers that speak raw TCP, and what a process holds.
import assert from "node:assert/strict"
import { readFileSync, rmSync } from "node:fs"
import { connect } from "node:net"

import { freshDirectory, sleep, startServer } from "../node/server.mjs"
import { putProject, signToken } from "../node/tokens.mjs"

const adminToken = "the-token-of-the-administrator"
export const json = "application/json"

// Runs `attack` beside a server that asks for tokens, and holds afterwards that it lives, is healthy and
// stops when it is told to.
//   projects  names; each has a secret of its own
export async function against({ args = [], projects = ["shop"] }, attack) {
  const dataDir = freshDirectory("adversary")
  const server = await startServer({ args, dataDir, env: { DS_ADMIN_TOKEN: adminToken } })
  const world = { server, url: (path) => `${server.url}${path}`, token }
  try {
    for (const name of projects)
      await putProject({ url: server.url, name, secret: secretOf(name), adminToken })
    const note = await attack(world)
    assert.equal((await ask(world, "GET", "/health")).status, 200)
    return note
  } finally {
    try {
      await server.stop()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
}

// A good token of the project, for an hour.
function token(project) {
  const exp = Math.floor(Date.now() / 1000) + 3600
  return signToken({ sub: project, scope: "manage", exp }, secretOf(project))
}

function secretOf(project) {
  return `the secret of ${project}, long enough to sign with`
}

// A request with a good token of the project in its path, or with another one.
export async function ask(world, method, path, { body, type, headers = {}, token } = {}) {
  const [, , , project] = path.split("/")
  const shown = token ?? (project ? world.token(project.split("?")[0]) : undefined)
  const response = await fetch(world.url(path), {
    method,
    body,
    headers: {
      ...(shown ? { Authorization: `Bearer ${shown}` } : {}),
      ...(type ? { "Content-Type": type } : {}),
      ...headers,
    },
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

export async function must(expected, ...asked) {
  const answer = await ask(...asked)
  assert.ok([expected].flat().includes(answer.status), `${answer.status}: ${answer.text.slice(0, 300)}`)
  return answer
}

// A peer that speaks bytes, and what it was told.
export function peer(world, bytes) {
  const socket = connect({ host: "127.0.0.1", port: world.server.port, noDelay: true })
  const one = { socket, said: "" }
  socket.on("error", () => {}) // it may be cut off while it speaks
  socket.on("data", (chunk) => (one.said += chunk.toString("latin1")))
  socket.write(bytes)
  return one
}

// MiB that the process holds now, and at most held.
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]) / 1024
  return { now: of("VmRSS"), most: of("VmHWM") }
}

// The worst of `times` answers to `path`, in ms.
export async function worstAnswer(world, path, times) {
  let worst = 0
  for (let i = 0; i < times; ++i) {
    const began = performance.now()
    await ask(world, "GET", path)
    worst = Math.max(worst, performance.now() - began)
    await sleep(25)
  }
  return worst
}
