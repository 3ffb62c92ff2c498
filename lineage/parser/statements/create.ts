import { type Word, wordId } from '../../tokens/words.ts'
import type { CreateWhat, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, mark, peek, rewind, textAt, word, wordAt } from '../cursor.ts'
import { find, type StatementRule, simple, within } from './boundary.ts'
import { createDictionary } from './create-dictionary.ts'
import { createOverTables } from './create-over-tables.ts'
import { createAlert, createFlow, createPipe, createRule, createScheduled, createTask } from './create-pipeline.ts'
import { type CreateHead, createRelation } from './create-relation.ts'
import { createRoutine } from './create-routine.ts'
import { createPackage, createTrigger } from './create-trigger.ts'
import { eatExistence, skipDefiner } from './parts.ts'
import { createNamespace } from './session.ts'
import { other } from './unparsed.ts'

/** Words between CREATE and the word of the object; which of them matter is said in `readHead`. */
// biome-ignore format: a table
const MODIFIERS: ReadonlySet<string> = new Set([
  'OR', 'REPLACE', 'ALTER', 'REFRESH', 'TEMP', 'TEMPORARY', 'LOCAL', 'GLOBAL', 'VOLATILE', 'TRANSIENT', 'UNLOGGED', 'EXTERNAL', 'FOREIGN', 'MULTISET',
  'SET', 'SECURE', 'RECURSIVE', 'FORCE', 'NOFORCE', 'NO', 'EDITIONABLE', 'NONEDITIONABLE', 'EDITIONING', 'MATERIALIZED', 'DYNAMIC', 'HYBRID', 'ICEBERG', 'STREAMING', 'LIVE',
  'SNAPSHOT', 'PRIVATE', 'SHARDED', 'DUPLICATED', 'IMMUTABLE', 'BLOCKCHAIN', 'INTERACTIVE', 'AGGREGATE', 'CONSTRAINT', 'DEFINER', 'SQL', 'SECURITY', 'INVOKER',
  'ALGORITHM', '=', 'UNDEFINED', 'MERGE', 'TEMPTABLE', 'PUBLIC', 'COLUMN', 'ROW', 'MANAGED', 'CLONE', 'READ', 'ONLY', 'EVENT', 'VIRTUAL', 'INCREMENTAL', 'WINDOW', 'REMOTE', 'PROCEDURAL', 'TRACE', 'ERROR', 'TRANSACTIONAL', 'JSON', 'RELATIONAL', 'DUALITY', 'PROTECTED', 'MULTI', 'DIALECT',
])

interface Modifiers {
  readonly replace: boolean
  readonly temporary: 'no' | 'session' | 'global'
  readonly external: boolean
  readonly materialized: boolean
  readonly dynamic: boolean
  readonly snapshot: boolean
  readonly recursive: boolean
}

/** CREATE, REPLACE (Teradata) and DEFINE (Snowflake's declarative DDL): what is created decides the rule. */
export const createStatement: StatementRule = (cursor, from) => {
  const start = mark(cursor)
  const verb = word(cursor)
  cursor.at++
  const modifiers = readModifiers(cursor, verb)
  const made = createObject(cursor, from, modifiers)
  if (made !== null) return modifiers.recursive ? recursiveView(made) : made
  rewind(cursor, start)
  return simple(createOther)(cursor, from)
}

/** CREATE RECURSIVE VIEW v (a) AS query is CREATE VIEW v AS WITH RECURSIVE v (a) AS (query) TABLE v. */
function recursiveView(made: Statement): Statement {
  if (made.kind !== 'create' || made.query === null) return made
  const name = made.name.parts[made.name.parts.length - 1]
  if (name === undefined) return made
  const { from, to, body: given } = made.query
  // AS (query) is no other than AS query
  const inner = given.kind === 'nested' && made.query.ctes.length === 0 ? given.query : made.query
  const ctes = [{ name, columns: made.names, body: inner, added: [], from, to }]
  const body = { kind: 'table', name: { form: 'plain', parts: [name], from, to }, from, to } as const
  return { ...made, query: { kind: 'query', ctes, recursive: true, body, order: [], from, to } }
}

