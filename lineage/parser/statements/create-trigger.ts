import type { Name, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, peek, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseName } from '../names.ts'
import { find, nextSemicolon, within } from './boundary.ts'
import { BODY_STARTS, type Body, batchBody, bracketBody, inlineBody, MACRO_STARTS, NO_BODY, routine } from './create-routine.ts'
import { declarations } from './declarations.ts'
import { eatExistence, NO_LIST } from './parts.ts'
import { copyOfTable, NEW_AND_OLD, namesWord, referencedNames, withRows } from './row-names.ts'
import { unparsed } from './unparsed.ts'

/** CREATE TRIGGER name {BEFORE | AFTER | INSTEAD OF} events ON t [REFERENCING …] [FOR EACH ROW] [WHEN (…)] body. */
export function createTrigger(cursor: Cursor, from: number): Statement {
  cursor.at++
  eatExistence(cursor)
  const name = parseName(cursor)
  if (name === null)
    return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, 'CREATE TRIGGER', 'no name of what is created'))
  const table = triggerTable(cursor)
  const calls = find(cursor, 'EXECUTE')
  if (calls >= 0 && (wordAt(cursor, calls - cursor.at + 1) === 'PROCEDURE' || wordAt(cursor, calls - cursor.at + 1) === 'FUNCTION')) {
    cursor.at = Math.max(cursor.at, nextSemicolon(cursor))
    return routine(cursor, from, 'CREATE TRIGGER', { what: 'trigger', name, parameters: NO_LIST, table, ...NO_BODY })
  }
  return routine(cursor, from, 'CREATE TRIGGER', { what: 'trigger', name, parameters: NO_LIST, table, ...triggerBody(cursor, table) })
}

function triggerTable(cursor: Cursor): Name | null {
  const on = find(cursor, 'ON')
  if (on < 0) return null
  cursor.at = on + 1
  return parseName(cursor)
}

/** `FOR INSERT, UPDATE AS …` (SQL Server) lists events, no statements; elsewhere the body starts with a statement's word. */
function triggerBody(cursor: Cursor, table: Name | null): Body {
  if (cursor.dialect.grammar.bareStatements) {
    const as = find(cursor, 'AS')
    if (as < 0) return NO_BODY
    cursor.at = as + 1
    const start = cursor.at
    const body = batchBody(cursor)
    return { ...NO_BODY, body: [...changedRows(cursor, start, table), ...body] }
  }
  const head = cursor.at
  if (opensCompound(cursor)) return compoundBody(cursor, table)
  skipHead(cursor)
  const names = referencedNames(cursor, head)
  const start = cursor.at
  if (atEnd(cursor) || peek(cursor, ';')) return NO_BODY
  const read = peek(cursor, '(') ? bracketBody(cursor) : inlineBody(cursor)
  return { ...read, body: withRows(cursor, start, read.body, names, table) }
}

/** COMPOUND TRIGGER stands behind the events (Oracle); eaten. */
function opensCompound(cursor: Cursor): boolean {
  const start = cursor.at
  while (!atEnd(cursor) && !peek(cursor, ';') && !peek(cursor, 'BEGIN') && !/^compound$/i.test(textAt(cursor, 0))) skipBalanced(cursor)
  if (wordAt(cursor, 1) === 'TRIGGER') {
    cursor.at += 2
    return true
  }
  cursor.at = start
  return false
}

/** declarations {BEFORE | AFTER} {STATEMENT | EACH ROW} IS BEGIN … END {BEFORE | AFTER} …; … END name. */
function compoundBody(cursor: Cursor, table: Name | null): Body {
  const start = cursor.at
  const body: Statement[] = []
  while (!atEnd(cursor) && !peek(cursor, 'END')) {
    const before = cursor.at
    if (/^(?:before|after|instead)$/i.test(textAt(cursor, 0))) body.push(...timedBlock(cursor))
    else cursor.at = Math.max(cursor.at, nextSemicolon(cursor))
    while (eat(cursor, ';')) if (atEnd(cursor)) break
    if (cursor.at === before) cursor.at++
  }
  if (eat(cursor, 'END')) parseName(cursor)
  return { ...NO_BODY, body: withRows(cursor, start, body, NEW_AND_OLD, table) }
}

/** AFTER EACH ROW IS BEGIN … END AFTER EACH ROW */
function timedBlock(cursor: Cursor): readonly Statement[] {
  while (!atEnd(cursor) && !peek(cursor, 'BEGIN') && !peek(cursor, ';')) cursor.at++
  const block = peek(cursor, 'BEGIN') ? [cursor.rules.statement(cursor)] : []
  while (!atEnd(cursor) && !peek(cursor, ';')) cursor.at++
  return block
}

/** To the body: `FOR EACH ROW`, `REFERENCING …`, `WHEN (…)` and `WHEN c` stand before it. */
function skipHead(cursor: Cursor): void {
  while (!atEnd(cursor) && !peek(cursor, ';')) {
    if (eat(cursor, 'WHEN')) {
      if (peek(cursor, '(')) skipBalanced(cursor)
      else cursor.rules.expression(cursor)
    }
    if (peek(cursor, 'FOR') || peek(cursor, 'REFERENCING')) cursor.at++
    else if (peek(cursor, 'BEGIN') || peek(cursor, 'DECLARE') || BODY_STARTS.has(word(cursor)) || peek(cursor, 'CALL')) return
    else if (peek(cursor, '(') && MACRO_STARTS.has(wordAt(cursor, 1))) return
    else skipBalanced(cursor)
  }
}

/** `inserted` and `deleted` are tables of the trigger with rows of its table, where its body names them. */
function changedRows(cursor: Cursor, start: number, table: Name | null): readonly Statement[] {
  if (table === null) return []
  return ['inserted', 'deleted'].filter((name) => namesWord(cursor, start, name)).map((name) => copyOfTable(name, table))
}

/** CREATE PACKAGE [BODY] name {AS | IS} declarations [BEGIN …] END name (Oracle). */
export function createPackage(cursor: Cursor, from: number): Statement {
  cursor.at++
  const what = textAt(cursor, -1).toUpperCase()
  const keyword = eat(cursor, 'BODY') ? `CREATE ${what} BODY` : `CREATE ${what}`
  eatExistence(cursor)
  const name = parseName(cursor)
  if (name === null) return within(cursor, nextSemicolon(cursor), () => unparsed(cursor, from, keyword, 'no name of what is created'))
  while (!atEnd(cursor) && !peek(cursor, 'AS') && !peek(cursor, 'IS') && !peek(cursor, ';')) skipBalanced(cursor)
  if (eat(cursor, 'AS')) cursor.at += 0
  else eat(cursor, 'IS')
  const declared = declarations(cursor)
  const block = peek(cursor, 'BEGIN') ? [cursor.rules.statement(cursor)] : []
  if (block.length === 0 && eat(cursor, 'END')) parseName(cursor)
  return routine(cursor, from, keyword, {
    what: 'procedure',
    name,
    parameters: NO_LIST,
    table: null,
    ...NO_BODY,
    body: [...declared, ...block],
  })
}
