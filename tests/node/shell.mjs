// Commands of the README and of the manual, typed into a shell.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"

import { dsBinary, root } from "./server.mjs"

// The blocks of commands in a chapter of the README, in their order.
export function blocksOf(chapter) {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  const text = readme.split("\n## ").find((part) => part.startsWith(`${chapter}\n`))
  assert.ok(text, `the README has a chapter ${chapter}`)
  return text.split(/^```$/m).filter((_, at) => at % 2 === 1)
}

// The blocks of examples in a page of the manual, in their order, as a terminal shows them.
export function blocksOfPage(page) {
  const text = readFileSync(join(root, "man", page), "utf8")
  const blocks = [...text.matchAll(/^\.EX\n([^]*?)^\.EE$/gm)].map(([, block]) => unescaped(block))
  assert.ok(blocks.length > 0, `${page} has examples`)
  return blocks
}

const signs = { "\\-": "-", "\\e": "\\", "\\&": "", "\\(aq": "'", "\\(ga": "`", "\\(ha": "^", "\\(ti": "~" }

function unescaped(roff) {
  return roff.replace(/\\(?:\(..|.)/g, (sign) => {
    assert.ok(sign in signs, `${sign} is no sign of an example`)
    return signs[sign]
  })
}

// What a shell says to the commands, with ds on its path and the server at `url` where they expect it.
// They must all succeed.
//   cwd      the folder that they are typed in
//   options  more options of bash
export async function typed(commands, url, { cwd, options = [] } = {}) {
  const words = ["-e", ...options, "-c", commands.replaceAll("http://127.0.0.1:4437", url)]
  const shell = spawn("bash", words, {
    stdio: ["ignore", "pipe", "pipe"],
    cwd,
    env: { ...process.env, PATH: `${dirname(dsBinary)}:${process.env.PATH}`, DS_URL: url },
  })
  let said = ""
  for (const output of [shell.stdout, shell.stderr]) output.on("data", (chunk) => (said += chunk))
  const [code] = await once(shell, "close")
  assert.equal(code, 0, said)
  return said
}
