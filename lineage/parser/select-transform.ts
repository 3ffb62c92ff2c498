import { TOKEN } from '../tokens/tokens.ts'
import type { Word } from '../tokens/words.ts'
import type { Ident, SelectItem } from '../tree.ts'
import { atEnd, type Cursor, closer, eat, kindAt, peek, skipBalanced, word, wordAt } from './cursor.ts'
import { parseIdent } from './names.ts'

/** What goes into the script, and the columns it is said to give. */
export interface Transform {
  readonly items: readonly SelectItem[]
  readonly columns: readonly Ident[]
}

/** Hive: TRANSFORM(…) | MAP … | REDUCE … [ROW FORMAT …] USING 'script' [AS (columns)]. */
export function parseTransform(cursor: Cursor): Transform | null {
  const first = word(cursor)
  if (first !== 'TRANSFORM' && first !== 'MAP' && first !== 'REDUCE') return null
  if (first === 'TRANSFORM' ? wordAt(cursor, 1) !== '(' : kindAt(cursor, 1) === TOKEN.operator) return null
  if (!(first === 'TRANSFORM' ? usesScript(cursor) : namesScript(cursor))) return null
  cursor.at++
  const close = peek(cursor, '(') ? closer(cursor) : -1
  if (close >= 0) cursor.at++
  const items = cursor.rules.selectItems(cursor)
  if (close >= 0) cursor.at = Math.min(close + 1, cursor.end)
  while (!atEnd(cursor) && !peek(cursor, 'USING') && !peek(cursor, 'FROM')) skipBalanced(cursor)
  if (eat(cursor, 'USING')) cursor.at++
  const columns = eat(cursor, 'AS') ? parseScriptColumns(cursor) : []
  while (!atEnd(cursor) && !BEHIND_SCRIPT.has(word(cursor))) skipBalanced(cursor)
  return { items, columns }
}

const BEHIND_SCRIPT: ReadonlySet<Word> = new Set<Word>([
  'FROM',
  ')',
  'WHERE',
  'DISTRIBUTE',
  'SORT',
  'CLUSTER',
  'GROUP',
  'ORDER',
  'UNION',
  'LATERAL',
])

/** Spark has a function TRANSFORM(array, lambda): the script form says USING, perhaps after a ROW FORMAT. */
function usesScript(cursor: Cursor): boolean {
  const after = (cursor.tokens.closers[cursor.at + 1] as number) + 1 - cursor.at
  return wordAt(cursor, after) === 'USING' || wordAt(cursor, after) === 'ROW'
}

/** MAP a, b USING 'script': without USING the words are columns. */
export function namesScript(cursor: Cursor): boolean {
  if (!peek(cursor, 'MAP') && !peek(cursor, 'REDUCE')) return false
  for (let at = cursor.at + 1; at < cursor.end; at++) {
    const found = wordAt(cursor, at - cursor.at)
    if (found === 'USING') return cursor.tokens.kinds[at + 1] === TOKEN.string
    if (found === 'FROM' || found === ';' || found === ')' || found === 'SELECT' || found === 'INSERT') return false
    at = Math.max(at, cursor.tokens.closers[at] as number)
  }
  return false
}

function parseScriptColumns(cursor: Cursor): Ident[] {
  const close = peek(cursor, '(') ? closer(cursor) : cursor.end
  if (peek(cursor, '(')) cursor.at++
  const columns: Ident[] = []
  do {
    const column = parseIdent(cursor)
    if (column !== null) columns.push(column)
    while (cursor.at < close && !peek(cursor, ',') && !BEHIND_SCRIPT.has(word(cursor))) skipBalanced(cursor)
  } while (eat(cursor, ','))
  if (close < cursor.end) cursor.at = close + 1
  return columns
}
