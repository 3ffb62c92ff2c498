import { sql } from 'kysely'
import { isOutdated } from './needs.ts'
import type { Db } from './transaction.ts'

/** Processes that were resolved with other columns of an asset than it has now. The miner resolves them again. */
export async function countStale(db: Db, connection: string): Promise<number> {
  const { rows } = await sql<{ stale: number }>`
    select count(distinct need.process) as stale from process_needs as need
    join assets on assets.id = need.asset
    where assets.connection = ${connection} and ${isOutdated}`.execute(db)
  return Number(rows[0]?.stale ?? 0)
}
