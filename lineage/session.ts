import type { Defaults, SessionState, SessionTable, StatementEffect, TableName } from '../contracts/lineage.ts'
import { tableKey } from './resolver/names.ts'

export { tableKey } from './resolver/names.ts'

/** A session that has done nothing yet. */
export const NEW_SESSION: SessionState = { defaults: {}, temps: {}, tables: {}, variables: {} }

/** The defaults in force: what the session was moved to, else what the record, the connection or the caller says. */
export function defaultsIn(session: SessionState, given: Defaults): Defaults {
  const { database, schema } = session.defaults
  if (database === undefined && schema === undefined) return given
  return { database: database === undefined ? (given.database ?? null) : database, schema: schema === undefined ? (given.schema ?? null) : schema }
}

/**
 * The session after a statement. `madeBy` is what the caller calls the statement: temp tables remember the statements that made
 * them, in order, so that the caller can tell which of them a later one depends on. A statement without effects gives the same object.
 */
export function afterEffects(session: SessionState, effects: readonly StatementEffect[], madeBy = ''): SessionState {
  let state = session
  for (const effect of effects) state = afterEffect(state, effect, madeBy)
  return state
}

function afterEffect(state: SessionState, effect: StatementEffect, madeBy: string): SessionState {
  switch (effect.effect) {
    case 'defaults':
      return { ...state, defaults: moved(state.defaults, effect) }
    case 'variable':
      return { ...state, variables: { ...state.variables, [effect.name.toLowerCase()]: effect.value ?? '' } }
    case 'create':
      return created(state, effect, madeBy)
    case 'write':
      return wrote(state, effect.table, effect.overwrite, madeBy)
    case 'drop':
      return { ...state, ...without(state, effect.table) }
    case 'rename':
      return renamed(state, effect.from, effect.to)
    case 'swap':
      return swapped(state, effect.from, effect.to)
    default:
      return effect satisfies never
  }
}

function moved(defaults: Defaults, { database, schema }: StatementEffect & { effect: 'defaults' }): Defaults {
  return { ...defaults, ...(database === undefined ? {} : { database }), ...(schema === undefined ? {} : { schema }) }
}

function created(state: SessionState, effect: StatementEffect & { effect: 'create' }, madeBy: string): SessionState {
  const key = tableKey(effect.table)
  const empty = effect.declared || effect.like !== undefined
  const made: SessionTable = { table: effect.table, columns: effect.columns, madeBy: empty || madeBy === '' ? [] : [madeBy] }
  if (effect.temp) return { ...state, temps: { ...state.temps, [key]: made } }
  return { ...state, tables: { ...state.tables, [key]: made } }
}

function wrote(state: SessionState, table: TableName, overwrite: boolean, madeBy: string): SessionState {
  const key = tableKey(table)
  const known = state.temps[key]
  if (!known || madeBy === '') return state
  const before = overwrite ? [] : known.madeBy.filter((id) => id !== madeBy)
  return { ...state, temps: { ...state.temps, [key]: { ...known, madeBy: [...before, madeBy] } } }
}

function without(state: SessionState, table: TableName): Pick<SessionState, 'temps' | 'tables'> {
  const key = tableKey(table)
  const { [key]: _temp, ...temps } = state.temps
  const { [key]: _table, ...tables } = state.tables
  return { temps, tables }
}

function renamed(state: SessionState, from: TableName, to: TableName): SessionState {
  const key = tableKey(from)
  const known = state.temps[key] ?? state.tables[key]
  const rest = { ...state, ...without(state, from) }
  if (!known) return rest
  const entry = { ...known, table: to }
  return to.temp ? { ...rest, temps: { ...rest.temps, [tableKey(to)]: entry } } : { ...rest, tables: { ...rest.tables, [tableKey(to)]: entry } }
}

function swapped(state: SessionState, one: TableName, other: TableName): SessionState {
  const [a, b] = [tableKey(one), tableKey(other)]
  const first = state.temps[a] ?? state.tables[a]
  const second = state.temps[b] ?? state.tables[b]
  let next: SessionState = { ...state, ...without(state, one) }
  next = { ...next, ...without(next, other) }
  if (second) next = put(next, one, second)
  return first ? put(next, other, first) : next
}

function put(state: SessionState, table: TableName, entry: SessionTable): SessionState {
  const key = tableKey(table)
  const named = { ...entry, table }
  return table.temp ? { ...state, temps: { ...state.temps, [key]: named } } : { ...state, tables: { ...state.tables, [key]: named } }
}
