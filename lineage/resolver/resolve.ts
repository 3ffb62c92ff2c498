import type { Defaults, Diagnostic, SessionState, StatementEffect, StatementLineage } from '../../contracts/lineage.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { applyEffects, defaultsIn, draftOf } from '../session.ts'
import type { BlockStatement, Expr, Name, RoutineStatement, SetStatement, Statement, UseStatement, WrapStatement } from '../tree.ts'
import { type Context, type CteFrame, newContext, tableNamed } from './context.ts'
import { valueOf } from './expressions.ts'
import { anyRow, EMPTY_ROW, NONE, type RowType } from './model.ts'
import { fold, identText } from './names.ts'
import { lineageOf } from './output.ts'
import { resolveQuery } from './query.ts'
import { isRead } from './relations.ts'
import { asOne, withoutFolding } from './routine.ts'
import type { Schemas } from './schemas.ts'
import { newScope } from './scope.ts'
import { type Cursors, declaredNames, type Functions, type LoopRows, leaves } from './script.ts'
import { expandStar } from './stars.ts'
import { declareTable, resolveAlter, resolveCopy, resolveDrop, resolveTruncate } from './statements/copy.ts'
import { resolveCreate, resolveQueryStatement } from './statements/create.ts'
import { resolveInsert } from './statements/insert.ts'
import { resolveMerge } from './statements/merge.ts'
import { resolveDelete, resolveUpdate } from './statements/update.ts'

export interface Surroundings {
  readonly dialect: Dialect
  readonly schemas: Schemas
  /** What completes short names where the session says nothing else. */
  readonly defaults: Defaults
  readonly session: SessionState
  readonly rows: LoopRows | null
  readonly cursors: Cursors
  readonly functions: Functions
}

/** Lineage of one statement (not a block: see `leaves`). `found` are the diagnostics of reading it. */
export function resolveNode(
  statement: Statement,
  index: number,
  around: Surroundings,
  found: readonly Diagnostic[] = [],
): StatementLineage {
  if (statement.kind === 'routine') return resolveRoutine(statement, index, around, found)
  if (statement.kind === 'wrap') return resolveWrapped(statement, index, around, found)
  if (statement.kind === 'execute' && statement.body !== null) return resolveExecuted(statement, statement.body, index, around, found)
  const context = contextOf(around)
  context.diagnostics.push(...found)
  dispatch(context, statement, null)
  return lineageOf(context, statement, index)
}

function contextOf({ dialect, schemas, defaults, session, rows, functions }: Surroundings): Context {
  return newContext({
    resolvers: { query: resolveQuery, star: expandStar, statement: dispatch },
    dialect,
    schemas,
    session,
    rows,
    functions,
    defaults: defaultsIn(session, defaults),
    // most statements ask for none: a set of them for each would make a script of many cost their square
    variables: { has: (name) => session.declared.includes(name) },
  })
}

function dispatch(context: Context, statement: Statement, ctes: CteFrame | null): RowType {
  switch (statement.kind) {
    case 'insert':
      return resolveInsert(context, statement, ctes)
    case 'update':
      return resolveUpdate(context, statement, ctes)
    case 'delete':
      return resolveDelete(context, statement, ctes)
    case 'merge':
      return resolveMerge(context, statement, ctes)
    case 'query':
      resolveQueryStatement(context, statement, ctes)
      return EMPTY_ROW
    case 'wrap':
      return explainedRow(context, statement, ctes)
    case 'other':
      // SHOW and DESCRIBE in FROM (DuckDB) give columns of their own
      return anyRow(NONE)
    default:
      resolveOther(context, statement)
      return EMPTY_ROW
  }
}

/** `FROM (SUMMARIZE t)`: what is explained is read, and the columns are others. */
function explainedRow(context: Context, { body }: WrapStatement, ctes: CteFrame | null): RowType {
  for (const each of body) if (each.kind === 'query') resolveQuery(context, each.query, null, ctes)
  return anyRow(NONE)
}

function resolveOther(context: Context, statement: Statement): void {
  if (statement.kind === 'create') return resolveCreate(context, statement)
  if (statement.kind === 'copy') return resolveCopy(context, statement)
  if (statement.kind === 'alter') return resolveAlter(context, statement)
  if (statement.kind === 'drop') return resolveDrop(context, statement)
  if (statement.kind === 'truncate') return resolveTruncate(context, statement)
  if (statement.kind === 'use') return resolveUse(context, statement)
  if (statement.kind === 'set') return resolveSet(context, statement)
  if (statement.kind === 'declare') return resolveDeclare(context, statement)
  if (statement.kind === 'block') return resolveBlock(context, statement)
  if (statement.kind === 'call') return readExpressions(context, statement.args)
  if (statement.kind === 'unparsed') return readNames(context, statement.tables)
}

function readNames(context: Context, names: readonly Name[]): void {
  for (const name of names) {
    const table = tableNamed(context, name)
    if (isRead(context, name.form, table.name.name)) context.reads.add(table.name)
  }
}

/** Expressions that stand alone: only what subqueries in them read is lineage. */
function readExpressions(context: Context, exprs: readonly Expr[]): void {
  const scope = newScope(context, null, null)
  for (const expr of exprs) valueOf(scope, expr)
}

function resolveBlock(context: Context, statement: BlockStatement): void {
  if (statement.query) resolveQuery(context, statement.query, null, null)
  readExpressions(context, statement.conditions)
}

