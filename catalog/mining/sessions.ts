import { sql } from 'kysely'
import type { Catalog } from '../open.ts'

/** Most states that a shard is told beforehand; what is missing is found when sessions are settled. */
const MOST_SESSIONS = 20_000

export interface KnownSession<State> {
  readonly session: string
  readonly state: State
}

/** The states, not empty, of sessions before a position, as far as they are known: newest first. */
export async function sessionsBefore<State>(catalog: Catalog, pipeline: string, position: string): Promise<readonly KnownSession<State>[]> {
  const rows = await catalog.db
    .selectFrom('mining_sessions')
    .select(['session', 'state', 'position'])
    .where('pipeline', '=', pipeline)
    .where(sql<boolean>`position < ${position}`)
    .orderBy('position', 'desc')
    .limit(MOST_SESSIONS)
    .execute()
  const seen = new Set<string>()
  const found: KnownSession<State>[] = []
  for (const { session, state } of rows) {
    if (seen.has(session)) continue
    seen.add(session)
    if (state !== null) found.push({ session, state: JSON.parse(state) as State }) // what the scan wrote
  }
  return found
}

/** A segment's sessions as its last committed part left them. */
export async function sessionsOf<State>(catalog: Catalog, pipeline: string, object: string, from: number) {
  const rows = await catalog.db
    .selectFrom('mining_sessions')
    .select(['session', 'start_state', 'state'])
    .where('pipeline', '=', pipeline)
    .where('object', '=', object)
    .where('from_offset', '=', from)
    .execute()
  const parsed = (state: string | null): State | null => (state === null ? null : (JSON.parse(state) as State)) // what the scan wrote
  return rows.map(({ session, start_state, state }) => ({ session, startState: parsed(start_state), state: parsed(state) }))
}
