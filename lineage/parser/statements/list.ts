import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, kind, word, wordAt } from '../cursor.ts'
import { atBatchEnd } from './client-lines.ts'

/** Words that end a list of statements inside a script, whatever opened it. */
const SCRIPT_STOPS: ReadonlySet<Word> = new Set<Word>(['END', 'ELSE', 'ELSEIF', 'ELSIF', 'WHEN', 'EXCEPTION', 'UNTIL', 'HANDLER'])

/** Statements of a script, up to a word that closes or divides the list, which is not eaten, or the end. */
export function scriptStatements(cursor: Cursor): readonly Statement[] {
  const list: Statement[] = []
  while (!endsScript(cursor)) {
    list.push(cursor.rules.statement(cursor))
    while (eat(cursor, ';')) if (atEnd(cursor)) break
  }
  return list
}

function endsScript(cursor: Cursor): boolean {
  while (eat(cursor, ';')) if (atEnd(cursor)) return true
  if (atEnd(cursor) || atBatchEnd(cursor)) return true
  const current = word(cursor)
  // a variable may be called like one of them: `when := 1`
  return SCRIPT_STOPS.has(current) && wordAt(cursor, 1) !== ':=' && !(current === 'END' && kind(cursor) === TOKEN.quoted)
}
