import { problem, type Scan } from './scan.ts'

const STAR = 42
const SLASH = 47
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

/** A nested comment whose inner one never closes is taken as not nested: texts with a stray opening in a comment are more usual than cut ones. */
function endOfNestedComment(sql: string, start: number): number {
  let depth = 1
  for (let at = start; at < sql.length - 1; at++) {
    const code = sql.charCodeAt(at)
    if (code === STAR && sql.charCodeAt(at + 1) === SLASH) {
      depth--
      at++
      if (depth === 0) return at + 1
    } else if (code === SLASH && sql.charCodeAt(at + 1) === STAR) {
      depth++
      at++
    }
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
