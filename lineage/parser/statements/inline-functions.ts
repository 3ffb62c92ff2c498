import { TOKEN } from '../../tokens/tokens.ts'
import { wordId } from '../../tokens/words.ts'
import { atEnd, type Cursor, eat, lastEnd, peek, skipBalanced, word, wordAt } from '../cursor.ts'
import { parseName } from '../names.ts'
import { atString, isQueryStart, opensCtes } from './boundary.ts'
import { returnsType } from './create-routine.ts'
import { declarations } from './declarations.ts'

/**
 * `WITH SESSION a = 1, …` and `WITH FUNCTION f (…) RETURNS t …, …` before a query: they read no tables. Their bodies hold `;`, so that they
 * are passed over before the statement's end is looked for. https://trino.io/docs/current/udf/sql.html, and Oracle's `WITH FUNCTION f … IS BEGIN … END;`
 */
export function skipPrologue(cursor: Cursor): void {
  while (peek(cursor, 'WITH') && !atEnd(cursor)) {
    const session = wordAt(cursor, 1) === 'SESSION' && wordAt(cursor, 2) !== 'AS' && wordAt(cursor, 2) !== '('
    if (session) skipSettings(cursor)
    else if (declaresRoutine(cursor, 1)) skipRoutines(cursor)
    else return
  }
}

function declaresRoutine(cursor: Cursor, offset: number): boolean {
  const what = wordAt(cursor, offset)
  return (what === 'FUNCTION' || what === 'PROCEDURE') && wordAt(cursor, offset + 1) !== 'AS' && wordAt(cursor, offset + 1) !== '('
}

function skipSettings(cursor: Cursor): void {
  cursor.at += 2
  while (!atEnd(cursor) && !peek(cursor, ';') && !isQueryStart(cursor)) skipBalanced(cursor)
}

function skipRoutines(cursor: Cursor): void {
  cursor.at++
  while (declaresRoutine(cursor, 0)) {
    skipRoutine(cursor)
    // Oracle ends each with a semicolon, Trino puts a comma between
    if (peek(cursor, ';') && (declaresRoutine(cursor, 1) || wordAt(cursor, 1) === 'SELECT' || wordAt(cursor, 1) === 'WITH')) cursor.at++
    else if (peek(cursor, ';') && opensCtes(cursor)) beginCtes(cursor)
    else if (peek(cursor, ',') && declaresRoutine(cursor, 1)) cursor.at++
  }
}

/** `WITH FUNCTION … END; c AS (query)` (Oracle): the semicolon is put as the WITH that the CTEs would have alone. */
function beginCtes(cursor: Cursor): void {
  cursor.tokens.words[cursor.at] = WITH
  cursor.tokens.kinds[cursor.at] = TOKEN.word
  cursor.semicolonAt = -1
}

const WITH = wordId('WITH')

/** FUNCTION name (…) RETURNS type characteristics {RETURN expr | BEGIN … END | AS $$ … $$}; of Oracle's, RETURN type comes before IS. */
function skipRoutine(cursor: Cursor): void {
  cursor.at++
  parseName(cursor)
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, ',') && !peek(cursor, 'SELECT')) {
    if (bodyRead(cursor)) return
  }
}

/** Takes one step; true when the routine's body is behind it. */
function bodyRead(cursor: Cursor): boolean {
  switch (word(cursor)) {
    case 'RETURN':
      if (returnsType(cursor)) return skipType(cursor)
      cursor.at++
      cursor.rules.expression(cursor)
      return true
    case 'AS':
    case 'IS':
      cursor.at++
      if (atString(cursor)) {
        cursor.at++
        return true
      }
      declarations(cursor)
      return !peek(cursor, 'BEGIN') && lastEnd(cursor) > 0
    case 'BEGIN':
    case 'IF':
    case 'CASE':
    case 'WHILE':
    case 'LOOP':
    case 'REPEAT':
      cursor.rules.statement(cursor)
      return true
    default:
      if (!eat(cursor, 'RETURNS')) skipBalanced(cursor)
      return false
  }
}

/** To the IS or AS behind the type. */
function skipType(cursor: Cursor): false {
  while (!atEnd(cursor) && !peek(cursor, 'IS') && !peek(cursor, 'AS')) skipBalanced(cursor)
  return false
}
