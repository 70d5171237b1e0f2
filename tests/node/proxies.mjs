// Starts the proxies that tests put in front of a server: nginx, Varnish, Caddy; and ends them.
//
// Each of them listens on the loopback interface only, keeps its files in a folder of the test, and is
// ended by its process, never by its name.
import { execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"

import { dsBinary, freePort, until } from "./server.mjs"

// /usr/sbin, where nginx and varnishd are, may be off the path of a person who is not root.
const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }

// Why a test with this proxy has to be skipped, if it has to.
export function missing(...commands) {
  const gone = commands.find((command) => spawnSync(command, ["-V"], { env: environment }).error)
  return gone && `no ${gone} here`
}

// What `ds proxy-config` prints.
export function printed(kind, ...flags) {
  return execFileSync(dsBinary, ["proxy-config", kind, ...flags], { encoding: "utf8" })
}

// `http` is what stands in the block of that name, but for where files are.
export function startNginx(folder, http, workers = 2) {
  const own = join(folder, `nginx-${++started}`)
  mkdirSync(join(own, "logs"), { recursive: true })
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  writeFileSync(join(own, "nginx.conf"), `
daemon off;
worker_processes ${workers};
pid ${own}/nginx.pid;
error_log ${own}/error.log;
${process.getuid() === 0 ? "user root;" : ""}
events { worker_connections 16384; }
http {
    access_log off;
    ${places.map((place) => `${place}_temp_path ${own}/${place};`).join("\n    ")}
    ${http}
}
`)
  return run("nginx", ["-p", own, "-c", join(own, "nginx.conf")])
}

// With the options of the command line that stands in its configuration.
export function startVarnish(folder, vcl) {
  const own = join(folder, `varnish-${++started}`)
  mkdirSync(own)
  writeFileSync(join(own, "ds.vcl"), vcl)
  const [, options] = /^# varnishd ((?:.*\\\n)*.*)$/m.exec(vcl)
  const words = options.split(/[\s#\\]+/)
  const said = words.map((word) => (word === "ds.vcl" ? join(own, word) : word))
  return run("varnishd", ["-F", "-j", "none", "-n", join(own, "work"), ...said])
}

export async function startCaddy(folder, caddyfile) {
  const own = join(folder, `caddy-${++started}`)
  mkdirSync(own)
  writeFileSync(join(own, "Caddyfile"), caddyfile)
  const more = { CADDY_ADMIN: `127.0.0.1:${await freePort()}`, HOME: own, XDG_DATA_HOME: own, XDG_CONFIG_HOME: own }
  return run("caddy", ["run", "--config", join(own, "Caddyfile"), "--adapter", "caddyfile"], more)
}

let started = 0

// { listens(url), stop() }: waits until somebody listens there; ends it.
function run(command, args, more = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...environment, ...more } })
  let said = ""
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (said = (said + chunk).slice(-65536)))
  const ended = once(child, "exit")
  const listens = async (url) => {
    const { hostname, port } = new URL(url)
    const answers = () => connects(hostname, port).then((does) => does || child.exitCode !== null)
    await until(`${command} to listen`, answers, 30000)
    if (child.exitCode !== null) throw new Error(`${command} ended early:\n${said}`)
  }
  const stop = async () => {
    child.kill("SIGTERM")
    await ended
  }
  return { listens, stop }
}

function connects(host, port) {
  return new Promise((done) => {
    const socket = connect(port, host, () => socket.end(() => done(true))).on("error", () => done(false))
  })
}