/** Reads the words up to the object's; ALTER is one only behind OR. */
function readModifiers(cursor: Cursor, verb: Word): Modifiers {
  const seen = new Set<string>()
  while (!atEnd(cursor) && !OBJECTS.has(word(cursor))) {
    const text = textAt(cursor, 0).toUpperCase()
    // DEFINER = `user`@`host` (MySQL)
    if (text === 'DEFINER' && wordAt(cursor, 1) === '=') skipDefiner(cursor)
    else if (MODIFIERS.has(text) && !(text === 'EVENT' && wordAt(cursor, 1) !== 'TABLE')) cursor.at++
    else break
    seen.add(text)
  }
  return {
    replace: seen.has('REPLACE') || verb === 'REPLACE',
    temporary: temporariness(cursor, seen),
    external: seen.has('EXTERNAL') || seen.has('FOREIGN'),
    materialized: seen.has('MATERIALIZED') || seen.has('WINDOW') || seen.has('LIVE') || seen.has('STREAMING'),
    dynamic: seen.has('DYNAMIC'),
    snapshot: seen.has('SNAPSHOT'),
    recursive: seen.has('RECURSIVE'),
  }
}

/**
 * Teradata's and Oracle's GLOBAL TEMPORARY tables are permanent definitions with rows per session; Spark's GLOBAL TEMP views live in
 * global_temp for all sessions; Snowflake's and Postgres' GLOBAL says nothing.
 */
function temporariness(cursor: Cursor, seen: ReadonlySet<string>): Modifiers['temporary'] {
  const temporary = seen.has('TEMP') || seen.has('TEMPORARY') || seen.has('VOLATILE') || seen.has('PRIVATE')
  if (!temporary) return 'no'
  if (!seen.has('GLOBAL')) return 'session'
  return word(cursor) === 'VIEW' ? 'global' : 'no'
}

// biome-ignore format: a table
const OBJECTS: ReadonlySet<Word> = new Set<Word>(['TABLE', 'VIEW', 'PROCEDURE', 'FUNCTION', 'TRIGGER', 'TASK', 'PIPE', 'MACRO', 'STREAM', 'STAGE', 'MODEL', 'SYNONYM', 'DATABASE', 'SCHEMA', 'PACKAGE', 'FLOW', 'INDEX', 'DICTIONARY'])

/** Null, with the cursor anywhere, where the object is none that lineage knows. */
function createObject(cursor: Cursor, from: number, modifiers: Modifiers): Statement | null {
  switch (word(cursor)) {
    case 'TABLE':
      if (wordAt(cursor, 1) === 'FUNCTION') return createRoutine(cursor, from)
      return relation(cursor, from, tableHead(modifiers))
    case 'VIEW':
      // a log is upkeep of Oracle's materialized views
      if (modifiers.materialized && wordAt(cursor, 1) === 'LOG' && wordAt(cursor, 2) === 'ON') return null
      return relation(cursor, from, viewHead(modifiers))
    case 'PROCEDURE':
    case 'FUNCTION':
    case 'MACRO':
      return createRoutine(cursor, from)
    case 'TRIGGER':
      return createTrigger(cursor, from)
    case 'PACKAGE':
      return createPackage(cursor, from)
    case 'TASK':
      return createTask(cursor, from)
    case 'PIPE':
      return createPipe(cursor, from)
    case 'FLOW':
      return createFlow(cursor, from)
    case 'DICTIONARY':
      return simple(() => createDictionary(cursor, from, modifiers.replace))(cursor, from)
    case 'DATABASE':
    case 'SCHEMA':
      return simple(createNamespace)(cursor, from)
    default:
      return createNamed(cursor, from, modifiers)
  }
}

function createNamed(cursor: Cursor, from: number, modifiers: Modifiers): Statement | null {
  const current = textAt(cursor, 0).toUpperCase()
  if (current === 'PROC') return createRoutine(cursor, from)
  if (current === 'EVENT') return createTask(cursor, from)
  if (current === 'RULE') return createRule(cursor, from)
  // Oracle's CREATE MATERIALIZED ZONEMAP, CREATE MATERIALIZED VIEW LOG and the like fall through to `other`
  if (current === 'JAVA' || (current === 'AND' && find(cursor, 'AS') >= 0 && /^(?:compile|resolve)$/i.test(textAt(cursor, 1))))
    return createJava(cursor, from)
  if (current === 'ALERT') return createAlert(cursor, from)
  if (current === 'SCHEDULED') return createScheduled(cursor, from)
  if (current === 'PROPERTY' || current === 'SEMANTIC') return createOverTables(cursor, from, modifiers.replace)
  if (current === 'TYPE' && wordAt(cursor, 1) === 'BODY') return createPackage(cursor, from)
  if (current === 'JOIN' && wordAt(cursor, 1) === 'INDEX') {
    cursor.at++
    return relation(cursor, from, { what: 'materialized-view', keyword: 'CREATE JOIN INDEX', replace: false, temporary: 'no' })
  }
  // Db2's other names of tables
  if ((current === 'ALIAS' || current === 'NICKNAME') && find(cursor, 'FOR') >= 0)
    return relation(cursor, from, { what: 'synonym', keyword: `CREATE ${current}`, replace: modifiers.replace, temporary: 'no' })
  const what = NAMED[current]
  if (what === undefined || (what === 'stream' && modifiers.external)) return null
  return relation(cursor, from, { what, keyword: `CREATE ${current}`, replace: modifiers.replace, temporary: modifiers.temporary })
}

