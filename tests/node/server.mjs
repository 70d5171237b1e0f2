// Starts a `ds serve` of its own on a free port with a data directory of its own, and ends it.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")

// The program under test: the environment variable DS, or the release build.
export const dsBinary = process.env.DS ? resolve(process.env.DS) : join(root, "build/release/ds")

export function freshDirectory(name) {
  return mkdtempSync(join(tmpdir(), `ds-${name}-`))
}

// Resolves with { url, port, pid, dataDir, log(), logged(), stop() } once the server accepts connections.
//   args     more options of `ds serve`
//   dataDir  a directory to use and keep; without it a fresh one that stop() removes
//   env      what it finds in its environment, beside ours
//   listen   where, for a server that comes back to the same port
//   wrap     a command to put in front of the program, e.g. ["prlimit", "--fsize=1000000"]
export async function startServer(options = {}) {
  const { args = [], dataDir, env = {}, listen = "127.0.0.1:0", wrap = [] } = options
  const data = dataDir ?? freshDirectory("data")
  const command = [...wrap, dsBinary, "serve", "--data", data, "--listen", listen, ...args]
  const child = spawn(command[0], command.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  })
  let log = "" // the end of it
  let logged = 0 // bytes of all of it
  child.stderr.on("data", (chunk) => {
    log = (log + chunk).slice(-65536)
    logged += chunk.length
  })
  const ended = new Promise((done) => {
    child.on("error", (error) => done({ error }))
    child.on("exit", (code, signal) => done({ code, signal }))
  })
  const url = await Promise.race([
    firstUrl(child.stdout),
    ended.then((how) => fail(`ds serve ended early (${describe(how)}):\n${log}`)),
    patience(30000).then(() => fail(`ds serve did not listen within 30 s:\n${log}`)),
  ]).catch((error) => {
    child.kill("SIGKILL")
    throw error
  })
  const stop = async () => {
    child.kill("SIGTERM")
    const how = await Promise.race([ended, patience(20000)])
    if (!how) child.kill("SIGKILL")
    if (!dataDir) rmSync(data, { recursive: true, force: true })
    if (!how) fail(`ds serve did not end within 20 s of SIGTERM:\n${log}`)
    if (how.code !== 0) fail(`ds serve ended with ${describe(how)}:\n${log}`)
  }
  const port = Number(new URL(url).port)
  return { url, port, pid: child.pid, dataDir: data, log: () => log, logged: () => logged, stop }
}

function firstUrl(stdout) {
  return new Promise((found) => {
    createInterface({ input: stdout }).on("line", (line) => {
      const match = /^listening on (https?:\/\/\S+)$/.exec(line)
      if (match) found(match[1])
    })
  })
}

function describe({ error, code, signal }) {
  return error ? String(error) : signal ? `signal ${signal}` : `exit code ${code}`
}

function fail(text) {
  throw new Error(text)
}

// Waits without keeping the process alive for it.
function patience(ms) {
  return new Promise((done) => setTimeout(done, ms).unref())
}

// A port that nobody listens on, for a program that cannot pick one itself.
export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const { port } = probe.address()
  probe.close()
  await once(probe, "close")
  return port
}

export function sleep(ms) {
  return new Promise((done) => setTimeout(done, ms))
}

// Asks until `ready()` is truthy, and gives up with an error that names what was awaited.
export async function until(what, ready, ms = 10000) {
  for (const deadline = Date.now() + ms; ; ) {
    const answer = await ready()
    if (answer) return answer
    if (Date.now() > deadline) fail(`still waiting after ${ms} ms for ${what}`)
    await sleep(20)
  }
}
