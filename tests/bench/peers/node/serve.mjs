// The Node reference server on a free port: serve.mjs [DIRECTORY]; without one, all in memory.
import { DurableStreamTestServer } from '@durable-streams/server'

const server = new DurableStreamTestServer({
  port: 0,
  host: '127.0.0.1',
  longPollTimeout: 30000,
  dataDir: process.argv[2],
})
await server.start()
console.log(`listening ${new URL(server.url).port}`)
process.on('SIGTERM', () => process.exit(0))
