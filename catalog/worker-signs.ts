import type { Catalog } from './open.ts'
import type { Db } from './transaction.ts'

/**
 * When a worker that takes runs was last up. A run whose workers are all gone cannot say so itself: nobody is left to write it
 * down. So every worker leaves a sign now and then, and who shows a run looks at the newest.
 */

/** Four signs missed; a write that waits for another writer is not taken for a dead worker. */
const SILENT_MS = 60_000
export const SIGN_EVERY_MS = 15_000
const NAME = 'workers/last-sign'

export async function leaveSign({ db }: Catalog, now: Date): Promise<void> {
  const value = now.toISOString()
  await db
    .insertInto('meta')
    .values({ name: NAME, value })
    .onConflict((on) => on.column('name').doUpdateSet({ value }).where('meta.value', '<', value))
    .execute()
}

/** Since when no worker has been up; null while one is, and where none ever was. */
export async function silentSince(db: Db, now: number): Promise<string | null> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', NAME).executeTakeFirst()
  return row !== undefined && now - Date.parse(row.value) > SILENT_MS ? row.value : null
}
