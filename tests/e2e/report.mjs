// The page of a load test, in a real browser that has no network: on a phone and on a wide screen,
// light and dark.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"

import { chromium } from "playwright-core"

import { browserPath, withTab } from "../node/browser.mjs"
import { dsBinary, root } from "../node/server.mjs"

const sections = {
  budgets: "Budgets",
  delivery: "Delivery",
  time: "Delivery over time",
  readers: "Readers",
  cache: "Cache",
  misses: "Misses per URL",
  pops: "Data centres",
  writes: "Writes",
  errors: "Errors",
  bill: "The bill",
  config: "Configuration",
}
const widths = { phone: 390, screen: 1280 }

export function tests() {
  const skip = () => (browserPath ? undefined : "no Chromium here")
  const made = () => see("report", pageOfMadeUpRun, sections)
  const real = () => see("loadtest", pageOfRun, { ...sections, bill: undefined })
  return [
    { name: "a page with all that a run can have opens without a network", run: made, skip },
    { name: "so does the page of a short run", run: real, skip },
    { name: "and that of a run in which nothing happened, where texts are no markup", run: nothing, skip },
  ]
}

// The unit tests write it.
async function pageOfMadeUpRun(file, variable = "DS_REPORT_PAGE") {
  const unit = process.env.UNIT ? resolve(process.env.UNIT) : join(root, "build/release/unit")
  await promisify(execFile)(unit, ["--test-case=*of a made-up run*"], { env: { ...process.env, [variable]: file } })
}

async function nothing() {
  const file = join(root, "build", "nothing.html")
  rmSync(file, { force: true })
  await pageOfMadeUpRun(file, "DS_EMPTY_REPORT_PAGE")
  await withTab(chromium, async (tab, complaints) => {
    await tab.goto(pathToFileURL(file).href)
    assert.equal(await tab.locator("h1").innerText(), "No message reached a reader")
    assert.equal(await tab.title(), "ds loadtest: No message reached a reader")
    assert.match(await tab.locator(".brand").innerText(), /of <\/script><b>server<\/b>/)
    assert.equal(await tab.locator("section#bill").count(), 0)
    assert.doesNotMatch(await tab.locator("body").innerText(), /NaN|undefined|null|Infinity/)
    assert.deepEqual(complaints, [])
  })
}

async function pageOfRun(file) {
  const readers = ["--clients", "60", "--streams", "3", "--sse-ratio", "0.5"]
  const writers = ["--write-interval", "100", "--duration", "4", "--ramp-up", "1"]
  const budgets = ["--max-p99", "5000", "--max-errors", "0"]
  const all = ["loadtest", "--quiet", ...readers, ...writers, ...budgets, "--html", file]
  await promisify(execFile)(dsBinary, all)
}

// Lets a page be written, and looks at it; pictures have its name.
async function see(name, write, expected) {
  mkdirSync(join(root, "build"), { recursive: true })
  const file = join(root, "build", `${name}.html`)
  rmSync(file, { force: true })
  await write(file)
  const url = pathToFileURL(file).href
  return withTab(chromium, (tab, complaints) => look(tab, complaints, url, name, expected))
}

async function look(tab, complaints, url, name, expected) {
  await tab.context().setOffline(true)
  const requests = []
  tab.on("request", (request) => requests.push(request.url()))
  tab.on("console", (message) => complaints.push(message.text()))
  await tab.goto(url)
  for (const [device, width] of Object.entries(widths)) {
    for (const colorScheme of ["light", "dark"]) {
      await tab.setViewportSize({ width, height: 900 })
      await tab.emulateMedia({ colorScheme })
      await checkSections(tab, expected)
      const place = `at ${width} px, ${colorScheme}`
      assert.deepEqual(await tab.evaluate(outside), [], `reaches outside ${place}`)
      assert.deepEqual(await tab.evaluate(overlapping), [], `labels over labels ${place}`)
      assert.deepEqual(await tab.evaluate(faint), [], `hard to read ${place}`)
      const path = join(root, "build", `${name}-${device}-${colorScheme}.png`)
      await tab.screenshot({ path, fullPage: true })
    }
  }
  // With all tables open, too.
  await tab.$$eval("details", (all) => all.forEach((one) => (one.open = true)))
  for (const width of Object.values(widths)) {
    await tab.setViewportSize({ width, height: 900 })
    assert.deepEqual(await tab.evaluate(outside), [], `tables reach outside at ${width} px`)
  }
  const elsewhere = requests.filter((request) => request !== url && !request.startsWith("data:"))
  assert.deepEqual(elsewhere, [], "requests")
  assert.deepEqual(complaints, [])
  return `screenshots in build/${name}-*.png`
}

