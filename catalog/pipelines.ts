import type { Pipeline } from '../contracts/pipeline.ts'
import type { Db } from './transaction.ts'

/** Pipelines as documents; the state of their deployment is apart (deployments.ts). */

export interface StoredPipeline {
  readonly document: Pipeline
  readonly managedBy: string | null
  readonly generation: number
  readonly updatedAt: string
  /** Removed by the user, kept as a tombstone until Temporal has forgotten it too. */
  readonly deletedAt: string | null
}

export async function putPipeline(
  db: Db,
  document: Pipeline,
  managedBy: string | null,
  now: string,
): Promise<'created' | 'changed' | 'unchanged'> {
  const text = JSON.stringify(document)
  const before = await db
    .selectFrom('pipelines')
    .select(['document', 'generation', 'deleted_at'])
    .where('name', '=', document.name)
    .executeTakeFirst()
  if (before?.document === text && before.deleted_at === null) return 'unchanged'
  const row = {
    type: document.type,
    connection: document.connection ?? null,
    document: text,
    managed_by: managedBy,
    updated_at: now,
    deleted_at: null,
  }
  await db
    .insertInto('pipelines')
    .values({ ...row, name: document.name, generation: 1, created_at: now })
    .onConflict((on) => on.column('name').doUpdateSet({ ...row, generation: (before?.generation ?? 0) + 1 }))
    .execute()
  return before === undefined || before.deleted_at !== null ? 'created' : 'changed'
}

/** Tombstones are not given. */
export async function getPipeline(db: Db, name: string): Promise<StoredPipeline | null> {
  const row = await db.selectFrom('pipelines').selectAll().where('name', '=', name).where('deleted_at', 'is', null).executeTakeFirst()
  return row === undefined ? null : stored(row)
}

export async function listPipelines(db: Db): Promise<readonly StoredPipeline[]> {
  const rows = await db.selectFrom('pipelines').selectAll().where('deleted_at', 'is', null).orderBy('name').execute()
  return rows.map(stored)
}

export async function pipelineNames(db: Db): Promise<readonly string[]> {
  const rows = await db.selectFrom('pipelines').select('name').where('deleted_at', 'is', null).orderBy('name').execute()
  return rows.map(({ name }) => name)
}

/** Leaves a tombstone; false when there was no such pipeline. Its runs, lineage and usage stay. */
export async function markPipelineDeleted(db: Db, name: string, now: string): Promise<boolean> {
  const result = await db
    .updateTable('pipelines')
    .set({ deleted_at: now })
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

function stored(row: {
  document: string
  managed_by: string | null
  generation: number
  updated_at: string
  deleted_at: string | null
}): StoredPipeline {
  const document = JSON.parse(row.document) as Pipeline // written by putPipeline
  return { document, managedBy: row.managed_by, generation: row.generation, updatedAt: row.updated_at, deletedAt: row.deleted_at }
}
