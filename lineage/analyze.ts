import type { Defaults, Diagnostic, SessionState, StatementLineage, TextLineage } from '../contracts/lineage.ts'
import { ansi } from './dialects/ansi.ts'
import type { Dialect } from './dialects/dialect.ts'
import { findDialect } from './dialects/index.ts'
import { type ReadText, readStatements as readTexts } from './read-statements.ts'
import { resolveNode } from './resolver/resolve.ts'
import { createSchemas, NO_SCHEMAS, recordLookup, type SchemaLookup, type Schemas } from './resolver/schemas.ts'
import { type Cursors, type Functions, type LoopRows, leaves, resultOf, withoutSpans } from './resolver/script.ts'
import { applyEffects, draftOf, NEW_SESSION } from './session.ts'
import { createTokens, type Tokens } from './tokens/tokens.ts'
import type { Statement } from './tree.ts'

/** One statement of a text as read: it names the tables it needs, but nothing is resolved yet. */
export interface ReadStatement {
  readonly index: number
  readonly dialect: Dialect
  readonly node: Statement
  readonly rows: LoopRows | null
  readonly cursors: Cursors
  readonly functions: Functions
  /** What was not understood in reading it. */
  readonly diagnostics: readonly Diagnostic[]
}

export interface ResolveOptions {
  /** Columns by table; keep one `createSchemas` as long as the schemas stay the same. */
  readonly schemas?: Schemas | SchemaLookup | Readonly<Record<string, readonly string[]>>
  readonly defaults?: Defaults
  readonly session?: SessionState
}

/** Buffers of the tokenizer: who reads many texts makes one set and gives it each time. Nothing in a result refers to them. */
export type Buffers = Tokens
export const createBuffers = (): Buffers => createTokens()

export interface AnalyzeOptions extends ResolveOptions {
  readonly buffers?: Buffers
  /** A dialect's name or alias; one not known is read as `ansi`, and said. */
  readonly dialect?: string
}

/** The statements of a text, in order, with blocks, loops and branches opened. Never throws for bad SQL. */
export function readStatements(
  sql: string,
  dialect: string,
  buffers: Buffers = createBuffers(),
  before: LoopRows | null = null,
): readonly ReadStatement[] {
  const known = findDialect(dialect)
  const rules = known ?? ansi
  const read = readSafely(sql, rules, buffers)
  const opened = leaves(read.statements, before)
  const parts = share(
    opened.map(({ node }) => node),
    read.diagnostics.map(outside),
  )
  if (known === null && parts[0])
    parts[0].push({ code: 'SQL_DIALECT_UNKNOWN', message: `no dialect is called ${dialect}; read as ansi`, start: 0, end: 0 })
  return opened.map(({ node, rows, cursors, functions }, index) => ({
    index,
    dialect: rules,
    node,
    rows,
    cursors,
    functions,
    diagnostics: parts[index] ?? [],
  }))
}

/** A fault of ours costs the text it is met in, not the run that the text is one of; the tests hold that there is none. */
function readSafely(sql: string, dialect: Dialect, buffers: Buffers): ReadText {
  try {
    return readTexts(sql, dialect, buffers)
  } catch (error) {
    const whole = { from: 0, to: sql.length }
    const message = `reading failed: ${error instanceof Error ? error.message : 'unknown'}`
    return {
      statements: [{ kind: 'unparsed', keyword: '', tables: [], ...whole }],
      diagnostics: [{ code: 'SQL_INTERNAL', message, ...whole }],
    }
  }
}

function outside(found: { readonly code: string; readonly message: string; readonly from: number; readonly to: number }): Diagnostic {
  return { code: found.code, message: found.message, start: found.from, end: found.to }
}

/** Each diagnostic to the statement that it stands in, else the last before it. */
function share(nodes: readonly Statement[], found: readonly Diagnostic[]): Diagnostic[][] {
  const parts: Diagnostic[][] = nodes.map(() => [])
  for (const each of found) {
    let at = nodes.findLastIndex((node) => node.from <= each.start)
    if (at < 0) at = 0
    parts[at]?.push(each)
  }
  return parts
}