async function checkSections(tab, expected) {
  for (const [id, title] of Object.entries(expected)) {
    if (!title) continue
    const section = tab.locator(`section#${id}`)
    assert.equal(await section.locator("h2").innerText(), title)
    assert.ok(await section.isVisible(), `section ${id}`)
    assert.ok((await section.boundingBox()).height > 60, `section ${id} has content`)
  }
  assert.equal(await tab.locator("h1").count(), 1)
  // Pictures are described, and shown as tables besides.
  const pictures = tab.locator("svg[role=img]")
  assert.equal(await pictures.count(), 5)
  for (const picture of await pictures.all()) {
    assert.ok((await picture.getAttribute("aria-label")).length > 20)
    assert.ok((await picture.boundingBox()).width > 250)
  }
  for (const id of ["delivery", "time"]) assert.ok((await tab.locator(`#${id} details table`).count()) > 0)
}

// What follows runs in the page.

// Elements that are wider than the page or the box that scrolls them.
function outside() {
  const width = document.documentElement.clientWidth
  const found = []
  if (document.documentElement.scrollWidth > width) found.push(`page ${document.documentElement.scrollWidth}`)
  for (const element of document.body.querySelectorAll("*")) {
    const { left, right, width: own } = element.getBoundingClientRect()
    const name = `${element.tagName} ${element.getAttribute("class") ?? ""} ${element.textContent.slice(0, 40)}`
    if (own > 0 && (left < -0.5 || right > width + 0.5)) found.push(`${name}: ${left} to ${right}`)
    const scrolls = element.matches(".wide, .figures *, section, .bills details")
    if (scrolls && element.scrollWidth > element.clientWidth + 1) found.push(`${name}: ${element.scrollWidth}`)
  }
  return found
}

// Labels of a plot that lie over one another, or side by side without a gap.
function overlapping() {
  const gap = 4
  const found = []
  for (const plot of document.querySelectorAll(".plot")) {
    const labels = [...plot.querySelectorAll(".x, .y, .mark b")]
      .map((label) => ({ text: label.textContent, box: label.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0)
    labels.forEach((one, i) => {
      for (const other of labels.slice(i + 1)) {
        const apart = [one.box.right + gap <= other.box.left, other.box.right + gap <= one.box.left,
          one.box.bottom <= other.box.top, other.box.bottom <= one.box.top]
        if (!apart.some(Boolean)) found.push(`${one.text} and ${other.text}`)
      }
    })
  }
  return found
}

// Text with less contrast to what is behind it than WCAG asks for (4.5, large text 3).
function faint() {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number)
  const luminance = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((value) => {
      const part = value / 255
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor
      if ((numbers(colour)[3] ?? 1) > 0) return colour
    }
    return "rgb(255, 255, 255)"
  }
  const found = []
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
    if (!own || element.closest("svg") || element.getBoundingClientRect().width === 0) continue
    const style = getComputedStyle(element)
    const [light, dark] = [luminance(style.color), luminance(behind(element))].sort((a, b) => b - a)
    const contrast = (light + 0.05) / (dark + 0.05)
    if (contrast < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
      found.push(`${element.textContent.slice(0, 40)}: ${contrast.toFixed(2)}`)
  }
  return found
}
