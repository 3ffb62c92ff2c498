import type { Word } from '../../tokens/words.ts'
import type { AlterAction, AlterStatement, ColumnDefinition, Ident, Name, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, eat2, lastEnd, mark, peek, rewind, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseColumnList, parseIdent, parseTableName } from '../names.ts'
import { atBareStart, find, isName, isQueryStart, type StatementRule, simple, within } from './boundary.ts'
import { columnDefinition } from './column-definitions.ts'
import { createRoutine } from './create-routine.ts'
import { createTrigger } from './create-trigger.ts'
import { assignments, eatExistence, inBrackets, location, NO_LIST, skipDefiner, sourceOfName } from './parts.ts'
import { alterSession } from './session.ts'
import { other, unparsed } from './unparsed.ts'

// biome-ignore format: a table
const RELATION_WORDS: ReadonlySet<string> = new Set(['MATERIALIZED', 'DYNAMIC', 'EXTERNAL', 'FOREIGN', 'ICEBERG', 'HYBRID', 'STREAMING', 'LIVE', 'SECURE', 'EVENT', 'INTERACTIVE', 'ONLINE', 'OFFLINE', 'IGNORE'])

/** ALTER TABLE | VIEW | … name action[, …]; ALTER SESSION; other objects have no lineage, but for the bodies SQL Server alters. */
export const alterRule: StatementRule = (cursor, from) => {
  const start = mark(cursor)
  cursor.at++
  if (peek(cursor, 'SESSION')) return simple(alterSession)(cursor, from)
  if (cursor.dialect.grammar.bareStatements) {
    const altered = alteredBody(cursor, from)
    if (altered !== null) return altered
  }
  skipViewOptions(cursor)
  while (RELATION_WORDS.has(textAt(cursor, 0).toUpperCase()) && !atEnd(cursor)) cursor.at++
  const log = peek(cursor, 'VIEW') && wordAt(cursor, 1) === 'LOG' && wordAt(cursor, 2) === 'ON'
  if ((peek(cursor, 'TABLE') || peek(cursor, 'VIEW')) && !log) return simple(alterRelation)(cursor, from)
  rewind(cursor, start)
  return simple((inner, at) => transferred(inner, at) ?? alterOther(inner, at))(cursor, from)
}

/** ALTER SCHEMA s TRANSFER [OBJECT::]t (SQL Server) moves t; null, with nothing eaten, where it is none. */
function transferred(cursor: Cursor, from: number): Statement | null {
  const transfers = wordAt(cursor, 1) === 'SCHEMA' && textAt(cursor, 3).toUpperCase() === 'TRANSFER'
  if (!transfers || (wordAt(cursor, 5) === '::' && wordAt(cursor, 4) !== 'OBJECT') || wordAt(cursor, 4) === 'XML') return null
  cursor.at += 2
  const schema = parseTableName(cursor)
  cursor.at += wordAt(cursor, 2) === '::' ? 3 : 1
  const name = parseTableName(cursor)
  if (schema === null || name === null) return unparsed(cursor, from, 'ALTER SCHEMA', 'no name of what is moved')
  return {
    kind: 'alter',
    keyword: 'ALTER SCHEMA',
    from,
    to: lastEnd(cursor),
    what: 'TABLE',
    name,
    actions: [{ kind: 'set-schema', schema }],
  }
}

/** ALTER [ALGORITHM = …] [DEFINER = …] [SQL SECURITY …] VIEW (MySQL). */
function skipViewOptions(cursor: Cursor): void {
  for (;;) {
    if (peek(cursor, 'DEFINER') && wordAt(cursor, 1) === '=') skipDefiner(cursor)
    else if ((peek(cursor, 'ALGORITHM') && wordAt(cursor, 1) === '=') || (peek(cursor, 'SQL') && wordAt(cursor, 1) === 'SECURITY'))
      cursor.at = Math.min(cursor.at + 3, cursor.end)
    else return
  }
}

/** ALTER PROCEDURE | FUNCTION | TRIGGER gives a new body. */
function alteredBody(cursor: Cursor, from: number): Statement | null {
  const object = textAt(cursor, 0).toUpperCase()
  if (object === 'PROCEDURE' || object === 'PROC' || object === 'FUNCTION') return renamed(createRoutine(cursor, from))
  return object === 'TRIGGER' ? renamed(createTrigger(cursor, from)) : null
}

function renamed(statement: Statement): Statement {
  return { ...statement, keyword: statement.keyword.replace('CREATE', 'ALTER') }
}

const alterOther: StatementRule = (cursor, from) => {
  cursor.at++
  const object = textAt(cursor, 0).toUpperCase()
  if (!atEnd(cursor)) cursor.at++
  return other(cursor, from, object === '' ? 'ALTER' : `ALTER ${object}`)
}

