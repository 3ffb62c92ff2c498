import type { Word } from '../tokens/words.ts'
import { atEnd, type Cursor, here, lastEnd, mark, peek, report, rewind, skipBalanced, word } from './cursor.ts'

/** An item that cannot be read to its end costs no table: what stands before FROM is passed over, and said. */
export function seekFrom(cursor: Cursor): void {
  if (atEnd(cursor) || BEHIND_ITEMS.has(word(cursor))) return
  const start = mark(cursor)
  const from = here(cursor)
  while (!atEnd(cursor) && !peek(cursor, 'FROM') && !BEHIND_QUERY.has(word(cursor))) skipBalanced(cursor)
  if (peek(cursor, 'FROM')) report(cursor, 'SQL_EXPRESSION_UNKNOWN', 'this part of the select list is not known', from, lastEnd(cursor))
  else rewind(cursor, start)
}

// biome-ignore format: a table
const BEHIND_ITEMS: ReadonlySet<Word> = new Set<Word>(['FROM', 'INTO', 'BULK', 'WHERE', 'PREWHERE', 'GROUP', 'HAVING', 'QUALIFY', 'WINDOW', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH', 'FOR', 'UNION', 'INTERSECT', 'EXCEPT', 'MINUS', ';', ')', ']', '}', '|>', '->>'])
// biome-ignore format: a table
const BEHIND_QUERY: ReadonlySet<Word> = new Set<Word>(['UNION', 'INTERSECT', 'EXCEPT', 'MINUS', ';', ')', ']', '}', '|>', '->>', 'SELECT', 'SEL', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'CREATE', 'ALTER', 'DROP', 'EXEC', 'EXECUTE', 'DECLARE', 'SET', 'BEGIN', 'END', 'IF', 'WHILE', 'PRINT', 'GO'])
