import type { Defaults, SessionState, SessionTable } from '../../../contracts/lineage.ts'
import { bitsOfTemps } from '../../../lineage/dependencies.ts'
import { tableKey } from '../../../lineage/session.ts'
import { digestOfJson } from './digest.ts'

/**
 * A session's state as the miner carries it: the defaults that USE and SET gave, and the temp tables with what made them. Values are
 * interned by digest, so that equal states are one object and transitions can be remembered.
 */
export interface SessionValue {
  /** Digest of `state`; empty for the empty state. */
  readonly digest: string
  /** Small number of this thread, for keys of maps. */
  readonly index: number
  /** Bits of its temp tables, and one that every state but the empty one has. */
  readonly bits: number
  readonly state: SessionState
  /** The same without variables: they are put into texts, and what a text does depends on nothing but this. */
  readonly core: SessionValue
}

/** A state as it is stored and sent: what tells it apart, and nothing that schemas decide. */
export interface StoredState {
  readonly defaults: Defaults
  readonly temps: readonly SessionTable[]
  /** Names that the session put into variables. */
  readonly variables?: SessionState['variables']
}

export interface SessionValues {
  readonly empty: SessionValue
  of(state: SessionState): SessionValue
  /** The core with these variables. */
  withVariables(core: SessionValue, variables: SessionState['variables']): SessionValue
  restore(stored: StoredState): SessionValue
  /** How many are kept. */
  readonly size: number
  /** Later values get numbers of their own; those still held stay valid. */
  forget(): void
}

/** No bit of a name: see lineage/dependencies.ts. */
const ANY_STATE = 1 << 31

export function sessionValues(): SessionValues {
  const byDigest = new Map<string, SessionValue>()
  const empty = cored({ digest: '', index: 0, bits: 0, state: emptyState() })
  let count = 1

  function intern(state: SessionState): SessionValue {
    if (isEmpty(state)) return empty
    const digest = digestOf(state)
    const known = byDigest.get(digest)
    if (known !== undefined) return known
    const told = { digest, index: count++, bits: ANY_STATE | bitsOfTemps(state.temps), state }
    const value = isNone(state.variables) ? cored(told) : { ...told, core: intern({ ...state, variables: {} }) }
    byDigest.set(digest, value)
    return value
  }

  return {
    empty,
    // What schemas say is not part of a key, so it must not be part of a value either.
    of: ({ defaults, temps, variables }) => intern({ ...emptyState(), defaults, temps, variables }),
    withVariables: (core, variables) => (isNone(variables) ? core : intern({ ...core.state, variables })),
    restore: ({ defaults, temps, variables = {} }) =>
      intern({ ...emptyState(), defaults, variables, temps: Object.fromEntries(temps.map((temp) => [tableKey(temp.table), temp])) }),
    get size() {
      return byDigest.size
    },
    forget() {
      byDigest.clear()
    },
  }
}

function cored(told: Omit<SessionValue, 'core'>): SessionValue {
  const value: { -readonly [Key in keyof SessionValue]?: SessionValue[Key] } = told
  value.core = value as SessionValue // whole from here on: it is its own core
  return value.core
}

export function storedState({ defaults, temps, variables }: SessionState): StoredState {
  return { defaults, temps: sortedTemps(temps), ...(isNone(variables) ? {} : { variables }) }
}

export function emptyState(): SessionState {
  return { defaults: {}, temps: {}, tables: {}, variables: {}, declared: [] }
}

function isEmpty({ defaults, temps, variables }: SessionState): boolean {
  return !defaults.database && !defaults.schema && isNone(temps) && isNone(variables)
}

function isNone(record: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(record).length === 0
}

function digestOf({ defaults, temps, variables }: SessionState): string {
  const tables = sortedTemps(temps).map(({ table, columns, madeBy }) => [table.parts, columns, madeBy])
  return digestOfJson([defaults.database ?? null, defaults.schema ?? null, tables, ...(isNone(variables) ? [] : [variables])])
}

function sortedTemps(temps: SessionState['temps']): SessionTable[] {
  return Object.keys(temps)
    .sort()
    .flatMap((key) => temps[key] ?? [])
}
