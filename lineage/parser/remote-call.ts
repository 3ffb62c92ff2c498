import { TOKEN } from '../tokens/tokens.ts'
import type { CallExpr, Expr, Ident, Name, Query, SubqueryExpr } from '../tree.ts'
import { atEnd, type Cursor, closer, eat, here, kind, lastEnd, peek, skipBalanced, textAt, wordAt } from './cursor.ts'
import { literalText } from './literals.ts'
import { parseName } from './names.ts'
import { startsQuery } from './query-start.ts'
import { embeddedStatements } from './statements/embedded.ts'
import { readOf } from './table-operand.ts'

/**
 * A call that runs a text elsewhere, at its `(`: the queries in its literals, the files of `BULK '…'` and the table that OPENROWSET may
 * name last are its arguments, as queries; connections and options are none.
 */
export function parseRemoteCall(cursor: Cursor, name: readonly Ident[], from: number): CallExpr {
  const upper = (name[name.length - 1]?.text ?? '').toUpperCase()
  const close = closer(cursor)
  const before = cursor.end
  const args: Expr[] = []
  cursor.at++
  cursor.end = close
  while (!atEnd(cursor)) args.push(...parsePart(cursor, upper))
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return { kind: 'call', name, upper, args, distinct: false, order: [], filter: null, over: null, from, to: lastEnd(cursor) }
}

/** Teradata's table operators: `f(ON t PARTITION BY a ON (query) AS dim DIMENSION USING key('x'))`. What stands behind ON is read. */
export function parseOperatorCall(cursor: Cursor, name: readonly Ident[], from: number): CallExpr {
  const upper = (name[name.length - 1]?.text ?? '').toUpperCase()
  const close = closer(cursor)
  const before = cursor.end
  const args: Expr[] = []
  cursor.at++
  cursor.end = close
  while (!atEnd(cursor)) {
    if (eat(cursor, 'ON')) args.push(...parseOperand(cursor))
    else if (upper === 'READ_NOS' && peek(cursor, 'LOCATION') && cursor.tokens.kinds[cursor.at + 2] === TOKEN.string) {
      cursor.at += 2
      args.push(readOf(fileAt(cursor)))
    } else skipBalanced(cursor)
  }
  cursor.end = before
  cursor.at = Math.min(close + 1, before)
  return { kind: 'call', name, upper, args, distinct: false, order: [], filter: null, over: null, from, to: lastEnd(cursor) }
}

function parseOperand(cursor: Cursor): readonly Expr[] {
  if (!peek(cursor, '(')) {
    const name = parseName(cursor)
    return name === null ? [] : [readOf(name)]
  }
  return startsQuery(cursor, 1) ? [asArgument(cursor.rules.query(cursor))] : skipped(cursor)
}

function parsePart(cursor: Cursor, upper: string): readonly Expr[] {
  if (kind(cursor) === TOKEN.string) return QUERY.test(stringAt(cursor)) ? parseText(cursor) : skipped(cursor)
  if (upper !== 'OPENROWSET') return skipped(cursor)
  if (textAt(cursor, 0).toUpperCase() === 'BULK') return parseFiles(cursor)
  const isName = kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.quoted
  if (!isName || wordAt(cursor, -1) !== ',' || wordAt(cursor, 1) === '=' || /^single_n?[bc]lob$/i.test(textAt(cursor, 0)))
    return skipped(cursor)
  const name = parseName(cursor)
  return name === null ? skipped(cursor) : [readOf(name)]
}
const QUERY = /^[\s(]*(?:select|with|table)\b/i

function skipped(cursor: Cursor): readonly Expr[] {
  skipBalanced(cursor)
  return []
}

function parseText(cursor: Cursor): readonly Expr[] {
  const found = embeddedStatements(cursor) ?? []
  return found.flatMap((each) => (each.kind === 'query' ? [asArgument(each.query)] : []))
}

/** `BULK 'path'`, `BULK ('path', 'path')`. */
function parseFiles(cursor: Cursor): readonly Expr[] {
  cursor.at++
  const end = peek(cursor, '(') ? closer(cursor) : cursor.at + 1
  const files: Expr[] = []
  for (; cursor.at < end && !atEnd(cursor); cursor.at++) {
    if (kind(cursor) === TOKEN.string) files.push(readOf(fileAt(cursor)))
  }
  return files
}

function fileAt(cursor: Cursor): Name {
  const from = here(cursor)
  const to = cursor.tokens.ends[cursor.at] ?? from
  return { form: 'path', parts: [{ text: stringAt(cursor), quoted: true, from, to }], from, to }
}

function stringAt(cursor: Cursor): string {
  return literalText(cursor.sql, here(cursor), cursor.tokens.ends[cursor.at] ?? here(cursor), cursor.dialect)
}

function asArgument(query: Query): SubqueryExpr {
  return { kind: 'subquery', use: 'scalar', query, from: query.from, to: query.to }
}
