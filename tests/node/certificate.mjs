// A certificate of its own authority for 127.0.0.1 and localhost, made by openssl for one run.
import { execFileSync } from "node:child_process"
import { rmSync } from "node:fs"
import { join } from "node:path"

import { freshDirectory } from "./server.mjs"

// { certificate, key, flags(), environment(), remove() }: options for `ds serve`, and what Node.js wants in its
// environment to trust it.
export function makeCertificate() {
  const folder = freshDirectory("certificate")
  const certificate = join(folder, "certificate.pem")
  const key = join(folder, "key.pem")
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
  execFileSync("openssl", ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", certificate], { stdio: "pipe" })
  return {
    certificate,
    key,
    flags: () => ["--tls-cert", certificate, "--tls-key", key],
    environment: () => ({ NODE_EXTRA_CA_CERTS: certificate }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
