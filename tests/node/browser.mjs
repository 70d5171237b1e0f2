// A headless Chromium with one tab, for tests that need a real browser.
import { existsSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"

import { freshDirectory, root } from "./server.mjs"

export const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .concat(process.env.CHROMIUM ?? [])
  .reverse()
  .find((path) => existsSync(path))

// Calls use(tab, complaints), where `complaints` gathers the errors of the page. Pictures may be put
// into build/.
export async function withTab(chromium, use) {
  mkdirSync(join(root, "build"), { recursive: true })
  const profile = freshDirectory("chromium")
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  })
  try {
    const tab = await context.newPage()
    const complaints = []
    tab.on("pageerror", (error) => complaints.push(String(error)))
    return await use(tab, complaints)
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}
