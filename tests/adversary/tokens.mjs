// Tokens that are guessed. What a token that is forged or narrow opens is held by tests/unit/auth and tests/http.
import assert from "node:assert/strict"

import { signToken } from "../node/tokens.mjs"
import { against, ask, many, tally, unnoticed, within } from "./world.mjs"

const path = "/v1/stream/shop/a"
const now = () => Math.floor(Date.now() / 1000)

export function tests({ long, sanitized }) {
  return [
    { name: "tokens are not guessed in quantity", run: () => guessed(long ? 20000 : 500, sanitized) },
  ]
}

// Each of them costs a signature; neither memory nor the log grows with them.
function guessed(count, sanitized) {
  return against({ sanitized }, (world) =>
    within(world, 24, () =>
      unnoticed(world, async () => {
        const told = []
        await many(count, 32, async (i) => {
          const claims = { sub: "shop", scope: "manage", exp: now() + 3600, nonce: `${i} ${"n".repeat(1500)}` }
          told.push((await ask(world, "GET", path, { token: signToken(claims, `a guess, the ${i}th of all`) })).status)
        })
        assert.deepEqual(tally(told), { 401: count })
        const logged = world.server.logged()
        assert.ok(logged < 100_000, `${logged} bytes of log`)
        return `${count} tokens`
      }, { usual: 400 }),
    ),
  )
}
