// Projects made over HTTP, and their tokens, signed as any client would sign them.
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { request as askPlain } from "node:http"
import { request as askOverTls } from "node:https"

export function signToken(claims, secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const said = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`
  return `${said}.${createHmac("sha256", secret).update(said).digest("base64url")}`
}

// Makes the project, or gives the one that is there already this secret.
//   url         of the server; over https, `ca` is the certificate to trust, which fetch() would only take
//               from the environment that this process began with
//   adminToken  the server's DS_ADMIN_TOKEN
//   settings    more of what can be set of a project
export async function putProject({ url, name, secret, adminToken, ca, settings = {} }) {
  const ask = url.startsWith("https:") ? askOverTls : askPlain
  const headers = { Authorization: `Bearer ${adminToken}` }
  const put = ask(`${url}/v1/config/${name}`, { method: "PUT", headers, ca, agent: false })
  put.end(JSON.stringify({ ...settings, signingSecrets: [secret] }))
  const [answer] = await once(put, "response")
  answer.resume()
  if (![200, 201].includes(answer.statusCode)) {
    throw new Error(`project ${name} could not be made: ${answer.statusCode}`)
  }
}
