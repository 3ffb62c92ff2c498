import type { Db } from './transaction.ts'

/** Secrets by name, for references `secret:NAME`; always encrypted (secrets.ts). */

export interface StoredSecret {
  readonly name: string
  readonly updatedAt: string
}

export async function putStoredSecret(db: Db, name: string, ciphertext: string, now: string): Promise<'created' | 'changed'> {
  const before = await db.selectFrom('secrets').select('name').where('name', '=', name).executeTakeFirst()
  const row = { ciphertext, updated_at: now }
  await db
    .insertInto('secrets')
    .values({ ...row, name })
    .onConflict((on) => on.column('name').doUpdateSet(row))
    .execute()
  return before === undefined ? 'created' : 'changed'
}

/** The ciphertext; null when there is none of that name. */
export async function getStoredSecret(db: Db, name: string): Promise<string | null> {
  const row = await db.selectFrom('secrets').select('ciphertext').where('name', '=', name).executeTakeFirst()
  return row?.ciphertext ?? null
}

export async function listStoredSecrets(db: Db): Promise<readonly StoredSecret[]> {
  const rows = await db.selectFrom('secrets').select(['name', 'updated_at']).orderBy('name').execute()
  return rows.map((row) => ({ name: row.name, updatedAt: row.updated_at }))
}

export async function removeStoredSecret(db: Db, name: string): Promise<boolean> {
  const gone = await db.deleteFrom('secrets').where('name', '=', name).executeTakeFirst()
  return gone.numDeletedRows > 0n
}
