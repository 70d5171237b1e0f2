// Tokens of projects, signed as any client would sign them.
import { createHmac } from "node:crypto"

export function signToken(claims, secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const said = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`
  return `${said}.${createHmac("sha256", secret).update(said).digest("base64url")}`
}
