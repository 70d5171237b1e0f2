// Runs tests part by part, a line for each, and ends the process by what came of them.

//   parts    their names, in the order to run them
//   load     (part) => its module, which exports tests(options): [{ name, run, skip? }]
//   seconds  how long one test may take: a test that hangs is a test that fails
export async function runParts({ parts, load, options, seconds }) {
  let passed = 0
  let failed = 0
  for (const part of parts) {
    const { tests } = await load(part)
    for (const { name, run, skip } of tests(options)) {
      const why = skip?.()
      if (why) {
        console.log(`skip ${part}: ${name}: ${why}`)
        continue
      }
      const began = Date.now()
      try {
        const note = await inTime(run(), seconds)
        const took = ((Date.now() - began) / 1000).toFixed(1)
        console.log(`ok   ${part}: ${name} (${took} s)${note ? `: ${note}` : ""}`)
        ++passed
      } catch (error) {
        console.log(`FAIL ${part}: ${name}: ${error.stack ?? error}`)
        ++failed
      }
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

function inTime(test, seconds) {
  const tooLong = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`took longer than ${seconds} s`)), seconds * 1000).unref()
  })
  return Promise.race([test, tooLong])
}
