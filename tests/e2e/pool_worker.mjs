// A worker of a pull-wake pool, as a process of its own: claims, reads what is pending, acknowledges.
// Each line that it prints is one JSON document: what it was given, and what became of it.
//
//     node pool_worker.mjs NAME SUBSCRIPTION_URL STREAM_ROOT WAKE_STREAM
import { setTimeout as sleep } from "node:timers/promises"

const [name, subscription, root, wakeStream] = process.argv.slice(2)
const say = (what) => process.stdout.write(`${JSON.stringify({ worker: name, ...what })}\n`)
const json = { "Content-Type": "application/json" }

let wakes = "now"
for (;;) {
  try {
    const claim = await post("claim", { worker: name })
    if (claim.status === 200) await work(await claim.json())
    else await waitForWake()
  } catch (error) {
    say({ trouble: String(error) })
    await sleep(100)
  }
}

function post(action, body, headers = {}) {
  const init = { method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(body) }
  return fetch(`${subscription}/${action}`, init)
}

async function waitForWake() {
  const reply = await fetch(`${root}/${wakeStream}?offset=${wakes}&live=long-poll`)
  wakes = reply.headers.get("stream-next-offset") ?? wakes
  await reply.text()
}

async function work({ wake_id, generation, token, streams }) {
  const given = []
  const acks = []
  for (const { path, acked_offset, tail_offset, has_pending } of streams) {
    if (!has_pending) continue
    for (let offset = acked_offset; offset < tail_offset || offset === "-1"; ) {
      const reply = await fetch(`${root}/${path}?offset=${offset}`)
      given.push(...(await reply.json()))
      offset = reply.headers.get("stream-next-offset")
      acks.push({ stream: path, offset })
    }
  }
  say({ generation, given })
  // Sometimes so long that the lease is over before we are done.
  const stuck = Math.random() < 0.15
  await sleep(stuck ? 1600 : Math.random() * 60)
  const wake = { wake_id, generation }
  const reply = await post("ack", { ...wake, acks, done: true }, { Authorization: `Bearer ${token}` })
  const code = reply.status === 200 ? undefined : (await reply.json()).error.code
  say({ generation, given, stuck, status: reply.status, code })
}