function alterRelation(cursor: Cursor, from: number): Statement {
  const what = word(cursor)
  cursor.at++
  eatExistence(cursor)
  eat(cursor, 'ONLY')
  if (what === 'VIEW' && isDialectChange(cursor)) cursor.at++
  // ALTER TABLE ALL IN TABLESPACE (Postgres)
  if (peek(cursor, 'ALL') && wordAt(cursor, 1) === 'IN') return other(cursor, from, `ALTER ${what}`)
  const name = parseTableName(cursor)
  if (name === null) return unparsed(cursor, from, `ALTER ${what}`, 'no name of what is altered')
  eat(cursor, '*')
  eatExistence(cursor)
  if (eat2(cursor, 'ON', 'CLUSTER')) parseIdent(cursor)
  const actions: AlterAction[] = []
  if (what === 'VIEW') viewQuery(cursor, actions)
  do {
    const action = alterAction(cursor, name)
    if (action !== null) actions.push(action)
    seekComma(cursor)
  } while (eat(cursor, ','))
  const made: AlterStatement = { kind: 'alter', keyword: `ALTER ${what}`, from, to: lastEnd(cursor), what, name, actions }
  return made
}

/** ALTER VIEW DIALECT v [FORCE] ADD | UPDATE | DROP DIALECT … (Athena). */
function isDialectChange(cursor: Cursor): boolean {
  return /^dialect$/i.test(textAt(cursor, 0)) && isName(cursor, 1) && !VIEW_ACTIONS.has(wordAt(cursor, 1))
}

const VIEW_ACTIONS: ReadonlySet<Word> = new Set<Word>(['AS', 'RENAME', 'SET', 'UNSET', 'ALTER', 'OWNER', 'ADD', 'DROP', 'WITH', 'SWAP'])

/** ALTER VIEW v [(a, b)] AS query. */
function viewQuery(cursor: Cursor, actions: AlterAction[]): void {
  const start = mark(cursor)
  const names = peek(cursor, '(') ? parseColumnList(cursor) : NO_LIST
  while (!atEnd(cursor) && peek(cursor, 'WITH')) {
    cursor.at++
    skipBalanced(cursor)
  }
  if (eat(cursor, 'AS') && isQueryStart(cursor)) actions.push({ kind: 'query', query: cursor.rules.query(cursor), names })
  else rewind(cursor, start)
}

/** To the comma between two actions; the one between columns of ADD COLUMN a int, b int reads as an action without a verb. */
function seekComma(cursor: Cursor): void {
  while (!atEnd(cursor) && !peek(cursor, ',') && !endsAlter(cursor)) skipBalanced(cursor)
}

/** Where no `;` is needed: a statement's first word that is none of the words of an ALTER's actions. */
function endsAlter(cursor: Cursor): boolean {
  if (!atBareStart(cursor)) return false
  const next = wordAt(cursor, 1)
  switch (word(cursor)) {
    case 'SET':
    case 'MERGE':
      return false
    case 'ALTER':
    case 'DROP':
      return (
        next === 'TABLE' ||
        next === 'VIEW' ||
        next === 'PROCEDURE' ||
        next === 'FUNCTION' ||
        (next === 'INDEX' && cursor.tokens.lineStarts[cursor.at] === 1)
      )
    case 'UPDATE':
    case 'DELETE':
    case 'INSERT':
      return wordAt(cursor, -1) !== 'ON'
    default:
      return true
  }
}

function alterAction(cursor: Cursor, table: Name): AlterAction | null {
  switch (word(cursor)) {
    case 'RENAME':
      return renameAction(cursor, table)
    case 'SWAP':
      return swapAction(cursor)
    case 'APPEND':
      return appendAction(cursor)
    case 'SWITCH':
    case 'EXCHANGE':
    case 'REPLACE':
    case 'ATTACH':
    case 'MOVE':
      return exchangeAction(cursor, table)
    case 'SET':
      return setAction(cursor)
    case 'ADD':
      return addAction(cursor)
    case 'DROP':
      return dropAction(cursor)
    case 'PARTITION':
      return partitionAction(cursor)
    case 'UPDATE':
    case 'DELETE':
      return changeAction(cursor, table)
    default:
      return modifiedQuery(cursor) ?? moveAction(cursor, table)
  }
}

