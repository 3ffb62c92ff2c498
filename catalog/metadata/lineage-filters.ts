import type { FilterOptions } from '../../contracts/metadata-options.ts'
import type { Catalog } from '../open.ts'
import { transaction } from '../transaction.ts'

/** What the lineage pipelines of a connection let through, as each said when it ran last: they share one lineage. */
export interface LineageScope {
  /** The query log that it reads; null where it reads none. */
  readonly log: string | null
  readonly views: boolean
  readonly locations: boolean
  /** Null: everything. */
  readonly filters: FilterOptions | null
}

export type LineageScopes = Readonly<Record<string, LineageScope>>

const keyOf = (connection: string): string => `lineage-scopes/${connection}`

/** By pipeline; empty where no lineage pipeline has run. */
export async function lineageScopes({ db }: Pick<Catalog, 'db'>, connection: string): Promise<LineageScopes> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', keyOf(connection)).executeTakeFirst()
  return row === undefined ? {} : JSON.parse(row.value)
}

/**
 * Puts a pipeline's scope in its place and forgets those of pipelines that are gone. Gives whether lineage that was cut off before may
 * be wanted now.
 */
export async function putLineageScope(catalog: Catalog, connection: string, pipeline: string, scope: LineageScope): Promise<boolean> {
  return await transaction(catalog, async (tx) => {
    const before = await lineageScopes({ db: tx }, connection)
    const rows = await tx
      .selectFrom('pipelines')
      .select('name')
      .where('connection', '=', connection)
      .where('deleted_at', 'is', null)
      .execute()
    const there = new Set(rows.map(({ name }) => name))
    const others = Object.entries(before).filter(([name]) => name !== pipeline && there.has(name))
    const value = JSON.stringify(
      Object.fromEntries([...others, [pipeline, scope] as const].sort(([one], [other]) => (one < other ? -1 : 1))),
    )
    if (value === JSON.stringify(before)) return false
    await tx
      .insertInto('meta')
      .values({ name: keyOf(connection), value })
      .onConflict((on) => on.column('name').doUpdateSet({ value }))
      .execute()
    return Object.values(before).some(({ filters }) => filters !== null)
  })
}
