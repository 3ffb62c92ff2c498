import { markDropped } from '../asset-writes.ts'
import { bulkUpsert } from '../bulk.ts'
import { among, slices } from '../engine.ts'
import type { Catalog } from '../open.ts'
import { lazyRevision, type Tx, transaction } from '../transaction.ts'

/** An asset that a pipeline saw once and that the catalog has as there. */
export interface SeenAsset {
  readonly asset: string
  readonly parent: string
  readonly kind: string
  readonly path: readonly string[]
  readonly isSeenNow: boolean
  /** Another pipeline that there still is has seen it too. */
  readonly isShared: boolean
}

const ROWS_A_PAGE = 5_000
const IDS_AT_ONCE = 1_000

/** Everything the pipeline saw that is not marked as deleted, a page at a time. */
export async function* seenBy({ db }: Catalog, pipeline: string, run: string, dryRun: boolean): AsyncGenerator<SeenAsset> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('metadata_seen as seen')
      .innerJoin('assets', 'assets.id', 'seen.asset')
      .select(['seen.asset', 'seen.parent', 'seen.kind', 'seen.path', 'seen.run', 'seen.dry_run'])
      .select(({ exists, selectFrom }) =>
        exists(
          selectFrom('metadata_seen as other')
            .select('other.asset')
            .innerJoin('pipelines', 'pipelines.name', 'other.pipeline')
            .whereRef('other.asset', '=', 'seen.asset')
            .where('other.pipeline', '<>', pipeline)
            .where('pipelines.deleted_at', 'is', null),
        ).as('shared'),
      )
      .where('seen.pipeline', '=', pipeline)
      .where('assets.dropped_at', 'is', null)
      .where('seen.asset', '>', after)
      .orderBy('seen.asset')
      .limit(ROWS_A_PAGE)
      .execute()
    for (const { asset, parent, kind, path, run: last, dry_run: lastDry, shared } of rows) {
      yield { asset, parent, kind, path: JSON.parse(path), isSeenNow: (dryRun ? lastDry : last) === run, isShared: Boolean(shared) }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS_A_PAGE) return
    after = last.asset
  }
}

/** Keys of the paths that the run listed, with the problem of those that are not complete. */
export async function listingsOf({ db }: Catalog, run: string): Promise<ReadonlyMap<string, string | null>> {
  const rows = await db.selectFrom('metadata_listings').select(['path_key', 'problem']).where('run', '=', run).execute()
  return new Map(rows.map(({ path_key, problem }) => [path_key, problem]))
}

/** Once deletions are done they say nothing more; without them nothing is marked. */
export async function dropListings({ db }: Catalog, run: string): Promise<void> {
  await db.deleteFrom('metadata_listings').where('run', '=', run).execute()
}

export interface Deletion {
  readonly pipeline: string
  readonly run: string
  readonly now: string
}

/** Marks them, and writes down that this run did. Gives how many the run has marked in all its attempts. */
export async function markDeleted(catalog: Catalog, { pipeline, run, now }: Deletion, assets: readonly string[]): Promise<number> {
  for (const some of slices(assets, IDS_AT_ONCE)) {
    await transaction(catalog, async (tx) => {
      const rows = some.map((asset) => [run, asset, pipeline, now])
      await bulkUpsert(
        catalog,
        tx,
        { table: 'metadata_deletions', columns: ['run', 'asset', 'pipeline', 'at'], conflict: ['run', 'asset'] },
        rows,
      )
      await markDropped(tx, some, now, { now, revision: lazyRevision(tx) })
    })
  }
  const marked = await catalog.db
    .selectFrom('metadata_deletions')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('run', '=', run)
    .executeTakeFirstOrThrow()
  return Number(marked.count)
}

/** Undoes what a run marked. Gives the assets' paths; null when the run marked nothing. */
export async function restoreRun(catalog: Catalog, run: string, now: string): Promise<readonly (readonly string[])[] | null> {
  return await transaction(catalog, async (tx) => {
    const rows = await tx.selectFrom('metadata_deletions').select(['asset', 'restored_at']).where('run', '=', run).execute()
    if (rows.length === 0) return null
    const open = rows.filter(({ restored_at }) => restored_at === null).map(({ asset }) => asset)
    const paths = await pathsOf(tx, open)
    await markDropped(tx, open, null, { now, revision: lazyRevision(tx) })
    await tx.updateTable('metadata_deletions').set({ restored_at: now }).where('run', '=', run).where('restored_at', 'is', null).execute()
    return paths
  })
}

async function pathsOf(tx: Tx, ids: readonly string[]): Promise<readonly (readonly string[])[]> {
  const rows = await tx
    .selectFrom('assets')
    .select('path')
    .where(among(tx, 'id', ids))
    .where('dropped_at', 'is not', null)
    .orderBy('path_key')
    .execute()
  return rows.map(({ path }) => JSON.parse(path))
}