/** RENAME [TO | AS] t, RENAME [COLUMN] a TO b. */
function renameAction(cursor: Cursor, table: Name): AlterAction {
  cursor.at++
  if (eat(cursor, 'TO') || eat(cursor, 'AS')) {
    const to = parseTableName(cursor)
    return to === null ? { kind: 'other' } : { kind: 'rename', to: beside(cursor, table, to) }
  }
  if (renamesBare(cursor)) {
    const to = parseTableName(cursor)
    return to === null ? { kind: 'other' } : { kind: 'rename', to: beside(cursor, table, to) }
  }
  if (!eat(cursor, 'COLUMN') && wordAt(cursor, 1) !== 'TO') return { kind: 'other' }
  eatExistence(cursor)
  const column = parseIdent(cursor)
  eat(cursor, 'TO')
  const to = parseIdent(cursor)
  return column === null || to === null ? { kind: 'other' } : { kind: 'rename-column', column, to }
}

/** `ALTER TABLE a RENAME b` (MySQL). */
function renamesBare(cursor: Cursor): boolean {
  const next = wordAt(cursor, 1)
  return isName(cursor, 0) && (cursor.at + 1 >= cursor.end || next === ',' || next === '.')
}

/**
 * A new name without qualifier stays beside the old one: Postgres, Redshift, BigQuery, SQL Server and Oracle take no other;
 * where the session's schema is meant (Snowflake, Hive) the old name is as good as always in it.
 */
function beside(_cursor: Cursor, table: Name, to: Name): Name {
  if (to.parts.length > 1 || to.form !== 'plain' || table.form !== 'plain') return to
  return { ...to, parts: [...table.parts.slice(0, -1), ...to.parts] }
}

function swapAction(cursor: Cursor): AlterAction {
  cursor.at++
  eat(cursor, 'WITH')
  const other = parseTableName(cursor)
  return other === null ? { kind: 'other' } : { kind: 'swap', with: other }
}

/** APPEND FROM s (Redshift). */
function appendAction(cursor: Cursor): AlterAction {
  cursor.at++
  eat(cursor, 'FROM')
  const source = parseTableName(cursor)
  return source === null ? { kind: 'other' } : { kind: 'append', source }
}

/**
 * SWITCH [PARTITION n] TO t (SQL Server: rows move to t); EXCHANGE PARTITION p WITH TABLE t (Hive: from t; Oracle, MySQL: both ways);
 * REPLACE | ATTACH | MOVE PARTITION p FROM | TO [TABLE] t (ClickHouse).
 */
function exchangeAction(cursor: Cursor, table: Name): AlterAction {
  const verb = textAt(cursor, 0).toUpperCase()
  // REPLACE PARTITION FIELD a WITH bucket(16, b) (Iceberg) changes how the table is cut, not its rows
  if (wordAt(cursor, 1) === 'PARTITION' && /^field$/i.test(textAt(cursor, 2))) return { kind: 'other' }
  const trades = verb === 'EXCHANGE'
  let towards = verb === 'SWITCH' || verb === 'MOVE'
  cursor.at++
  while (!atEnd(cursor) && !peek(cursor, ',') && !peek(cursor, 'TO') && !peek(cursor, 'WITH') && !peek(cursor, 'FROM')) skipBalanced(cursor)
  if (peek(cursor, 'FROM')) towards = false
  if (
    atEnd(cursor) ||
    peek(cursor, ',') ||
    (verb === 'ATTACH' && !peek(cursor, 'FROM')) ||
    (verb === 'MOVE' && wordAt(cursor, 1) !== 'TABLE')
  )
    return { kind: 'other' }
  cursor.at++
  eat(cursor, 'TABLE')
  const second = parseTableName(cursor)
  if (second === null) return { kind: 'other' }
  const both = trades && !cursor.dialect.grammar.fromFirst
  return towards ? { kind: 'exchange', source: table, target: second, both } : { kind: 'exchange', source: second, target: table, both }
}

/** SET LOCATION '…', SET SCHEMA s. */
function setAction(cursor: Cursor): AlterAction {
  cursor.at++
  if (eat(cursor, 'LOCATION')) {
    eat(cursor, '=')
    const found = location(cursor)
    return found === null ? { kind: 'other' } : { kind: 'location', location: found }
  }
  if (!eat(cursor, 'SCHEMA')) return { kind: 'other' }
  const schema = parseTableName(cursor)
  return schema === null ? { kind: 'other' } : { kind: 'set-schema', schema }
}

/** MODIFY QUERY select (ClickHouse): what the view is made of from now on. */
function modifiedQuery(cursor: Cursor): AlterAction | null {
  if (!/^modify$/i.test(textAt(cursor, 0)) || wordAt(cursor, 1) !== 'QUERY') return null
  cursor.at += 2
  return isQueryStart(cursor) ? { kind: 'query', query: cursor.rules.query(cursor), names: NO_LIST } : null
}

