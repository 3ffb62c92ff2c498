import type { Connection } from '../contracts/pipeline.ts'
import type { Db } from './transaction.ts'

/** Connections as documents. What is secret in them was encrypted, or is a reference, before it comes here (secrets.ts). */

export interface StoredConnection {
  readonly document: Connection
  readonly managedBy: string | null
  readonly generation: number
  readonly updatedAt: string
}

export async function putConnection(
  db: Db,
  document: Connection,
  managedBy: string | null,
  now: string,
): Promise<'created' | 'changed' | 'unchanged'> {
  const text = JSON.stringify(document)
  const before = await db.selectFrom('connections').select(['document', 'generation']).where('name', '=', document.name).executeTakeFirst()
  if (before?.document === text) return 'unchanged'
  const row = { connector: document.connector, document: text, managed_by: managedBy, updated_at: now }
  await db
    .insertInto('connections')
    .values({ ...row, name: document.name, generation: 1, created_at: now })
    .onConflict((on) => on.column('name').doUpdateSet({ ...row, generation: (before?.generation ?? 0) + 1 }))
    .execute()
  return before === undefined ? 'created' : 'changed'
}

export async function getConnection(db: Db, name: string): Promise<StoredConnection | null> {
  const row = await db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : stored(row)
}

export async function listConnections(db: Db): Promise<readonly StoredConnection[]> {
  const rows = await db.selectFrom('connections').selectAll().orderBy('name').execute()
  return rows.map(stored)
}

/** False when there was none. What was learnt through it stays. */
export async function removeConnection(db: Db, name: string): Promise<boolean> {
  const result = await db.deleteFrom('connections').where('name', '=', name).executeTakeFirst()
  return result.numDeletedRows > 0n
}

function stored(row: { document: string; managed_by: string | null; generation: number; updated_at: string }): StoredConnection {
  const document = JSON.parse(row.document) as Connection // written by putConnection
  return { document, managedBy: row.managed_by, generation: row.generation, updatedAt: row.updated_at }
}
