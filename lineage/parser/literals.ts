import type { Dialect } from '../dialects/dialect.ts'

const QUOTES = '\'"'

/** The value of a string token [from, to): without prefix, quotes and escapes. Escapes other than of quotes and backslashes stay as written but for `\n`, `\t`, `\r`. */
export function literalText(sql: string, from: number, to: number, dialect: Dialect): string {
  if (sql[from] === '$') return dollarText(sql, from, to)
  let start = from
  while (start < to && !QUOTES.includes(sql[start] as string)) start++
  const prefix = sql.slice(from, start).toLowerCase()
  const quote = sql[start] ?? "'"
  if (prefix.endsWith('q')) return sql.slice(start + 2, Math.max(start + 2, to - 2))
  const triple = dialect.lexical.tripleQuotes && to - start >= 6 && sql.startsWith(quote.repeat(3), start)
  const width = triple ? 3 : 1
  const closed = to - start > width && sql[to - 1] === quote
  const text = sql.slice(start + width, closed ? to - width : to)
  return unescape(text, triple ? '' : quote, (dialect.lexical.backslashEscapes || prefix === 'e') && !prefix.includes('r'))
}

function dollarText(sql: string, from: number, to: number): string {
  const width = sql.indexOf('$', from + 1) - from + 1
  const closed = to - from >= width * 2 && sql.endsWith('$', to)
  return sql.slice(from + width, closed ? to - width : to)
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function unescape(text: string, quote: string, backslashes: boolean): string {
  const doubled = quote !== '' && text.includes(quote) ? text.replaceAll(quote + quote, quote) : text
  if (!backslashes || !doubled.includes('\\')) return doubled
  return doubled.replace(/\\([\s\S])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped)
}
