// Where measures are taken: servers on one processor, the load on another, a fresh directory each.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export class Laboratory {
  //   binary     ds_bench, with ds_gate next to it
  //   scale      of all times: 0.5 is half as long
  //   directory  where data is; removed by close()
  constructor({ binary, scale = 1, directory = mkdtempSync(join(tmpdir(), 'ds-bench-')) }) {
    this.binary = binary
    this.scale = scale
    this.directory = directory
    this.two = cpus().length >= 2
    this.children = new Set()
    this.servers = new Set()
  }

  get cpus() {
    return this.two ? { server: 0, load: 1 } : {}
  }

  // A directory for as long as `use` takes.
  async inDirectory(use) {
    const directory = mkdtempSync(join(this.directory, 'data-'))
    try {
      return await use(directory)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }

  // A server of the peer on the directory for as long as `use` takes, which is told its target (the
  // options of ds_bench that say whom to measure).
  async withServer(peer, directory, use) {
    const server = await peer.start({ cpu: this.cpus.server, directory })
    this.servers.add(server)
    const { base, dialect } = peer
    const { port, pid, token } = server
    try {
      return await use({ port, pid, dialect, base, token })
    } catch (error) {
      if (server.ended() === undefined) throw error
      const why = server.log().trim().split('\n').pop()
      throw new Error(`the server ended with ${server.ended()}: ${why}`)
    } finally {
      this.servers.delete(server)
      await server.stop()
    }
  }

  withFreshServer(peer, use) {
    return this.inDirectory((directory) => this.withServer(peer, directory, use))
  }

  // One run of ds_bench against a server (or none): its result.
  bench(measure, options, target, limit) {
    return this.begin(measure, options, target, limit).result
  }

  // The same, begun only: { result, end() }.
  begin(measure, options, target, limit) {
    const flags = { ...options, ...target }
    if (flags.seconds !== undefined) flags.seconds = round(flags.seconds * this.scale)
    if (this.cpus.load !== undefined) flags.cpu = this.cpus.load
    const seconds = limit ?? (flags.seconds ?? 0) * 2 + 20
    return this.launch(this.binary, [measure, ...flagsOf(flags)], seconds)
  }

  // What the server's gate costs by itself, on the processor that servers have: no server.
  gate(options = {}) {
    const flags = flagsOf({ ...options, cpu: this.cpus.server })
    return this.launch(join(dirname(this.binary), 'ds_gate'), flags, 120).result
  }

  // A program that says its result on one line: { result, end() }.
  launch(program, flags, seconds) {
    const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.children.add(child)
    let out = ''
    let log = ''
    let late = false
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-8192)))
    const alarm = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, seconds * 1000)
    const result = new Promise((done, fail) => {
      child.on('error', fail)
      child.on('close', (code, signal) => {
        clearTimeout(alarm)
        this.children.delete(child)
        const why = log.trim().split('\n').pop()
        if (late) return fail(new Error(`not done within ${seconds} s`))
        if (code !== 0) return fail(new Error(why || `${program} ended with ${signal ?? code}`))
        try {
          done(checked(JSON.parse(out), why))
        } catch (error) {
          fail(error)
        }
      })
    })
    return { result, end: () => child.kill('SIGTERM') }
  }

  // Also at an interrupt: nothing that was started stays behind.
  close() {
    for (const child of this.children) child.kill('SIGKILL')
    for (const server of this.servers) process.kill(server.pid, 'SIGKILL')
    this.children.clear()
    this.servers.clear()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function checked(result, why) {
  if (typeof result.errors !== 'number') throw new Error('the result has no count of errors')
  if (result.errors > 0) throw new Error(`${result.errors} errors: ${why}`)
  if (result.missing > 0) {
    const all = result.expected ?? result.readers
    throw new Error(`${result.missing} of ${all} deliveries never came`)
  }
  return result
}

// { readers: 10, saturate: true, rate: undefined } is --readers 10 --saturate.
function flagsOf(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === false) return []
    return value === true ? [`--${name}`] : [`--${name}`, String(value)]
  })
}

function round(seconds) {
  return Math.max(0.2, Math.round(seconds * 100) / 100)
}
