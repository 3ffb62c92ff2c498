import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { Expr, LiteralExpr, Name, SetStatement, Statement, UseStatement } from '../../tree.ts'
import { atEnd, type Cursor, eat, here, kind, lastEnd, mark, peek, rewind, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseName } from '../names.ts'
import { atBareStart, atString, finish, isQueryStart, type StatementRule, simple, skipRest } from './boundary.ts'
import { rememberText } from './dynamic-text.ts'
import { eatAny, eatExistence, NO_NAMES, nameOfText, stringText } from './parts.ts'
import { schemaElements } from './schema-elements.ts'
import { other } from './unparsed.ts'

function use(cursor: Cursor, from: number, what: UseStatement['what'], names: readonly Name[], keyword = 'USE'): UseStatement {
  // mysql's client needs no `;` behind USE
  const ended = cursor.dialect.lexical.executableComments && cursor.tokens.lineStarts[cursor.at] === 1
  return { kind: 'use', keyword, from, to: ended ? lastEnd(cursor) : skipRest(cursor), what, names }
}

/** A name, or one in a string: `USE SCHEMA 'x'`, `SET SCHEMA 'x'`. */
function nameOrString(cursor: Cursor): Name | null {
  const from = here(cursor)
  if (!atString(cursor)) return parseName(cursor)
  const text = stringText(cursor)
  return nameOfText(text, from, lastEnd(cursor))
}

function nameList(cursor: Cursor): readonly Name[] {
  const list: Name[] = []
  do {
    const name = nameOrString(cursor)
    if (name !== null) list.push(name)
  } while (eat(cursor, ','))
  return list
}

const USE_WHAT: Readonly<Record<string, UseStatement['what']>> = {
  DATABASE: 'database',
  CATALOG: 'database',
  SCHEMA: 'schema',
  NAMESPACE: 'schema',
  ROLE: 'none',
  WAREHOUSE: 'none',
  SECONDARY: 'none',
}

/** USE [DATABASE | CATALOG | SCHEMA | …] name. */
export const useRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  const what = USE_WHAT[textAt(cursor, 0).toUpperCase()]
  const typed = what !== undefined && !endsName(cursor)
  if (typed) cursor.at++
  const names = typed && what === 'none' ? NO_NAMES : nameList(cursor)
  const path = names.length === 1 && (names[0]?.parts.length ?? 0) > 1
  return use(cursor, from, typed && !path ? what : 'path', names)
})

/** Whether the word here is the whole name: `USE schema`. */
function endsName(cursor: Cursor): boolean {
  const next = wordAt(cursor, 1)
  return cursor.at + 1 >= cursor.end || next === ';' || next === '.'
}

/** DATABASE d (Teradata). */
export const databaseRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  return use(cursor, from, 'path', nameList(cursor), 'DATABASE')
})

/** CREATE DATABASE | SCHEMA [IF NOT EXISTS] name …: some sessions go on in it (`resolution.createSwitches`). */
export const createNamespace: StatementRule = (cursor, from) => {
  const schema = peek(cursor, 'SCHEMA')
  const keyword = schema ? 'CREATE SCHEMA' : 'CREATE DATABASE'
  cursor.at++
  eatExistence(cursor)
  const elements = schema ? schemaElements(cursor, from) : null
  if (elements !== null) return elements
  if (!cursor.dialect.resolution.createSwitches || ROLES.has(textAt(cursor, 0).toUpperCase())) return other(cursor, from, keyword)
  const name = parseName(cursor)
  if (name === null) return other(cursor, from, keyword)
  return use(cursor, from, name.parts.length > 1 ? 'path' : schema ? 'schema' : 'database', [name], keyword)
}

/** CREATE DATABASE ROLE r is no database. */
const ROLES: ReadonlySet<string> = new Set(['ROLE', 'SCOPED', 'LINK', 'AUDIT'])

const SCOPES: ReadonlySet<Word> = new Set<Word>(['SESSION', 'LOCAL', 'GLOBAL', 'VARIABLE', 'VAR'])

/** SET …: the session's defaults, a variable, or an option. */
export const setRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (SCOPES.has(word(cursor)) && wordAt(cursor, 1) !== '=' && wordAt(cursor, 1) !== 'AUTHORIZATION' && wordAt(cursor, 1) !== ';')
    cursor.at++
  return setDefaults(cursor, from) ?? setVariables(cursor, from)
})

/** SET SCHEMA x, SET CATALOG x, SET search_path TO a, b, SET CURRENT_SCHEMA = x, SET @@dataset_id = 'x'; null where none of them stands here. */
function setDefaults(cursor: Cursor, from: number): Statement | null {
  const start = mark(cursor)
  const first = textAt(cursor, 0).toUpperCase()
  let what = SET_DEFAULTS[first]
  cursor.at++
  if (first === 'CURRENT') what = SET_DEFAULTS[textAt(cursor, 0).toUpperCase()]
  if (first === 'CURRENT') cursor.at++
  if (!eat(cursor, '=')) eat(cursor, 'TO')
  const known =
    what !== undefined &&
    (atString(cursor) || kind(cursor) === TOKEN.word || kind(cursor) === TOKEN.quoted || kind(cursor) === TOKEN.parameter)
  if (what === 'search-path' && peek(cursor, 'DEFAULT')) return use(cursor, from, what, NO_NAMES, 'SET')
  if (!known || peek(cursor, 'DEFAULT')) {
    rewind(cursor, start)
    return null
  }
  const names = nameList(cursor)
  const path = what === 'schema' && names.length === 1 && (names[0]?.parts.length ?? 0) > 1
  return use(cursor, from, path ? 'path' : (what ?? 'none'), names, 'SET')
}

