import type { Defaults, SessionState, SessionTable, StatementEffect } from '../contracts/lineage.ts'
import { type ReadStatement, resolveStatement } from './analyze.ts'
import type { Dialect } from './dialects/dialect.ts'
import { lastOfKey, qualify, tableKey } from './resolver/names.ts'
import { defaultsIn } from './session.ts'
import type { Name } from './tree.ts'

/** What a statement does to its session: the defaults it moves, the temp tables it makes, fills, renames and drops. No schema is needed. */
export function sessionEffects(statement: ReadStatement, session: SessionState, defaults: Defaults = {}): readonly StatementEffect[] {
  return QUIET.has(statement.node.kind) ? [] : resolveStatement(statement, { session, defaults }).effects
}
const QUIET: ReadonlySet<string> = new Set(['other', 'unparsed', 'call', 'wrap', 'routine', 'update', 'delete', 'merge'])

/**
 * The temp tables in force that a statement names, read or written: its lineage depends on the text, the defaults, the schemas and
 * these alone. Sorted by key, so that equal sets are equal lists. Names that a CTE hides are counted too: a needless miss at worst.
 */
export function tempDependencies(
  statement: ReadStatement,
  session: SessionState,
  defaults: Defaults = {},
): readonly (SessionTable & { readonly key: string })[] {
  const keys = Object.keys(session.temps)
  if (keys.length === 0) return []
  const named = namedKeys(statement, defaultsIn(session, defaults))
  return keys
    .filter((key) => named.has(key))
    .sort()
    .flatMap((key) => (session.temps[key] ? [{ ...session.temps[key], key }] : []))
}

function namedKeys(statement: ReadStatement, defaults: Defaults): ReadonlySet<string> {
  return new Set(survey(statement.node).names.map((name) => tempKey(name, statement.dialect, defaults)))
}

/** The key that a temp table of this name has. */
function tempKey(name: Name, dialect: Dialect, defaults: Defaults): string {
  const { parts } = qualify(name, dialect, defaults)
  return tableKey({ parts: dialect.resolution.temporarySchema === 'own' ? parts.slice(-1) : parts, temp: true })
}

/** The object names of a text, to be completed by one set of defaults after another. Plain data: of a log there are tens of thousands. */
export interface NamedTables {
  /** Names that a CTE hides are among them. */
  readonly names: readonly Name[]
  /** Null where the text has no statement. */
  readonly dialect: Dialect | null
  /** All its statements are queries that do nothing but give rows of tables that they name. */
  readonly onlyQueries: boolean
}

/** `kept` gives the name to hold on to: those of a tree are parts of its text, and keep all of it in memory. */
export function namedTables(
  statements: readonly ReadStatement[],
  kept: (key: string, name: Name) => Name = (_key, name) => name,
): NamedTables {
  const found = new Map<string, Name>()
  let onlyQueries = true
  for (const { node } of statements) {
    const { names, acts } = survey(node)
    if (node.kind !== 'query' || acts) onlyQueries = false
    for (const name of names)
      found.set(`${name.form}\u0001${name.parts.map((part) => `${part.quoted ? '"' : ''}${part.text}`).join('\u0001')}`, name)
  }
  return { names: Array.from(found, ([key, name]) => kept(key, name)), dialect: statements[0]?.dialect ?? null, onlyQueries }
}

/** The paths of the tables that these names are of, each once. */
export function qualifiedPaths({ names, dialect }: NamedTables, defaults: Defaults): readonly (readonly string[])[] {
  if (dialect === null) return []
  const paths = names.map((name) => qualify(name, dialect, defaults).parts)
  return paths.length < 2 ? paths : [...new Map(paths.map((parts) => [parts.join('\u0001'), parts])).values()]
}

/** Whether one of the names may be a temp table that is in force. */
export function touchesTemps({ names, dialect }: NamedTables, temps: SessionState['temps'], defaults: Defaults): boolean {
  return dialect !== null && !isEmpty(temps) && names.some((name) => temps[tempKey(name, dialect, defaults)] !== undefined)
}

function isEmpty(temps: SessionState['temps']): boolean {
  for (const _ in temps) return false
  return true
}

/** Names without a bit in common with the temp tables in force touch none of them, whatever the defaults. */
export function bitsOfNames({ names, dialect }: NamedTables): number {
  let bits = 0
  for (const name of names) bits |= name.form === 'stage' || dialect === null ? ALL_BITS : bitOfKey(tempKey(name, dialect, {}))
  return bits
}

export function bitsOfTemps(temps: SessionState['temps']): number {
  return Object.keys(temps).reduce((bits, key) => bits | bitOfKey(key), 0)
}

const BITS = 31
const ALL_BITS = 0x7fffffff

/** By a name's last part, which no default changes. */
function bitOfKey(key: string): number {
  const last = lastOfKey(key)
  let hash = 0
  for (let index = 0; index < last.length; index++) hash = Math.imul(hash ^ last.charCodeAt(index), 0x01000193)
  return 1 << ((hash >>> 1) % BITS)
}

interface Survey {
  /** Every object name in the tree. */
  readonly names: readonly Name[]
  /** A query in it writes, in a CTE or INTO a table or variables, or reads what only resolving tells. */
  readonly acts: boolean
}

/** Statements that a CTE may hold, and table functions, whose arguments may be tables or SQL. */
const ACTING: ReadonlySet<unknown> = new Set(['insert', 'update', 'delete', 'merge', 'function'])

/** Nodes of these kinds have neither names nor queries in them, and are most of a tree. */
const LEAVES: ReadonlySet<unknown> = new Set(['column', 'position', 'literal', 'parameter'])

/** Walks with a stack of its own: trees may be deeper than the call stack likes. */
function survey(root: object): Survey {
  const names: Name[] = []
  let acts = false
  const open: unknown[] = [root]
  while (open.length > 0) {
    const node = open.pop()
    if (typeof node !== 'object' || node === null) continue
    if (Array.isArray(node)) {
      for (let index = 0; index < node.length; index++) open.push(node[index])
    } else if (isName(node)) names.push(node)
    else if (!isLeaf(node)) {
      acts ||= isActing(node)
      for (const each of Object.values(node)) if (typeof each === 'object') open.push(each)
    }
  }
  return { names, acts }
}

/** Also words as written, which have no kind. */
function isLeaf(node: { readonly kind?: unknown; readonly quoted?: unknown }): boolean {
  return node.kind === undefined ? node.quoted !== undefined : LEAVES.has(node.kind)
}

function isActing(node: { readonly kind?: unknown; readonly into?: unknown; readonly variable?: unknown }): boolean {
  return ACTING.has(node.kind) || (node.into !== undefined && node.into !== null) || node.variable === true
}

function isName(node: object): node is Name {
  const { form, parts } = node as Partial<Name> // constructors of arrays have a form too
  return form !== undefined && parts !== undefined
}
