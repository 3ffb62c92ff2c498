import { problem, type Scan } from './scan.ts'

const BANG = 33

/** Moves to the end of the line. */
export function skipLine(scan: Scan): void {
  const end = scan.sql.indexOf('\n', scan.at)
  scan.at = end < 0 ? scan.sql.length : end
}

/** A comment that opens with slash and star at `scan.at`. */
export function skipComment(scan: Scan): void {
  const { sql, dialect } = scan
  const from = scan.at
  if (dialect.lexical.executableComments && sql.charCodeAt(from + 2) === BANG) {
    scan.at = endOfDigits(sql, from + 3)
    scan.executable = true
    return
  }
  const end = dialect.lexical.nestedComments ? endOfNestedComment(sql, from + 2) : endOfComment(sql, from + 2)
  if (end < 0) problem(scan, 'SQL_UNTERMINATED_COMMENT', 'a comment is not closed', from, sql.length)
  scan.at = end < 0 ? sql.length : end
}

function endOfDigits(sql: string, at: number): number {
  let end = at
  while (sql.charCodeAt(end) >= 48 && sql.charCodeAt(end) <= 57) end++
  return end
}

function endOfComment(sql: string, start: number): number {
  const end = sql.indexOf('*/', start)
  return end < 0 ? -1 : end + 2
}

/**
 * Each closing found needs one more for each opening before it. A comment whose inner one never closes is taken as not nested:
 * a stray opening in a comment is more usual than a cut text.
 */
function endOfNestedComment(sql: string, start: number): number {
  let depth = 1
  let open = sql.indexOf('/*', start)
  let close = sql.indexOf('*/', start)
  while (close >= 0) {
    while (open >= 0 && open < close) {
      depth++
      open = sql.indexOf('/*', open + 2)
    }
    depth--
    if (depth === 0) return close + 2
    close = sql.indexOf('*/', close + 2)
    if (open >= 0 && open < close && close === open + 1) open = sql.indexOf('/*', open + 2)
  }
  return endOfComment(sql, start)
}

/**
 * `{% … %}` and `{# … #}` of templates, at `scan.at`; false if it is neither. What a macro, a block of `set`, or a branch for all but the last
 * round of a loop holds is passed over with them: the body of a loop is read once, as its last round. Of branches the first is read.
 */
export function skipTemplateTag(scan: Scan): boolean {
  const second = scan.sql.charAt(scan.at + 1)
  if ((second !== '%' && second !== '#') || scan.templatesEnd) return false
  const end = scan.sql.indexOf(`${second}}`, scan.at + 2)
  if (end < 0) {
    scan.templatesEnd = true
    return false
  }
  const from = scan.at
  scan.at = end + 2
  if (second === '#') return true
  const tag = scan.sql.slice(from + 2, end).replace(/^[-+\s]+/, '')
  const block = skippedBlock(tag)
  if (block === null || scan.openBlocks > MOST_OPEN) return true
  const close = blockEnd(scan.sql, end + 2, block)
  if (close < 0) {
    scan.openBlocks++
    return true
  }
  if (block === 'if' && !LAST_ROUND.test(tag)) problem(scan, 'SQL_DYNAMIC', 'only the first branch of a template is read', from, close)
  scan.at = close
  return true
}

const MOST_OPEN = 3
const LAST_ROUND = /\bnot\s+loop\.last\b/

/** The name of the block whose text is passed over, from here to its end; null where what follows is read. */
function skippedBlock(tag: string): string | null {
  const word = /^\w+/.exec(tag)?.[0]
  if (word === 'macro' || word === 'test' || word === 'docs' || word === 'raw') return word === 'raw' ? null : word
  if (word === 'set') return tag.includes('=') ? null : 'set'
  if (word === 'else' || word === 'elif') return 'if'
  return word === 'if' && LAST_ROUND.test(tag) ? 'if' : null
}

/** Where the tag ends that closes the block around `from`; -1 where none does. An `else` of a loop (`for`) is read as a branch too. */
function blockEnd(sql: string, from: number, block: string): number {
  const tags = /\{%[-+]?\s*(\w+)([^%]|%(?!\}))*?%\}/g
  tags.lastIndex = from
  let depth = 0
  for (let tag = tags.exec(sql); tag !== null; tag = tags.exec(sql)) {
    const word = tag[1]
    if (block === 'if' && (word === 'if' || word === 'for')) depth++
    else if (word === block && block !== 'if' && !(block === 'set' && tag[0].includes('='))) depth++
    else if (word === `end${block}` || (block === 'if' && word === 'endfor')) {
      if (depth === 0) return tag.index + tag[0].length
      depth--
    }
  }
  return -1
}
