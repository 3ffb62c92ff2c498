import { sql } from 'kysely'
import type { Catalog } from '../open.ts'

/** Most states that a shard is told beforehand; what is missing is found when sessions are settled. */
const MOST_SESSIONS = 20_000

/** The states, not empty, of sessions before a position, as far as they are known: JSON as the scan wrote it, by session. */
export async function sessionsBefore(catalog: Catalog, pipeline: string, position: string): Promise<ReadonlyMap<string, string>> {
  const rows = await catalog.db
    .selectFrom('mining_sessions')
    .select(['session', 'state'])
    .where('pipeline', '=', pipeline)
    .where(sql<boolean>`position < ${position}`)
    .orderBy('position', 'desc')
    .limit(MOST_SESSIONS)
    .execute()
  const newest = new Map<string, string | null>()
  for (const { session, state } of rows) if (!newest.has(session)) newest.set(session, state)
  return notEmpty(newest)
}

export function notEmpty(states: ReadonlyMap<string, string | null>): ReadonlyMap<string, string> {
  return new Map([...states].flatMap(([session, state]) => (state === null ? [] : [[session, state] as const])))
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
