import { setTimeout as pause } from 'node:timers/promises'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Catalog } from './open.ts'
import type { CatalogTables } from './schema.ts'

export type Tx = Transaction<CatalogTables>
/** What a query runs on: the catalog's own connection, or a transaction. */
export type Db = Kysely<CatalogTables>

const ATTEMPTS = 8
const FIRST_PAUSE_MS = 20
/** SQLITE_BUSY with its extended codes; Postgres: serialization failure, deadlock. */
const SQLITE_BUSY = 5
const POSTGRES_RETRY = new Set(['40001', '40P01'])

/** All or nothing; tried again when another writer was in the way, so `work` must do nothing but write here. */
export async function transaction<Result>(catalog: Catalog, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await catalog.db.transaction().execute(work)
    } catch (error) {
      if (attempt === ATTEMPTS || !isContention(error)) throw error
      await pause(FIRST_PAUSE_MS * 2 ** attempt * Math.random())
    }
  }
}

function isContention(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ('errcode' in error && typeof error.errcode === 'number') return (error.errcode & 0xff) === SQLITE_BUSY
  return 'code' in error && typeof error.code === 'string' && POSTGRES_RETRY.has(error.code)
}

/** The next revision, unique to the transaction: writers queue on it, so revisions become visible in order. */
export async function nextRevision(tx: Tx): Promise<number> {
  const row = await tx
    .updateTable('meta')
    .set({ value: sql<string>`cast(cast(value as bigint) + 1 as text)` })
    .where('name', '=', 'revision')
    .returning('value')
    .executeTakeFirstOrThrow()
  return Number(row.value)
}

/** Takes a revision at the first call, the same one after that: a transaction that changes nothing takes none. */
export function lazyRevision(tx: Tx): () => Promise<number> {
  let taken: Promise<number> | null = null
  return () => {
    taken ??= nextRevision(tx)
    return taken
  }
}

/** The newest committed one; 0 for an empty catalog. */
export async function currentRevision(db: Db): Promise<number> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', 'revision').executeTakeFirst()
  return Number(row?.value ?? 0)
}
