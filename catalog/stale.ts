import { sql } from 'kysely'
import type { Db } from './transaction.ts'

/** Processes that were resolved with other columns of an asset than it has now. The miner resolves them again. */
export async function countStale(db: Db, connection: string): Promise<number> {
  const { rows } = await sql<{ stale: number }>`
    select count(distinct process_needs.process) as stale from process_needs
    join assets on assets.id = process_needs.asset
    where assets.connection = ${connection} and coalesce(assets.schema_hash, '') <> coalesce(process_needs.schema_hash, '')`.execute(db)
  return Number(rows[0]?.stale ?? 0)
}
