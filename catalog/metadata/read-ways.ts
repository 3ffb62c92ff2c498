import { type AssetHead, assetsById } from '../assets.ts'
import { among } from '../engine.ts'
import type { Db } from '../transaction.ts'
import { readsOf } from '../usage.ts'

/** How an asset is read beside being named in a query: through views over it, and together with what. Derived, not stored. */

export interface ViewReads {
  readonly view: readonly string[]
  readonly reads: number
}

const DEEPEST = 20

/** Reads of the views that show an asset's rows, directly or through other views. They are not among the asset's own. */
export async function readsThroughViews(db: Db, asset: string): Promise<readonly ViewReads[]> {
  const views = new Set<string>()
  for (let some = [asset], depth = 0; some.length > 0 && depth < DEEPEST; depth++) {
    const rows = await db
      .selectFrom('process_edges as edge')
      .innerJoin('assets as view', 'view.id', 'edge.target')
      .select('view.id')
      .distinct()
      .where('edge.level', '=', 'table')
      .where('view.kind', '=', 'view')
      .where(among(db, 'edge.source', some))
      .execute()
    some = rows.map(({ id }) => id).filter((id) => id !== asset && !views.has(id))
    for (const id of some) views.add(id)
  }
  const reads = await readsOf(db, [...views])
  const heads = await assetsById(db, reads.keys())
  return [...reads]
    .filter(([, times]) => times > 0)
    .map(([id, times]) => ({ view: heads.get(id)?.path ?? [], reads: times }))
    .sort((one, other) => other.reads - one.reads)
}

export interface ReadTogether {
  readonly asset: AssetHead
  /** Executions of SELECTs that read both. */
  readonly times: number
}

/** What SELECTs join an asset with, most often first. */
export async function readTogether(db: Db, asset: string, limit = 10): Promise<readonly ReadTogether[]> {
  const rows = await db
    .selectFrom('process_reads as one')
    .innerJoin('process_reads as other', 'other.process', 'one.process')
    .innerJoin('usage_by_process as usage', 'usage.process', 'one.process')
    .select((of) => ['other.asset', of.fn.sum<number>('usage.executions').as('times')])
    .where('one.asset', '=', asset)
    .where('one.mode', '=', 'select')
    .where('other.mode', '=', 'select')
    .whereRef('other.asset', '<>', 'one.asset')
    .groupBy('other.asset')
    .orderBy('times', 'desc')
    .orderBy('other.asset')
    .limit(limit)
    .execute()
  const heads = await assetsById(
    db,
    rows.map((row) => row.asset),
  )
  return rows.flatMap((row) => {
    const head = heads.get(row.asset)
    return head === undefined ? [] : [{ asset: head, times: Number(row.times) }]
  })
}
