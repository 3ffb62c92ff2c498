import { sql } from 'kysely'
import { among } from '../engine.ts'
import type { Tx } from '../transaction.ts'
import { staleUsageKey } from './objects.ts'
import { versionKey } from './usage.ts'

/** What a process reads, as the resolving thread writes it: [process, [[asset, mode, columns], …]] */
type Reads = readonly [string, readonly (readonly [string, string, readonly string[]])[]]

/**
 * Usage has been counted with what these processes read as far as was known then. Where they turn out to read something else (a schema
 * came later), the connection's usage is counted anew: so it does not matter which came first. To be called before the rows are replaced.
 */
export async function recountChangedReads(tx: Tx, connection: string, processes: readonly string[], reads: string): Promise<void> {
  if (processes.length === 0) return
  // What another run is counting at this moment with the reads of before, it will count again.
  await tx
    .updateTable('meta')
    .set({ value: sql<string>`cast(cast(value as bigint) + 1 as text)` })
    .where('name', '=', versionKey(connection))
    .execute()
  const used = await tx
    .selectFrom('usage_by_process')
    .select('process')
    .where(among(tx, 'process', processes))
    .execute()
  if (used.length === 0) return
  const counted = new Set(used.map(({ process }) => process))
  const before = await tx
    .selectFrom('process_reads')
    .select(['process', 'asset', 'mode', 'columns'])
    .where(among(tx, 'process', [...counted]))
    .execute()
  const now = (JSON.parse(reads) as Reads[]).filter(([process]) => counted.has(process)) // written by the thread
  const told = new Set(
    now.flatMap(([process, each]) => each.map(([asset, mode, columns]) => JSON.stringify([process, asset, mode, JSON.stringify(columns)]))),
  )
  const isSame =
    before.length === told.size && before.every((row) => told.has(JSON.stringify([row.process, row.asset, row.mode, row.columns])))
  if (isSame) return
  await tx
    .insertInto('meta')
    .values({ name: staleUsageKey(connection), value: '1' })
    .onConflict((on) => on.column('name').doUpdateSet({ value: '1' }))
    .execute()
}
