import type { Defaults, SessionState, SessionTable, StatementEffect, TableName } from '../contracts/lineage.ts'
import { tableKey } from './resolver/names.ts'

export { tableKey } from './resolver/names.ts'

/** A session that has done nothing yet. */
export const NEW_SESSION: SessionState = { defaults: {}, temps: {}, tables: {}, variables: {}, declared: [] }

/** The defaults in force: what the session was moved to, else what the record, the connection or the caller says. */
export function defaultsIn(session: SessionState, given: Defaults): Defaults {
  const { database, schema } = session.defaults
  if (database === undefined && schema === undefined) return given
  return {
    database: database === undefined ? (given.database ?? null) : database,
    schema: schema === undefined ? (given.schema ?? null) : schema,
  }
}

/**
 * The session after a statement. `madeBy` is what the caller calls the statement: temp tables remember the statements that made
 * them, in order, so that the caller can tell which of them a later one depends on. A statement without effects gives the same object.
 */
export function afterEffects(session: SessionState, effects: readonly StatementEffect[], madeBy = ''): SessionState {
  if (effects.length === 0) return session
  const draft = draftOf(session)
  applyEffects(draft, effects, madeBy)
  return draft
}

/** A session that is changed in place: a text of many statements would copy it as often. */
export interface Draft extends SessionState {
  defaults: Defaults
  readonly temps: Record<string, SessionTable>
  readonly tables: Record<string, SessionTable>
  readonly variables: Record<string, string>
  readonly declared: string[]
}

export function draftOf(session: SessionState): Draft {
  return {
    defaults: session.defaults,
    temps: { ...session.temps },
    tables: { ...session.tables },
    variables: { ...session.variables },
    declared: [...session.declared],
  }
}

export function applyEffects(draft: Draft, effects: readonly StatementEffect[], madeBy = ''): void {
  for (const effect of effects) applyEffect(draft, effect, madeBy)
}

function applyEffect(draft: Draft, effect: StatementEffect, madeBy: string): void {
  switch (effect.effect) {
    case 'defaults':
      draft.defaults = moved(draft.defaults, effect)
      return
    case 'variable':
      if (effect.declared) draft.declared.push(effect.name.toLowerCase())
      if (effect.value !== null) draft.variables[variableKey(effect.name)] = effect.value
      return
    case 'create':
      return create(draft, effect, madeBy)
    case 'write':
      return write(draft, effect.table, effect.overwrite, madeBy)
    case 'drop':
      take(draft, effect.table)
      return
    case 'rename': {
      const entry = take(draft, effect.from)
      if (entry) put(draft, effect.to, entry)
      return
    }
    case 'swap': {
      const [one, other] = [take(draft, effect.from), take(draft, effect.to)]
      if (other) put(draft, effect.from, other)
      if (one) put(draft, effect.to, one)
      return
    }
    default:
      return effect satisfies never
  }
}

/** Where a variable is kept: never a name that every object has. */
export function variableKey(name: string): string {
  return `$${name.replace(/^(hiveconf|hivevar|system|env):/i, '').toLowerCase()}`
}

function moved(defaults: Defaults, { database, schema }: StatementEffect & { effect: 'defaults' }): Defaults {
  return { ...defaults, ...(database === undefined ? {} : { database }), ...(schema === undefined ? {} : { schema }) }
}

function create(draft: Draft, effect: StatementEffect & { effect: 'create' }, madeBy: string): void {
  const empty = effect.declared || effect.like !== undefined
  put(draft, effect.table, { table: effect.table, columns: effect.columns, madeBy: empty || madeBy === '' ? [] : [madeBy] })
}

function write(draft: Draft, table: TableName, overwrite: boolean, madeBy: string): void {
  const key = tableKey(table)
  const known = draft.temps[key]
  if (!known || madeBy === '') return
  const before = overwrite ? [] : known.madeBy.filter((id) => id !== madeBy)
  draft.temps[key] = { ...known, madeBy: [...before, madeBy] }
}

function take(draft: Draft, table: TableName): SessionTable | undefined {
  const key = tableKey(table)
  const home = table.temp ? draft.temps : draft.tables
  const entry = home[key]
  delete home[key]
  return entry
}

function put(draft: Draft, table: TableName, entry: SessionTable): void {
  const home = table.temp ? draft.temps : draft.tables
  home[tableKey(table)] = { ...entry, table }
}
