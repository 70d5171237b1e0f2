// What vitest runs: the official suite against the server named by CONFORMANCE_URL.
import { runConformanceTests } from "@durable-streams/server-conformance-tests"

const baseUrl = process.env.CONFORMANCE_URL
if (!baseUrl) throw new Error("CONFORMANCE_URL names the server under test; use tests/conformance/run")

// The suite has no way to send headers of ours (a token, say): they are added to every request that
// goes to the server under test, and to no other. Streams of the default project have names of one
// segment; all other paths are another project's, or about all of them.
const adminHeaders = JSON.parse(process.env.CONFORMANCE_ADMIN_HEADERS ?? "[]")
const headers = JSON.parse(process.env.CONFORMANCE_HEADERS ?? "[]")
if (headers.length > 0) {
  const { origin } = new URL(baseUrl)
  const plainFetch = globalThis.fetch
  globalThis.fetch = (input, init = {}) => {
    const request = new Request(input, init)
    const { origin: asked, pathname } = new URL(request.url)
    if (asked !== origin) return plainFetch(input, init)
    const own = /^\/v1\/stream\/[^/]+$/.test(pathname)
    const merged = new Headers(init.headers ?? (input instanceof Request ? input.headers : {}))
    for (const [name, value] of own ? headers : adminHeaders) if (!merged.has(name)) merged.set(name, value)
    return plainFetch(input, { ...init, headers: merged })
  }
}

runConformanceTests({ baseUrl, subscriptions: true })
