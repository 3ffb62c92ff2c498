import { among, slices } from '../engine.ts'
import type { Catalog } from '../open.ts'
import { nextRevision, transaction } from '../transaction.ts'

/** Lineage that a pipeline does not want, or that nothing has stated for long. */

const EDGES_A_PAGE = 5_000
const AT_ONCE = 1_000

/** With another filter than the last time, what was cut off then may be wanted now: everything is resolved again. */
export async function filterChanged({ db }: Catalog, connection: string, hash: string): Promise<boolean> {
  const name = `lineage-filter/${connection}`
  const row = await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst()
  if ((row?.value ?? '') === hash) return false
  await db
    .insertInto('meta')
    .values({ name, value: hash })
    .onConflict((on) => on.column('name').doUpdateSet({ value: hash }))
    .execute()
  return true
}

export async function resolveAgain({ db }: Catalog, connection: string): Promise<void> {
  await db
    .updateTable('processes')
    .set({ state: 'stale', result_hash: null })
    .where('connection', '=', connection)
    .where('kind', 'in', ['statement', 'view'])
    .where('state', '=', 'resolved')
    .execute()
}

/** Removes the edges of queries that lead from or to what is not wanted. Gives how many. */
export async function removeEdges(catalog: Catalog, connection: string, isWanted: (path: readonly string[]) => boolean): Promise<number> {
  const { db } = catalog
  const rows = await db
    .selectFrom('assets')
    .select(['id', 'path'])
    .where('connection', '=', connection)
    .where('kind', 'in', ['table', 'view', 'stream', 'model'])
    .execute()
  const unwanted = rows.filter(({ path }) => !isWanted(JSON.parse(path))).map(({ id }) => id)
  let removed = 0
  for (const some of slices(unwanted, AT_ONCE)) {
    removed += await transaction(catalog, async (tx) => {
      const touched = new Set<string>()
      for (const end of ['source', 'target'] as const) {
        const gone = await tx
          .deleteFrom('process_edges')
          .where(among(tx, end, some))
          .returning('process')
          .execute()
        for (const { process } of gone) touched.add(process)
      }
      if (touched.size > 0)
        await tx
          .updateTable('processes')
          .set({ revision: await nextRevision(tx) })
          .where(among(tx, 'id', [...touched]))
          .execute()
      return touched.size
    })
  }
  return removed
}

/** Retires what was last executed before a time: its lineage goes, its usage stays. One that is executed again comes back. */
export async function retireProcesses(catalog: Catalog, connection: string, before: string): Promise<number> {
  return await transaction(catalog, async (tx) => {
    const statements = (state: string) =>
      tx
        .selectFrom('processes')
        .select('id')
        .where('connection', '=', connection)
        .where('kind', '=', 'statement')
        .where('state', '=', state)
    const back = (await statements('retired').where('last_run_at', '>=', before).execute()).map(({ id }) => id)
    if (back.length > 0)
      await tx
        .updateTable('processes')
        .set({ state: 'stale', result_hash: null })
        .where(among(tx, 'id', back))
        .execute()
    const old = (
      await statements('resolved')
        .where('last_run_at', '<', before)
        .limit(EDGES_A_PAGE * 20)
        .execute()
    ).map(({ id }) => id)
    if (old.length === 0) return 0
    const revision = await nextRevision(tx)
    for (const some of slices(old, AT_ONCE)) {
      await tx
        .deleteFrom('process_edges')
        .where(among(tx, 'process', some))
        .execute()
      await tx
        .updateTable('processes')
        .set({ state: 'retired', revision })
        .where(among(tx, 'id', some))
        .execute()
    }
    return old.length
  })
}
