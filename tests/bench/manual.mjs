// The Markdown of figures.mjs as the text of a manual page: paragraphs, lists, and one table, of
// which each row becomes an entry with the values of all servers.

const bold = (text) => `\\fB${text}\\fR`

function escaped(text) {
  return text.replaceAll('\\', '\\e')
}

function inline(text) {
  const line = escaped(text)
    .replace(/\*\*([^*]+)\*\*/g, (_, word) => bold(word))
    .replace(/`([^`]+)`/g, (_, word) => bold(word.replaceAll('-', '\\-')))
    .replace(/\*([^*\s][^*]*)\*/g, (_, word) => `\\fI${word}\\fR`)
  return /^[.']/.test(line) ? `\\&${line}` : line
}

const cellsOf = (line) => line.slice(1, -1).split('|').map((cell) => cell.trim())

// "ds<br>*fsync*" is named "ds (fsync)".
const nameOf = (head) => head.replace(/<br>\*(.*)\*$/, ' ($1)')

function tableText(lines) {
  const [head, , ...rows] = lines.map(cellsOf)
  return rows.flatMap(([title, ...values]) => {
    const known = values.map((value, i) => value && `${nameOf(head[i + 1])} ${value}`).filter((text) => text)
    return ['.TP', inline(title), inline(`${known.join('; ')}.`)]
  })
}

export function manualText(markdown) {
  const out = []
  for (const block of markdown.trim().split(/\n\n+/)) {
    const lines = block.split('\n')
    if (block.startsWith('|')) out.push(...tableText(lines))
    else if (block.startsWith('* ')) for (const line of lines) out.push('.IP \\(bu 2', inline(line.slice(2)))
    else out.push('.PP', inline(lines.join(' ')))
  }
  return `${out.join('\n')}\n`
}
