import type { Dialect } from '../dialects/dialect.ts'

/**
 * Blanks out what a client reads and the tokenizer must not: DELIMITER lines of MySQL with the delimiters they set, and the data
 * behind `COPY … FROM stdin;` of psql, quotes in the prompts of SQL*Plus. The text keeps its length, so that all offsets hold. Texts without them come back as they are.
 */
export function blankClientText(sql: string, dialect: Dialect): string {
  const lines = dialect.lexical.hashNames && dialect.lexical.dollarQuotes === 'tagged' && sql.includes('\\n') ? blankBreaks(sql) : sql
  const data = dialect.lexical.dollarQuotes === 'tagged' ? blankCopyData(lines) : sql
  if (dialect.lexical.stringPrefixes.includes('nq') && PROMPTS.test(data)) return blankPrompts(data)
  const cells = data.includes(CELL) ? endCells(data) : data
  return dialect.lexical.executableComments && DELIMITER.test(cells) ? replaceDelimiters(cells) : cells
}

/** What stands between two cells of a notebook that Databricks exported: a cell ends its last statement. */
const CELL = '-- COMMAND ----------'

function endCells(sql: string): string {
  return sql.replaceAll(/^-- COMMAND -{10}/gm, (line) => `;${blanks(line.length - 1)}`)
}

/**
 * Redshift's logs write a line break as the two characters `\\n`: between words it is a blank, in quotes it is left alone. A line comment would
 * hide what follows it, so one that holds such a break ends there.
 */
function blankBreaks(sql: string): string {
  const outside = /'(?:[^'\\]|\\.|'')*'|"[^"]*"|--[^\n\\]*|\/\*[\s\S]*?\*\/|\\[nrt]/g
  return sql.replace(outside, (found) => (found.startsWith('\\') ? (found === '\\n' ? ' \n' : '  ') : found))
}

/** Lines of SQL*Plus that are free text, and may have an apostrophe. */
const PROMPTS = /^[ \t]*(?:PROMPT|REM|REMARK)[ \t].*['"]/im

function blankPrompts(sql: string): string {
  const outside = /'(?:[^']|'')*'|"[^"]*"|--.*|\/\*[\s\S]*?\*\/|^[ \t]*(?:PROMPT|REM|REMARK)[ \t].*/gim
  return sql.replace(outside, (found) => (/^[ \t]*[PR]/i.test(found) ? found.replaceAll(/['"]/g, ' ') : found))
}

/** DELIMITER at the start of a line. https://dev.mysql.com/doc/refman/8.4/en/stored-programs-defining.html */
const DELIMITER = /^[ \t]*delimiter[ \t]+\S/im

function blanks(length: number): string {
  return ' '.repeat(length)
}

/** Line by line: where a delimiter other than `;` holds, its occurrences outside of quotes become `;`. */
function replaceDelimiters(sql: string): string {
  let delimiter = ';'
  let state: Quote = ''
  const lines: string[] = []
  for (const line of sql.split('\n')) {
    const set = state === '' ? /^[ \t]*delimiter[ \t]+(\S+)[ \t]*\r?$/i.exec(line) : null
    if (set !== null) {
      delimiter = set[1] ?? ';'
      lines.push(blanks(line.length))
      continue
    }
    const read: Line = delimiter === ';' ? { line, state } : replaceIn(line, delimiter, state)
    lines.push(read.line)
    state = read.state
  }
  return lines.join('\n')
}

/** The quote or comment that is open: a quote character, `*` for a comment, '' for none. */
type Quote = '' | "'" | '"' | '`' | '*'

interface Line {
  readonly line: string
  readonly state: Quote
}

function replaceIn(line: string, delimiter: string, opened: Quote): Line {
  let out = ''
  let state = opened
  let at = 0
  while (at < line.length) {
    if (state === '' && line.startsWith(delimiter, at)) {
      out += `;${blanks(delimiter.length - 1)}`
      at += delimiter.length
      continue
    }
    const length = state === '' && line.startsWith('--', at) ? line.length - at : stepLength(line, at, state)
    state = nextState(line, at, state, length)
    out += line.slice(at, at + length)
    at += length
  }
  return { line: out, state }
}

/** An escaped character and the marks of a comment count as one. */
function stepLength(line: string, at: number, state: Quote): number {
  if (state !== '' && state !== '*' && line[at] === '\\') return 2
  if (state === '' && line.startsWith('/*', at)) return 2
  return state === '*' && line.startsWith('*/', at) ? 2 : 1
}

function nextState(line: string, at: number, state: Quote, length: number): Quote {
  const character = line[at]
  if (state === '*') return length === 2 ? '' : '*'
  if (state !== '') return length === 1 && character === state ? '' : state
  if (length === 2 && character === '/') return '*'
  return length === 1 && (character === "'" || character === '"' || character === '`') ? character : ''
}

const END_OF_DATA = '\n\\.'

/** psql's in-line data: from the line behind `COPY … FROM stdin …;` to a line `\.`. */
function blankCopyData(sql: string): string {
  let end = sql.indexOf(END_OF_DATA)
  if (end < 0) return sql
  const lower = sql.toLowerCase()
  const parts: string[] = []
  let done = 0
  for (; end >= 0; end = sql.indexOf(END_OF_DATA, end + 1)) {
    const stop = end + END_OF_DATA.length
    const start = dataStart(lower, end)
    if (start < done) continue
    parts.push(sql.slice(done, start), sql.slice(start, stop).replace(/[^\n]/g, ' '))
    done = stop
  }
  return parts.join('') + sql.slice(done)
}

/** Where the data that ends at `end` begins; -1 if no COPY … FROM stdin stands before it. */
function dataStart(lower: string, end: number): number {
  const stdin = lower.lastIndexOf('stdin', end)
  if (stdin < 0 || !/from\s+$/.test(lower.slice(Math.max(0, stdin - 20), stdin))) return -1
  const semicolon = lower.indexOf(';', stdin)
  return semicolon < 0 || semicolon > end ? -1 : lower.indexOf('\n', semicolon)
}