/** CREATE [AND COMPILE] JAVA SOURCE … AS text: up to the `/` on a line of its own, semicolons too (Oracle). */
function createJava(cursor: Cursor, from: number): Statement {
  const { tokens } = cursor
  let end = cursor.at
  while (end < cursor.end && !(tokens.words[end] === SLASH && tokens.lineStarts[end] === 1)) end++
  return within(cursor, end, () => {
    cursor.at = end
    return other(cursor, from, 'CREATE JAVA')
  })
}

const SLASH = wordId('/')

const NAMED: Readonly<Record<string, CreateWhat>> = { STREAM: 'stream', STAGE: 'stage', MODEL: 'model', SYNONYM: 'synonym' }

function relation(cursor: Cursor, from: number, head: CreateHead): Statement {
  return simple(() => {
    cursor.at++
    return createRelation(cursor, from, head)
  })(cursor, from)
}

function tableHead(modifiers: Modifiers): CreateHead {
  const { replace, temporary } = modifiers
  if (modifiers.external) return { what: 'external-table', keyword: 'CREATE EXTERNAL TABLE', replace, temporary }
  if (modifiers.dynamic) return { what: 'dynamic-table', keyword: 'CREATE DYNAMIC TABLE', replace, temporary }
  if (modifiers.snapshot) return { what: 'table', keyword: 'CREATE SNAPSHOT TABLE', replace, temporary }
  if (modifiers.materialized) return { what: 'materialized-view', keyword: 'CREATE STREAMING TABLE', replace, temporary }
  return { what: 'table', keyword: 'CREATE TABLE', replace, temporary }
}

function viewHead(modifiers: Modifiers): CreateHead {
  const { replace, temporary } = modifiers
  if (modifiers.materialized) return { what: 'materialized-view', keyword: 'CREATE MATERIALIZED VIEW', replace, temporary }
  return { what: 'view', keyword: 'CREATE VIEW', replace, temporary }
}

/** CREATE USER, ROLE, INDEX, SEQUENCE, TYPE, …: known as a kind, without lineage. */
const createOther: StatementRule = (cursor, from) => {
  cursor.at++
  while (!atEnd(cursor) && SKIPPED.has(textAt(cursor, 0).toUpperCase())) cursor.at++
  const object = peek(cursor, 'IF') ? '' : textAt(cursor, 0).toUpperCase()
  if (!atEnd(cursor)) cursor.at++
  eatExistence(cursor)
  return other(cursor, from, object === '' ? 'CREATE' : `CREATE ${object}`)
}

// biome-ignore format: a table
const SKIPPED: ReadonlySet<string> = new Set(['OR', 'REPLACE', 'ALTER', 'UNIQUE', 'BITMAP', 'CLUSTERED', 'NONCLUSTERED', 'COLUMNSTORE', 'TEMPORARY', 'TEMP', 'PUBLIC', 'FULLTEXT', 'SPATIAL', 'SECURE'])

/** CACHE [LAZY] TABLE t [OPTIONS (…)] [[AS] query] (Spark): a named result of the session. */
export const cacheTable: StatementRule = simple((cursor, from) => {
  const start = mark(cursor)
  cursor.at++
  if (textAt(cursor, 0).toUpperCase() === 'LAZY') cursor.at++
  if (!eat(cursor, 'TABLE')) {
    rewind(cursor, start)
    return other(cursor, from, 'CACHE')
  }
  return createRelation(cursor, from, { what: 'cache', keyword: 'CACHE TABLE', replace: true, temporary: 'session' })
})
