// Starts a program on a processor of its own, waits until it answers, and ends it.
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { sleep } from '../../node/server.mjs'

// Resolves with { port, pid, stop() } once the program accepts connections.
//   cpu      the processor it is pinned to; undefined: none
//   port     where it was told to listen; without it the program says so on standard output:
//            `said` finds it there
//   strict   an end that is not clean is an error of stop(): for our own programs
export async function startProcess({ command, cpu, port, said, env = {}, strict = false, cwd }) {
  const pinned = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command]
  const child = spawn(pinned[0], pinned.slice(1), {
    cwd,
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const heard = { out: '', log: '' }
  child.stdout.on('data', (chunk) => (heard.out = (heard.out + chunk).slice(-16384)))
  child.stderr.on('data', (chunk) => (heard.log = (heard.log + chunk).slice(-16384)))
  const state = {}
  const ended = new Promise((done) => {
    child.on('error', (error) => done((state.end = String(error))))
    child.on('exit', (code, signal) => done((state.end = signal ?? `exit code ${code}`)))
  })
  const name = command[0].split('/').pop()
  try {
    port = await listens({ name, port, said, heard, state })
  } catch (error) {
    child.kill('SIGKILL')
    await ended
    throw error
  }
  const stop = async () => {
    if (state.end === undefined) child.kill('SIGTERM')
    // Others wait for their readers to go, which nobody has to see.
    if (!(await inTime(ended, strict ? 10000 : 1000))) child.kill('SIGKILL')
    await ended
    if (strict && state.end !== 'exit code 0') {
      throw new Error(`${name} ended with ${state.end}:\n${heard.log.slice(-2000)}`)
    }
  }
  return { port, pid: child.pid, stop, log: () => heard.log, ended: () => state.end }
}

// DS_* are settings of ds serve, and of others too: none may come from outside.
function plainEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^DS(_|$)/.test(name)))
}

async function listens({ name, port, said, heard, state }) {
  for (const deadline = Date.now() + 60000; ; await sleep(10)) {
    if (state.end !== undefined) {
      const said = (heard.log + heard.out).slice(-2000)
      throw new Error(`${name} ended early (${state.end}):\n${said}`)
    }
    const found = port ?? Number(said.exec(heard.out)?.[1] ?? 0)
    if (found > 0 && (await accepts(found))) return found
    if (Date.now() > deadline) throw new Error(`${name} did not listen within 60 s`)
  }
}

function accepts(port) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => done(true))
    socket.on('error', () => done(false))
    socket.on('close', () => done(false))
    socket.on('connect', () => socket.destroy())
  })
}

// True if the promise is done within the time.
export function inTime(promise, ms) {
  return new Promise((done) => {
    const timer = setTimeout(() => done(false), ms)
    promise.finally(() => {
      clearTimeout(timer)
      done(true)
    })
  })
}

// The process and its children, as nginx has them.
export function familyOf(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const line = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim()
    return line === '' ? [] : line.split(' ').map(Number)
  })
  return [pid, ...children.flatMap(familyOf)]
}

export function residentMib(pid) {
  const kib = familyOf(pid).map((one) => {
    const status = readFileSync(`/proc/${one}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
  })
  return kib.reduce((sum, part) => sum + part, 0) / 1024
}

export function openFiles(pid) {
  return familyOf(pid).reduce((sum, one) => sum + readdirSync(`/proc/${one}/fd`).length, 0)
}