/** RESET search_path (Postgres, Redshift): the session is where it began. */
export const resetRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  return textAt(cursor, 0).toUpperCase() === 'SEARCH_PATH'
    ? use(cursor, from, 'search-path', NO_NAMES, 'RESET')
    : other(cursor, from, 'RESET')
})

const SET_DEFAULTS: Readonly<Record<string, UseStatement['what']>> = {
  SCHEMA: 'schema',
  CURRENT_SCHEMA: 'schema',
  '@@DATASET_ID': 'schema',
  '@@DATASET_PROJECT_ID': 'database',
  CATALOG: 'database',
  DATABASE: 'database',
  SEARCH_PATH: 'search-path',
}

const EQUALS: ReadonlySet<Word> = new Set<Word>(['=', ':=', 'TO', '+=', '-=', '*=', '/=', '%=', '|=', '&=', '^='])

/** `x = 1, y = 2`, `(x, y) = (SELECT …)`, `@x += 1`, `k=free text`; an option such as NOCOUNT ON is noise. */
function setVariables(cursor: Cursor, from: number): Statement {
  const names: Name[] = []
  const values: Expr[] = []
  do {
    if (eat(cursor, '(')) names.push(...bracketNames(cursor))
    else {
      const name = variableName(cursor)
      if (name === null || !EQUALS.has(word(cursor))) return option(cursor, from)
      names.push(name)
    }
    const append = peek(cursor, '+=')
    const keeps = append || peek(cursor, '=') || peek(cursor, ':=')
    if (!eatAny(cursor, EQUALS)) return option(cursor, from)
    const last = names[names.length - 1]?.parts ?? []
    if (keeps) rememberText(cursor, last[last.length - 1]?.text ?? '', append)
    values.push(value(cursor))
  } while (eat(cursor, ','))
  return setNode(from, names, values, finish(cursor))
}

function setNode(from: number, names: readonly Name[], values: readonly Expr[], to: number): SetStatement {
  const [first] = values
  const only = first !== undefined && values.length === 1
  const value: Expr | null = only ? first : { kind: 'construct', form: 'row', items: values, from, to }
  return { kind: 'set', keyword: 'SET', from, to, names, value }
}

function bracketNames(cursor: Cursor): readonly Name[] {
  const list: Name[] = []
  while (!atEnd(cursor) && !eat(cursor, ')')) {
    const name = parseName(cursor)
    if (name !== null) list.push(name)
    else cursor.at++
  }
  return list
}

/** `x`, `@x`, `hive.exec.final-merge`, `hivevar:x`: up to the equals sign. */
function variableName(cursor: Cursor): Name | null {
  const from = here(cursor)
  const name = parseName(cursor)
  if (name === null || EQUALS.has(word(cursor))) return name
  const at = cursor.at
  while (!atEnd(cursor) && !peek(cursor, '=') && cursor.tokens.starts[cursor.at] === lastEnd(cursor)) cursor.at++
  const to = lastEnd(cursor)
  if (!peek(cursor, '=')) {
    cursor.at = at
    return name
  }
  return { form: 'plain', parts: [{ text: cursor.sql.slice(from, to), quoted: false, from, to }], from, to }
}

/** A value: an expression or query; where it is neither to its end, free text up to the end of the statement. */
function value(cursor: Cursor): Expr {
  const start = mark(cursor)
  const from = here(cursor)
  if (eat(cursor, 'CURSOR')) while (!atEnd(cursor) && !isQueryStart(cursor) && !atBareStart(cursor)) cursor.at++
  if (isQueryStart(cursor)) {
    const query = cursor.rules.query(cursor)
    if (atEnd(cursor) || atBareStart(cursor) || peek(cursor, ','))
      return { kind: 'subquery', use: 'scalar', query, from, to: lastEnd(cursor) }
    rewind(cursor, start)
  }
  const found = atEnd(cursor) ? null : cursor.rules.expression(cursor)
  if (found !== null && (atEnd(cursor) || peek(cursor, ',') || atBareStart(cursor))) return found
  rewind(cursor, start)
  while (!atEnd(cursor) && !atBareStart(cursor)) skipBalanced(cursor)
  const to = lastEnd(cursor)
  const text: LiteralExpr = {
    kind: 'literal',
    type: 'string',
    text: cursor.sql.slice(from, Math.max(from, to)),
    from,
    to: Math.max(from, to),
  }
  return text
}

/** SET NOCOUNT ON, SET TRANSACTION …: no statement starts inside it, even on the same line. */
function option(cursor: Cursor, from: number): Statement {
  while (!atEnd(cursor) && !atBareStart(cursor)) skipBalanced(cursor)
  return { kind: 'other', keyword: 'SET', from, to: lastEnd(cursor), tables: NO_NAMES }
}

/** ALTER SESSION SET k = v …, the cursor at SESSION. */
export function alterSession(cursor: Cursor, from: number): Statement {
  cursor.at++
  if (!eat(cursor, 'SET')) return other(cursor, from, 'ALTER SESSION')
  const moved = setDefaults(cursor, from)
  if (moved !== null) return { ...moved, keyword: 'ALTER SESSION' }
  return other(cursor, from, 'ALTER SESSION')
}
