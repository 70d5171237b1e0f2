// A tenant who minds his own business while others attack: he appends and reads, on a thread of his own and
// from an address of his own, and says afterwards how long that took.
import assert from "node:assert/strict"
import { Agent, request } from "node:http"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"
import { fileURLToPath } from "node:url"

const address = "127.0.0.77"
const pause = 15

// Runs `attack`, and holds that the neighbour was served meanwhile: each answer is the right one, his usual
// one takes no longer than `usual` ms, and the worst one no longer than `worst`.
//   asks   { url, path, token } of a stream that is there
//   times  if it is there: the usual one takes no longer than so many times what it took before the attack
export async function beside(asks, attack, { worst, usual, times: most }) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: asks })
  const said = new Promise((told, failed) => {
    worker.on("message", (message) => message.times && told(message))
    worker.on("error", failed)
  })
  const { quiet } = await new Promise((begun, failed) => {
    worker.once("message", begun)
    worker.once("error", failed)
  })
  let note
  try {
    note = await attack()
    worker.postMessage("enough")
    const { times, wrong } = await said
    assert.deepEqual(wrong, [], "a neighbour was not served")
    assert.ok(times.length >= 4, `a neighbour had only ${times.length} answers`)
    const last = Math.max(...times)
    const middle = middleOf(times.flatMap(asIfAskedSteadily))
    const bound = most ? most * Math.max(3, quiet) : usual
    const usually = `${Math.round(middle)} ms, and ${Math.round(quiet)} before`
    assert.ok(middle <= bound, `a neighbour's usual answer took ${usually}`)
    assert.ok(last <= worst, `a neighbour's answer took ${Math.round(last)} ms`)
    const took = `a neighbour's answers ${Math.round(middle)} ms, at worst ${Math.round(last)}`
    return note ? `${note}; ${took}` : took
  } finally {
    await worker.terminate()
  }
}

// Whoever waits for an answer asks less often; these are the times of all who would have asked meanwhile.
function asIfAskedSteadily(time) {
  return Array.from({ length: 1 + Math.floor(time / (2 * pause)) }, (_, i) => time - 2 * pause * i)
}

function middleOf(times) {
  return times.sort((a, b) => a - b)[times.length >> 1]
}

if (!isMainThread) {
  const { url, path, token } = workerData
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const times = []
  const wrong = []
  let enough = false
  parentPort.on("message", () => (enough = true))

  const ask = (method, at, body) =>
    new Promise((done) => {
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "text/plain" }
      const sent = request(url + at, { method, headers, agent, localAddress: address }, (answer) => {
        let text = ""
        answer.setEncoding("utf8")
        answer.on("data", (chunk) => (text += chunk))
        answer.on("end", () => done({ status: answer.statusCode, text, next: answer.headers["stream-next-offset"] }))
      })
      sent.on("error", (error) => done({ status: 0, text: String(error) }))
      sent.end(body)
    })

  let next
  const round = async (number) => {
    const body = `${number},`
    const began = performance.now()
    const put = await ask("POST", path, body)
    const middle = performance.now()
    const got = await ask("GET", `${path}?offset=${next ?? "-1"}`)
    times.push(middle - began, performance.now() - middle)
    if (put.status !== 204) wrong.push(`append: ${put.status} ${put.text}`)
    if (got.status !== 200 || got.text !== body) wrong.push(`read: ${got.status} ${got.text}, not ${body}`)
    next = got.next
  }
  let number = 0
  while (number < 6) await round(number++)
  times.splice(0, 2) // it began with a connection, and with code that was new to the machine
  parentPort.postMessage({ quiet: middleOf(times) })
  times.length = 0
  for (; !enough || times.length < 4; ++number) {
    await round(number)
    if (wrong.length > 9) break
    await new Promise((done) => setTimeout(done, pause))
  }
  parentPort.postMessage({ times, wrong })
  agent.destroy()
  parentPort.close()
}
