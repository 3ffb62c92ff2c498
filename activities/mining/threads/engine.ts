import type { Defaults, SessionState, SessionTable, StatementEffect, StatementLineage, TableName } from '../../../contracts/lineage.ts'
import { ansi } from '../../../lineage/dialects/ansi.ts'
import { findDialect } from '../../../lineage/dialects/index.ts'
import { fingerprint } from '../../../lineage/fingerprint.ts'
import {
  afterEffects,
  type Buffers,
  createBuffers,
  type NamedTables,
  namedTables,
  qualifiedPaths,
  readStatements,
  resolveStatement,
  tableKey,
  touchesTemps,
} from '../../../lineage/index.ts'
import { countOnlyAt } from '../../../lineage/marks.ts'
import { normalise } from '../../../lineage/normalise.ts'
import type { Name } from '../../../lineage/tree.ts'
import { ownText } from './own-text.ts'
import { emptyState } from './session-values.ts'
import { type Skeleton, skeletons } from './skeleton.ts'

/** What tells texts apart, with the buffers it takes; one a thread. */
export interface TextMarks {
  /** Equal for texts that differ in literals, comments, blanks and case alone. */
  fingerprint(sql: string): string
  /** The text without what the fingerprint leaves out. */
  normalise(sql: string): string
  /** Whether all literals that count in the text last fingerprinted begin at one of these places. */
  isCovered(places: ReadonlySet<number>): boolean
  readonly skeleton: Skeleton
  readonly buffers: Buffers
  /** An equal name to hold on to. Logs name the same tables over and over, and a name of a tree keeps the whole text in memory. */
  name(key: string, name: Name): Name
  /** An equal one to hold on to: most texts have one of a few. */
  shape(shape: TextShape): TextShape
}

const MOST_NAMES = 50_000

export function textMarks(dialect: string): TextMarks {
  const rules = findDialect(dialect) ?? ansi
  const buffers = createBuffers()
  const names = new Map<string, Name>()
  const shapes = new Map<string, TextShape>()
  return {
    fingerprint: (sql) => fingerprint(sql, rules, {}, buffers),
    normalise: (sql) => normalise(sql, rules, buffers),
    isCovered: (places) => countOnlyAt(buffers, places),
    skeleton: skeletons(rules),
    buffers,
    name(key, name) {
      let kept = names.get(key)
      if (kept === undefined) {
        if (names.size >= MOST_NAMES) names.clear()
        kept = ownName(name)
        names.set(ownText(key), kept)
      }
      return kept
    },
    shape(shape) {
      const key = JSON.stringify(shape)
      const kept = shapes.get(key) ?? shape
      if (shapes.size >= MOST_NAMES) shapes.clear()
      shapes.set(key, kept)
      return kept
    },
  }
}

function ownName({ form, parts, from, to }: Name): Name {
  return { form, parts: parts.map((part) => ({ ...part, text: ownText(part.text) })), from, to }
}

/** The schema of a database where nothing else is said. */
export function ownSchema(dialect: string): string | null {
  return findDialect(dialect)?.resolution.defaultSchema ?? null
}

/** What the statements of a text are. */
export interface TextShape {
  readonly statements: number
  /** Of each statement. */
  readonly kinds: readonly string[]
  /** Statements that neither read nor write, by kind: GRANT, SET, COMMIT, … */
  readonly noise: Readonly<Record<string, number>>
  readonly isNoise: boolean
  /** Makes, drops or renames assets: its last occurrence counts. */
  readonly changesAssets: boolean
}

/** What the miner learns of a text before any schema is known, in the defaults and the session state it ran in. */
export interface Observation {
  readonly shape: TextShape
  /** Paths of the tables it names, temp tables apart. */
  readonly tables: readonly (readonly string[])[]
  /** Temp tables of the session that its lineage depends on. */
  readonly temps: readonly SessionTable[]
  /** The session's state after it, given the id of the process; null where it leaves the session as it is. */
  readonly next: ((process: string) => SessionState) | null
}

/** Statements beyond these are not listed by kind. */
const MOST_KINDS = 200
/** A temp table that more statements filled than this is known by its first ones: a loop over INSERT must not make endless new texts. */
const MOST_MAKERS = 50

/** What is so of a text in whatever defaults and session it runs. */
export interface TextFacts {
  readonly named: NamedTables
  /** It does nothing to its session and is read the same in all, unless it names a temp table: only its names are completed anew. */
  readonly quiet: TextShape | null
}

export interface Observed {
  readonly facts: TextFacts
  readonly observation: Observation
}

/** Most texts are seen again in other defaults: then nothing but their names is new. */
export function observeAgain({ named, quiet }: TextFacts, defaults: Defaults, { temps }: SessionState): Observation | null {
  return quiet === null || touchesTemps(named, temps, defaults) ? null : observeQuiet(named, quiet, defaults)
}

export function observe(sql: string, dialect: string, defaults: Defaults, before: SessionState, marks: TextMarks): Observed {
  const statements = readStatements(sql, dialect, marks.buffers)
  const named = namedTables(statements, marks.name)
  if (named.onlyQueries && !touchesTemps(named, before.temps, defaults)) {
    const quiet = marks.shape(queries(statements.length))
    return { facts: { named, quiet }, observation: observeQuiet(named, quiet, defaults) }
  }
  let session: SessionState = { ...before, defaults: {}, variables: {} } // the record's own defaults come before the session's
  const lineages: StatementLineage[] = []
  for (const statement of statements) {
    const lineage = resolveStatement(statement, { defaults, session })
    session = afterEffects(session, lineage.effects, madeBy('', statement.index))
    lineages.push(lineage)
  }
  const paths = qualifiedPaths(named, defaults)
  const tables = new Map([...paths, ...tablesOf(lineages)].map((parts) => [parts.join('\u0001'), parts]))
  const shape = marks.shape(shapeOf(lineages))
  const observation = {
    shape,
    tables: [...tables.values()],
    temps: dependencies(lineages, before),
    next: movesSession(before, session) ? (process: string) => after(before, session, process) : null,
  }
  // A name that the text only puts together (dynamic SQL) is not among those it has.
  const isQuiet = tables.size === paths.length && lineages.every(isQuietStatement)
  return { facts: { named, quiet: isQuiet ? shape : null }, observation }
}

