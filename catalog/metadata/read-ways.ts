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

export interface JoinedOn {
  readonly column: string
  readonly other: readonly string[]
  readonly otherColumn: string
  /** Executions of SELECTs that set the two equal. */
  readonly times: number
}

/** The columns on which SELECTs join an asset, with those of the other side; most often first. */
export async function joinedOn(db: Db, asset: string, limit = 20): Promise<readonly JoinedOn[]> {
  const side = (own: 'asset' | 'other') => {
    const [column, other, otherColumn] =
      own === 'asset'
        ? (['join.column', 'join.other', 'join.other_column'] as const)
        : (['join.other_column', 'join.asset', 'join.column'] as const)
    return db
      .selectFrom('process_joins as join')
      .innerJoin('usage_by_process as usage', 'usage.process', 'join.process')
      .select((of) => [
        of.ref(column).as('column'),
        of.ref(other).as('other'),
        of.ref(otherColumn).as('otherColumn'),
        of.fn.sum<number>('usage.executions').as('times'),
      ])
      .where(`join.${own}`, '=', asset)
      .groupBy([column, other, otherColumn])
      .execute()
  }
  // A table that is joined with itself is on both sides of one join: told once.
  const rows = [...(await side('asset')), ...(await side('other')).filter(({ other }) => other !== asset)]
  const found = rows
    .map((row) => ({ ...row, times: Number(row.times) }))
    .sort((a, b) => b.times - a.times || (`${a.column} ${a.other} ${a.otherColumn}` < `${b.column} ${b.other} ${b.otherColumn}` ? -1 : 1))
    .slice(0, limit)
  const heads = await assetsById(
    db,
    found.map(({ other }) => other),
  )
  return found.map(({ column, other, otherColumn, times }) => ({ column, other: heads.get(other)?.path ?? [], otherColumn, times }))
}
