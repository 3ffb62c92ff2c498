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

/** `{% … %}` and `{# … #}` of templates, at `scan.at`; false if it is neither. */
export function skipTemplateTag(scan: Scan): boolean {
  const second = scan.sql.charAt(scan.at + 1)
  if ((second !== '%' && second !== '#') || scan.templatesEnd) return false
  const end = scan.sql.indexOf(`${second}}`, scan.at + 2)
  if (end < 0) {
    scan.templatesEnd = true
    return false
  }
  scan.at = end + 2
  return true
}