function observeQuiet(named: NamedTables, shape: TextShape, defaults: Defaults): Observation {
  return { shape, tables: qualifiedPaths(named, defaults), temps: [], next: null }
}

/** Queries without temp tables need no resolving to be told apart: most of a log's texts are that. */
function queries(statements: number): TextShape {
  const kinds = new Array<string>(Math.min(statements, MOST_KINDS)).fill('SELECT')
  return { statements, kinds, noise: {}, isNoise: statements === 0, changesAssets: false }
}

function shapeOf(lineages: readonly StatementLineage[]): TextShape {
  const noise = noiseOf(lineages)
  return {
    statements: lineages.length,
    kinds: lineages.slice(0, MOST_KINDS).map(({ kind }) => kind),
    noise,
    isNoise: Object.values(noise).reduce((sum, count) => sum + count, 0) === lineages.length,
    changesAssets: lineages.some(({ effects }) => effects.some(changesAsset)),
  }
}

function isQuietStatement({ effects, inputs, outputs }: StatementLineage): boolean {
  return effects.every((effect) => effect.effect === 'write') && ![...inputs, ...outputs].some(({ temp }) => temp)
}

/** A statement by the process it belongs to. */
function madeBy(process: string, index: number): string {
  return `${process}#${index}`
}

function movesSession(before: SessionState, { defaults, temps }: SessionState): boolean {
  const [keys, were] = [Object.keys(temps), Object.keys(before.temps)]
  const isSame = keys.length === were.length && keys.every((key) => temps[key] === before.temps[key])
  return !isSame || defaults.database !== undefined || defaults.schema !== undefined
}

/** Statements of this text were named without their process, which their names depend on. What the text made is copied: its parts keep all of the text in memory. */
function after(before: SessionState, { defaults, temps }: SessionState, process: string): SessionState {
  const named = (id: string): string => (id.startsWith('#') ? process + id : id)
  const kept = Object.entries(temps).map(([key, temp]) => {
    if (temp === before.temps[key]) return [key, temp] as const
    return structuredClone([key, { ...temp, madeBy: temp.madeBy.slice(0, MOST_MAKERS).map(named) }] as const)
  })
  return {
    ...emptyState(),
    defaults: structuredClone({ ...before.defaults, ...defaults }),
    temps: Object.fromEntries(kept),
    variables: before.variables,
  }
}

/** In the order in which the statements name them; what the text itself made before is no matter of the session. */
function dependencies(lineages: readonly StatementLineage[], { temps }: SessionState): readonly SessionTable[] {
  if (Object.keys(temps).length === 0) return []
  const made = new Set<string>()
  const found = new Map<string, SessionTable>()
  for (const { inputs, outputs, effects } of lineages) {
    for (const table of inputs) if (table.temp) note(table, (known) => known)
    for (const effect of effects) if (effect.effect === 'create' && effect.replace) made.add(tableKey(effect.table))
    for (const table of outputs) if (table.temp) note(table, structure)
    for (const effect of effects) if (effect.effect === 'create') made.add(tableKey(effect.table))
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, table]) => table)

  function note(table: TableName, as: (known: SessionTable) => SessionTable): void {
    const key = tableKey(table)
    const known = temps[key]
    if (known === undefined || made.has(key)) return
    if (as(known) === known || !found.has(key)) found.set(key, as(known))
  }
}

/** Of a table that is only written its columns matter, not its rows: filling it again and again is one process. */
function structure(table: SessionTable): SessionTable {
  return { ...table, madeBy: table.columns === null ? table.madeBy.slice(0, 1) : [] }
}

function noiseOf(lineages: readonly StatementLineage[]): Record<string, number> {
  const noise: Record<string, number> = {}
  for (const { kind, inputs, outputs, effects } of lineages) {
    if (
      kind === 'SELECT' ||
      inputs.length > 0 ||
      outputs.length > 0 ||
      effects.some((effect) => effect.effect !== 'defaults' && effect.effect !== 'variable')
    )
      continue
    noise[kind] = (noise[kind] ?? 0) + 1
  }
  return noise
}

function tablesOf(lineages: readonly StatementLineage[]): (readonly string[])[] {
  const named = lineages.flatMap(({ inputs, outputs, effects }) => [...inputs, ...outputs, ...effects.flatMap(tablesOfEffect)])
  const lasting = named.filter(({ temp }) => !temp)
  return [...new Map(lasting.map((table) => [tableKey(table), table.parts])).values()]
}

function tablesOfEffect(effect: StatementEffect): readonly TableName[] {
  if (effect.effect === 'defaults' || effect.effect === 'variable') return []
  if (effect.effect === 'rename' || effect.effect === 'swap') return [effect.from, effect.to]
  return effect.effect === 'create' && effect.like !== undefined ? [effect.table, effect.like] : [effect.table]
}

function changesAsset(effect: StatementEffect): boolean {
  if (effect.effect === 'create' || effect.effect === 'drop') return !effect.table.temp
  return (effect.effect === 'rename' || effect.effect === 'swap') && !(effect.from.temp && effect.to.temp)
}