/** Lineage of one statement, under what the options say and the session has done so far. */
export function resolveStatement(statement: ReadStatement, options: ResolveOptions = {}): StatementLineage {
  const around = {
    dialect: statement.dialect,
    schemas: schemasOf(options.schemas),
    defaults: options.defaults ?? {},
    session: options.session ?? NEW_SESSION,
    rows: statement.rows,
    cursors: statement.cursors,
    functions: statement.functions,
  }
  try {
    return resolveNode(statement.node, statement.index, around, statement.diagnostics)
  } catch (error) {
    const { from, to, keyword } = statement.node
    const message = `resolving failed: ${error instanceof Error ? error.message : 'unknown'}`
    const unread: Statement = { kind: 'unparsed', keyword, tables: [], from, to }
    return resolveNode(unread, statement.index, around, [...statement.diagnostics, { code: 'SQL_INTERNAL', message, start: from, end: to }])
  }
}

export function schemasOf(given: ResolveOptions['schemas']): Schemas {
  if (given === undefined) return createSchemas(NO_SCHEMAS)
  if (typeof given === 'function') return createSchemas(given)
  return isSchemas(given) ? given : createSchemas(recordLookup(given))
}

function isSchemas(given: Schemas | Readonly<Record<string, readonly string[]>>): given is Schemas {
  return given.cache instanceof Map
}

/**
 * Lineage of one SQL text, statement by statement, in order; each sees what those before it did to the session. Empty text gives no
 * statement. Never throws for bad SQL: it says what it skipped in `diagnostics`, with spans in UTF-16 code units.
 */
export function analyze(sql: string, options: AnalyzeOptions = {}): TextLineage {
  const schemas = schemasOf(options.schemas)
  const session = draftOf(options.session ?? NEW_SESSION)
  const statements: StatementLineage[] = []
  const dialect = options.dialect ?? 'ansi'
  const before = options.session?.lastQuery
  const read = readStatements(sql, dialect, options.buffers, scannedBefore(sql, dialect, before, options.buffers))
  for (const statement of read) {
    const lineage = resolveStatement(statement, { ...options, schemas, session })
    applyEffects(session, lineage.effects, String(statement.index))
    statements.push(lineage)
  }
  // Variables and parameters with bare names end with their text.
  const lastQuery = lastQueryOf(sql, read, before)
  return { statements, session: { ...session, declared: [], ...(lastQuery === undefined ? {} : { lastQuery }) } }
}

const SCANS = /\bresult_scan\s*\(/i

/** The result that a text may scan: the last query of the session's texts before it. Its spans are not this text's. */
function scannedBefore(sql: string, dialect: string, lastQuery: string | undefined, buffers?: Buffers): LoopRows | null {
  if (lastQuery === undefined || !SCANS.test(sql)) return null
  const read = readStatements(lastQuery, dialect, buffers)
  const rows = resultOf(read.map(({ node, rows }) => ({ node, rows })))
  return rows === null ? null : withoutSpans(rows)
}

/** Longer ones are not kept: a session is carried from text to text. */
const MOST_KEPT = 20_000

/** What the next text may scan. A query that scans a result itself needs those before it. */
function lastQueryOf(sql: string, read: readonly ReadStatement[], before: string | undefined): string | undefined {
  if (read[0]?.dialect.lexical.at !== 'stage') return undefined
  const kept = read.findLastIndex(({ node }) => node.kind !== 'set')
  const last = read[kept]
  if (last === undefined) return before
  if (last.node.kind !== 'query') return undefined
  const own = sql.slice(last.node.from, last.node.to)
  const needed = SCANS.test(own) ? `${before === undefined ? '' : `${before};\n`}${sql}` : own
  return needed.length > MOST_KEPT ? undefined : needed
}
