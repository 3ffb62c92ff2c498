import { hash } from 'node:crypto'
import type { Defaults, SessionState, SessionTable } from '../../../contracts/lineage.ts'
import { tableKey } from '../../../lineage/session.ts'

/**
 * A session's state as the miner carries it: the defaults that USE and SET gave, and the temp tables with what made them. Values are
 * interned by digest, so that equal states are one object and transitions can be remembered.
 */
export interface SessionValue {
  /** Digest of `state`; empty for the empty state. */
  readonly digest: string
  /** Small number of this thread, for keys of maps. */
  readonly index: number
  readonly state: SessionState
}

/** A state as it is stored and sent: what tells it apart, and nothing that schemas decide. */
export interface StoredState {
  readonly defaults: Defaults
  readonly temps: readonly SessionTable[]
}

export interface SessionValues {
  readonly empty: SessionValue
  of(state: SessionState): SessionValue
  restore(stored: StoredState): SessionValue
  /** How many are kept. */
  readonly size: number
  /** Later values get numbers of their own; those still held stay valid. */
  forget(): void
}

export function sessionValues(): SessionValues {
  const byDigest = new Map<string, SessionValue>()
  const empty: SessionValue = { digest: '', index: 0, state: emptyState() }
  let count = 1

  function intern(state: SessionState): SessionValue {
    if (isEmpty(state)) return empty
    const digest = digestOf(state)
    const known = byDigest.get(digest)
    if (known !== undefined) return known
    const value = { digest, index: count++, state }
    byDigest.set(digest, value)
    return value
  }

  return {
    empty,
    // What schemas and variables of a session say is not part of a key, so it must not be part of a value either.
    of: ({ defaults, temps }) => intern({ ...emptyState(), defaults, temps }),
    restore: ({ defaults, temps }) =>
      intern({ ...emptyState(), defaults, temps: Object.fromEntries(temps.map((temp) => [tableKey(temp.table), temp])) }),
    get size() {
      return byDigest.size
    },
    forget() {
      byDigest.clear()
    },
  }
}

export function storedState({ defaults, temps }: SessionState): StoredState {
  return { defaults, temps: sortedTemps(temps) }
}

export function emptyState(): SessionState {
  return { defaults: {}, temps: {}, tables: {}, variables: {}, declared: [] }
}

function isEmpty({ defaults, temps }: SessionState): boolean {
  return !defaults.database && !defaults.schema && Object.keys(temps).length === 0
}

function digestOf({ defaults, temps }: SessionState): string {
  const tables = sortedTemps(temps).map(({ table, columns, madeBy }) => [table.parts, columns, madeBy])
  return hash('sha256', JSON.stringify([defaults.database ?? null, defaults.schema ?? null, tables])).slice(0, 32)
}

function sortedTemps(temps: SessionState['temps']): SessionTable[] {
  return Object.keys(temps)
    .sort()
    .flatMap((key) => temps[key] ?? [])
}