// ---------------------------------------------------------------- session

function resolveUse(context: Context, { what, names }: UseStatement): void {
  const effect = what === 'none' ? null : moveTo(context, what, names)
  if (effect) context.effects.push(effect)
}

function moveTo(context: Context, what: UseStatement['what'], names: readonly Name[]): StatementEffect | null {
  const rules = context.dialect.resolution
  const name =
    what === 'search-path' ? names.find((each) => !/^["']?(\$user|pg_temp|pg_catalog)/i.test(each.parts[0]?.text ?? '')) : names[0]
  if (!name) return what === 'search-path' ? { effect: 'defaults', schema: null } : null
  const parts = name.parts.map((part) => fold(part, rules.tables))
  const last = parts.at(-1) ?? null
  const first = parts.length > 1 ? (parts.at(-2) ?? null) : null
  if (rules.nameDepth === 2) return { effect: 'defaults', schema: last }
  const isDatabase = what === 'database' || (what === 'path' && parts.length === 1 && rules.useNames === 'database')
  if (isDatabase) return { effect: 'defaults', database: last, schema: null }
  return { effect: 'defaults', schema: last, ...(first === null ? {} : { database: first }) }
}

/** Hive's variables take the text behind `=` as it is: `SET hivevar:src = shop.orders`. */
const RAW = /^(?:hivevar|hiveconf|system|env):/i

function resolveSet(context: Context, { names, value }: SetStatement): void {
  const called = names.map((name) => name.parts.map((part) => part.text).join('.'))
  // Hive's and Spark's SET takes any text
  const text = context.dialect.resolution.defaultSchema === 'default' || called.some((name) => RAW.test(name))
  const raw = text && value?.kind === 'column' ? identText(value.parts) : null
  if (value && raw === null) readExpressions(context, [value])
  for (const name of called) {
    context.effects.push({ effect: 'variable', name, value: value?.kind === 'literal' ? value.text : raw, declared: false })
  }
}

function resolveDeclare(context: Context, statement: Statement & { kind: 'declare' }): void {
  if (statement.query) resolveQuery(context, statement.query, null, null)
  if (statement.value) readExpressions(context, [statement.value])
  for (const ident of statement.names) {
    if (!statement.table) context.effects.push({ effect: 'variable', name: ident.text, value: null, declared: true })
    else
      declareTable(
        context,
        { form: 'variable', parts: [ident], from: ident.from, to: ident.to },
        statement.columns.map((each) => each.name.text),
      )
  }
}

// ---------------------------------------------------------------- bodies

/** A routine is one statement; its body runs in a session of its own, with its parameters and variables in it. */
function resolveRoutine(statement: RoutineStatement, index: number, around: Surroundings, found: readonly Diagnostic[]): StatementLineage {
  const names = [...statement.parameters.map((each) => each.text), ...declaredNames(statement.body)]
  const parts = runBody(statement.body, { ...around, session: withVariables(around.session, names) })
  const context = contextOf(around)
  context.diagnostics.push(...found)
  if (statement.expression) readExpressions(context, [statement.expression])
  const own = lineageOf(context, statement, index)
  return { ...own, ...asOne([own, ...parts]), effects: [], confidence: Math.min(own.confidence, ...parts.map((part) => part.confidence)) }
}

function withVariables(session: SessionState, names: readonly string[]): SessionState {
  return { ...session, declared: [...session.declared, ...names.map((name) => name.toLowerCase())] }
}

function runBody(body: readonly Statement[], around: Surroundings): readonly StatementLineage[] {
  const session = draftOf(around.session)
  const { declared } = around.session
  return leaves(body, null, { cursors: around.cursors, functions: around.functions, declared }).map(({ node, rows, cursors }, index) => {
    const part = resolveNode(node, index, { ...around, session, rows: rows ?? around.rows, cursors })
    applyEffects(session, part.effects)
    return part
  })
}

/**
 * Dynamic SQL runs in the session: what its statements read, write and do to the session is what the statement does. The elements of a schema
 * are made in it, which does not become the current one.
 */
function resolveExecuted(
  statement: Statement,
  body: readonly Statement[],
  index: number,
  around: Surroundings,
  found: readonly Diagnostic[],
): StatementLineage {
  const parts = runBody(body, around)
  const context = contextOf(around)
  context.diagnostics.push(...found)
  const own = lineageOf(context, statement, index)
  const union = withoutFolding(parts)
  const confidence = Math.min(own.confidence, ...parts.map((part) => part.confidence))
  return {
    ...own,
    ...union,
    diagnostics: [...own.diagnostics, ...union.diagnostics],
    effects: parts.flatMap((part) => part.effects).filter(({ effect }) => effect !== 'defaults' || statement.keyword !== 'CREATE SCHEMA'),
    confidence,
  }
}

/** PREPARE and cursors state what will run; EXPLAIN states what would, so it reads but changes nothing. */
function resolveWrapped(
  statement: Statement & { kind: 'wrap' },
  index: number,
  around: Surroundings,
  found: readonly Diagnostic[],
): StatementLineage {
  const parts = runBody(statement.body, around)
  const context = contextOf(around)
  context.diagnostics.push(...found)
  const own = lineageOf(context, statement, index)
  const one = asOne(parts)
  if (statement.what !== 'explain') return { ...own, ...one, diagnostics: [...found, ...one.diagnostics] }
  return { ...own, inputs: one.inputs, diagnostics: [...found, ...one.diagnostics] }
}