/** UPDATE a = x, b = y [IN PARTITION p] WHERE …, DELETE [IN PARTITION p] WHERE … (ClickHouse). */
function changeAction(cursor: Cursor, table: Name): AlterAction {
  const updates = peek(cursor, 'UPDATE')
  const filter = find(cursor, 'WHERE')
  if (filter < 0 || (updates && wordAt(cursor, 2) !== '=')) return { kind: 'other' }
  const partition = find(cursor, 'PARTITION')
  cursor.at++
  const end = partition < 0 || partition > filter ? filter : partition - 1
  const changed = updates ? within(cursor, end, () => assignments(cursor)) : []
  cursor.at = filter + 1
  return { kind: 'change', target: sourceOfName(table), assignments: changed, where: cursor.rules.expression(cursor) }
}

/** TRANSFER (ALTER SCHEMA s TRANSFER t) is none of a table's; `(a int, b text)` of ADD COLUMNS is. */
function moveAction(_cursor: Cursor, _table: Name): AlterAction | null {
  return { kind: 'other' }
}

/** ADD [COLUMN[S]] a int | (a int, b int); ADD PARTITION … LOCATION '…'; ADD CONSTRAINT …. */
function addAction(cursor: Cursor): AlterAction {
  cursor.at++
  if (peek(cursor, 'PARTITION') || eatNot(cursor)) return partitionAction(cursor)
  if (!eat(cursor, 'COLUMN')) eat(cursor, 'COLUMNS')
  eatExistence(cursor)
  if (peek(cursor, 'PARTITION')) return partitionAction(cursor)
  if (NOT_COLUMNS.has(word(cursor))) return { kind: 'other' }
  const columns = peek(cursor, '(') ? bracketColumns(cursor) : oneColumn(cursor)
  return columns.length === 0 ? { kind: 'other' } : { kind: 'add-columns', columns }
}

function eatNot(cursor: Cursor): boolean {
  return peek(cursor, 'IF') && wordAt(cursor, 3) === 'PARTITION'
}

// biome-ignore format: a table
const NOT_COLUMNS: ReadonlySet<Word> = new Set<Word>(['CONSTRAINT', 'PRIMARY', 'FOREIGN', 'UNIQUE', 'CHECK', 'INDEX', 'KEY', 'SEARCH', 'PERIOD', 'PROJECTION', 'ROW', 'DEFAULT', 'VALUE', 'SYSTEM'])

function bracketColumns(cursor: Cursor): readonly ColumnDefinition[] {
  return inBrackets(cursor, () => {
    const list: ColumnDefinition[] = []
    while (!atEnd(cursor)) {
      const column = columnDefinition(cursor)
      if (column !== null && !NOT_COLUMNS.has(column.name.text.toUpperCase() as Word)) list.push(column)
      while (!atEnd(cursor) && !eat(cursor, ',')) skipBalanced(cursor)
    }
    return list
  })
}

function oneColumn(cursor: Cursor): readonly ColumnDefinition[] {
  const column = columnDefinition(cursor)
  return column === null ? [] : [column]
}

/** DROP [COLUMN] a; DROP CONSTRAINT, PARTITION, DEFAULT and the like are no columns. */
function dropAction(cursor: Cursor): AlterAction {
  cursor.at++
  if (!eat(cursor, 'COLUMN') && !eat(cursor, 'COLUMNS')) return { kind: 'other' }
  eatExistence(cursor)
  if (peek(cursor, '(')) return { kind: 'drop-columns', columns: parseColumnList(cursor) }
  const columns: Ident[] = []
  const first = parseIdent(cursor)
  if (first !== null) columns.push(first)
  while (peek(cursor, ',') && !ACTIONS.has(wordAt(cursor, 1))) {
    cursor.at++
    const next = parseIdent(cursor)
    if (next === null) break
    columns.push(next)
  }
  return columns.length === 0 ? { kind: 'other' } : { kind: 'drop-columns', columns }
}

const ACTIONS: ReadonlySet<Word> = new Set<Word>(['ADD', 'DROP', 'ALTER', 'RENAME', 'SET', 'CHANGE', 'MODE', 'CONSTRAINT', 'COLUMN'])

/** PARTITION (…) [LOCATION '…' | SET LOCATION '…'] …: the first location named. */
function partitionAction(cursor: Cursor): AlterAction {
  while (!atEnd(cursor) && !peek(cursor, ',')) {
    if (eat(cursor, 'LOCATION')) {
      const found = location(cursor)
      if (found !== null) return { kind: 'location', location: found }
    } else skipBalanced(cursor)
  }
  return { kind: 'other' }
}
