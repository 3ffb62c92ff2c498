import { TOKEN } from '../tokens/tokens.ts'
import { WORDS, type Word } from '../tokens/words.ts'
import { type Cursor, report } from './cursor.ts'

/** What ends a stretch in a select list that is not understood. */
export const LIST_GOES_ON: ReadonlySet<Word> = new Set<Word>([',', 'FROM'])

/** What ends one behind FROM or a clause. */
// biome-ignore format: a table
export const CLAUSES_GO_ON: ReadonlySet<Word> = new Set<Word>(['WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'UNION', 'INTERSECT', 'EXCEPT', 'QUALIFY', 'WINDOW'])
export const JOINS_GO_ON: ReadonlySet<Word> = new Set<Word>(['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'NATURAL'])

// biome-ignore format: a table
const CLOSING: ReadonlySet<Word> = new Set<Word>([')', ']', '}', ';', ',', '|>'])

/**
 * Moves over tokens that nothing here understands to where the query goes on, and says so: an operator or option of a newer release must
 * not cost the tables behind it. Stays where no such place follows before a word that the grammar knows.
 */
export function skipUnknown(cursor: Cursor, ends: ReadonlySet<Word>): boolean {
  const { tokens, end } = cursor
  let at = cursor.at
  if (at >= end || !isUnknown(cursor, at)) return false
  if (cursor.dialect.grammar.bareStatements && tokens.lineStarts[at] === 1) return false
  while (at < end && isUnknown(cursor, at)) {
    const close = tokens.closers[at] as number
    at = close > at ? close + 1 : at + 1
  }
  if (at >= end || !ends.has(WORDS[tokens.words[at] as number] as Word)) return false
  const from = tokens.starts[cursor.at] as number
  report(cursor, 'SQL_CLAUSE_UNKNOWN', 'this part is not known here and was skipped', from, tokens.ends[at - 1] as number)
  cursor.at = at
  return true
}

function isUnknown({ tokens }: Cursor, at: number): boolean {
  const id = tokens.words[at] as number
  if (tokens.kinds[at] !== TOKEN.operator) return id === 0
  return !CLOSING.has(WORDS[id] as Word)
}
