import { TOKEN } from '../../tokens/tokens.ts'
import type { Name, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, eat2, peek, skipBalanced, textAt, wordAt } from '../cursor.ts'
import { parseIdent, parseTableName } from '../names.ts'
import { isName, type StatementRule, simple, skipRest } from './boundary.ts'
import { eatExistence } from './parts.ts'
import { other, unparsed } from './unparsed.ts'

// biome-ignore format: a table
const DROP_MODIFIERS: ReadonlySet<string> = new Set(['TEMPORARY', 'TEMP', 'EXTERNAL', 'FOREIGN', 'MATERIALIZED', 'DYNAMIC', 'ICEBERG', 'SNAPSHOT', 'HYBRID', 'INTERACTIVE', 'STREAMING'])

/** DROP [TEMPORARY] TABLE | VIEW | … [IF EXISTS] a, b …. */
export const dropRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  while (DROP_MODIFIERS.has(textAt(cursor, 0).toUpperCase())) cursor.at++
  if (peek(cursor, 'TABLE') && wordAt(cursor, 1) === 'FUNCTION' && isName(cursor, 2)) cursor.at++
  const log = peek(cursor, 'VIEW') && wordAt(cursor, 1) === 'LOG' && wordAt(cursor, 2) === 'ON'
  const what = log ? 'LOG' : textAt(cursor, 0).toUpperCase()
  cursor.at = Math.min(cursor.at + 1, cursor.end)
  eatExistence(cursor)
  if (what !== 'TABLE' && what !== 'VIEW') return { kind: 'drop', keyword: `DROP ${what}`, from, to: skipRest(cursor), what, names: [] }
  return { kind: 'drop', keyword: `DROP ${what}`, from, names: nameList(cursor), to: skipRest(cursor), what }
})

/** `a, b PARTITION (…), c *`. */
function nameList(cursor: Cursor): readonly Name[] {
  const list: Name[] = []
  do {
    eatExistence(cursor)
    eat(cursor, 'ONLY')
    const name = parseTableName(cursor)
    if (name === null) break
    list.push(name)
    eat(cursor, '*')
  } while (eat(cursor, ','))
  return list
}

/** TRUNCATE [TABLE] [IF EXISTS] [ONLY] a, b …. */
export const truncateRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  const database = textAt(cursor, 0).toUpperCase()
  if (TRUNCATED.has(database) && isName(cursor, 1)) {
    cursor.at++
    return { kind: 'truncate', keyword: `TRUNCATE ${database}`, from, to: skipRest(cursor), names: [] }
  }
  if (textAt(cursor, 0).toUpperCase() === 'TEMPORARY') cursor.at++
  if (eat(cursor, 'MATERIALIZED')) eat(cursor, 'VIEW')
  else if (peek(cursor, 'TABLE') && (isName(cursor, 1) || isHole(cursor))) cursor.at++
  return { kind: 'truncate', keyword: 'TRUNCATE', from, names: nameList(cursor), to: skipRest(cursor) }
})

/** A variable or template where the name is put in. */
function isHole(cursor: Cursor): boolean {
  const next = cursor.tokens.kinds[cursor.at + 1]
  const mark = wordAt(cursor, 1)
  return next === TOKEN.parameter || next === TOKEN.template || mark === '&' || mark === '&&'
}

const TRUNCATED: ReadonlySet<string> = new Set(['ALL', 'DATABASE', 'CLUSTER'])

/** RENAME TABLE a TO b[, c TO d] (Teradata, MySQL, ClickHouse), RENAME OBJECT a TO b (Synapse), RENAME a TO b (Oracle). EXCHANGE TABLES a AND b (ClickHouse). */
export const renameRule: StatementRule = simple((cursor, from) => {
  const exchange = peek(cursor, 'EXCHANGE')
  cursor.at++
  const what = textAt(cursor, 0).toUpperCase()
  if (NO_TABLES.has(what) && wordAt(cursor, 1) !== 'TO' && wordAt(cursor, 1) !== '.') return other(cursor, from, `RENAME ${what}`)
  if (RENAMED.has(what) && (isName(cursor, 1) || wordAt(cursor, 1) === '::')) cursor.at++
  if (eat2(cursor, ':', ':') || eat(cursor, '::')) cursor.at += 0
  eatExistence(cursor)
  const statements: Statement[] = []
  do {
    const one = renamePair(cursor, from, exchange)
    if (one === null) break
    statements.push(one)
  } while (eat(cursor, ','))
  const [first] = statements
  const to = skipRest(cursor)
  if (first === undefined) return unparsed(cursor, from, 'RENAME', 'no name of what is renamed')
  if (statements.length === 1) return { ...first, to }
  return { kind: 'execute', keyword: 'RENAME', from, to, body: statements, text: null }
})

const RENAMED: ReadonlySet<string> = new Set(['TABLE', 'TABLES', 'VIEW', 'OBJECT', 'DICTIONARIES', 'DICTIONARY'])

/** What is renamed and holds no rows. */
const NO_TABLES: ReadonlySet<string> = new Set(['DATABASE', 'MACRO', 'PROCEDURE', 'FUNCTION', 'TRIGGER', 'USER', 'INDEX', 'COLUMN', 'ROLE'])

function renamePair(cursor: Cursor, from: number, exchange: boolean): Statement | null {
  const name = parseTableName(cursor)
  if (name === null) return null
  while (!atEnd(cursor) && !peek(cursor, 'TO') && !peek(cursor, 'AS') && !peek(cursor, 'AND')) skipBalanced(cursor)
  cursor.at = Math.min(cursor.at + 1, cursor.end)
  const other = parseTableName(cursor) ?? nameOf(cursor)
  if (other === null) return null
  const to: Name =
    other.parts.length > 1 || name.parts.length === 1 ? other : { ...other, parts: [...name.parts.slice(0, -1), ...other.parts] }
  const action = exchange ? ({ kind: 'swap', with: to } as const) : ({ kind: 'rename', to } as const)
  return { kind: 'alter', keyword: 'RENAME', from, to: to.to, what: 'TABLE', name, actions: [action] }
}

function nameOf(cursor: Cursor): Name | null {
  const ident = parseIdent(cursor)
  return ident === null ? null : { form: 'plain', parts: [ident], from: ident.from, to: ident.to }
}
