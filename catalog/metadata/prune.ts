import { among, slices } from '../engine.ts'
import { placeOf } from '../mining/positions.ts'
import type { Catalog } from '../open.ts'
import { type Db, nextRevision, transaction } from '../transaction.ts'

/** Lineage that a pipeline does not want, or that nothing has stated for long. */

const EDGES_A_PAGE = 5_000
const AT_ONCE = 1_000

export async function resolveAgain({ db }: Catalog, connection: string): Promise<void> {
  await db
    .updateTable('processes')
    .set({ state: 'stale', result_hash: null })
    .where('connection', '=', connection)
    .where('kind', 'in', ['statement', 'view'])
    .where('state', '=', 'resolved')
    .execute()
}

/** What pipelines let through, by the log (or kind of process) that their lineage comes from: an edge stays where one of them wants both its ends. */
export type LineageFilters = ReadonlyMap<string, readonly ((path: readonly string[]) => boolean)[]>

/** Removes edges that no pipeline wants; those of logs that nobody filters stay. Gives how many processes lost some. */
export async function removeEdges(catalog: Catalog, connection: string, filters: LineageFilters): Promise<number> {
  const { db } = catalog
  const rows = await db
    .selectFrom('assets')
    .select(['id', 'path'])
    .where('connection', '=', connection)
    .where('kind', 'in', ['table', 'view', 'stream', 'model'])
    .execute()
  const all = [...new Set([...filters.values()].flat())]
  const refused = new Map<string, ReadonlySet<unknown>>()
  for (const { id, path } of rows) {
    const parts: readonly string[] = JSON.parse(path)
    const by = all.filter((accepts) => !accepts(parts))
    if (by.length > 0) refused.set(id, new Set(by))
  }
  const isWanted = ({ source, target, position }: PlacedEdge): boolean => {
    const lets = filters.get(placeOf(position).pipeline)
    return lets === undefined || lets.some((accepts) => !refused.get(source)?.has(accepts) && !refused.get(target)?.has(accepts))
  }
  const touched = new Set<string>()
  for (const some of slices([...refused.keys()], AT_ONCE)) {
    for (const end of ['source', 'target'] as const) {
      const gone = (await edgesAt(db, end, some)).filter((edge) => !isWanted(edge))
      await removeGone(catalog, gone)
      for (const { process } of gone) touched.add(process)
    }
  }
  return touched.size
}

interface PlacedEdge {
  readonly process: string
  readonly source: string
  readonly target: string
  readonly position: string
}

async function edgesAt(db: Db, end: 'source' | 'target', assets: readonly string[]): Promise<readonly PlacedEdge[]> {
  return await db
    .selectFrom('process_edges as edge')
    .innerJoin('processes', 'processes.id', 'edge.process')
    .select(['edge.process', 'edge.source', 'edge.target', 'processes.position'])
    .distinct()
    .where(among(db, `edge.${end}`, assets))
    .execute()
}

async function removeGone(catalog: Catalog, gone: readonly PlacedEdge[]): Promise<void> {
  if (gone.length === 0) return
  const pairs = new Map<string, { source: string; target: string; processes: string[] }>()
  for (const { process, source, target } of gone) {
    const pair = pairs.get(`${source} ${target}`) ?? { source, target, processes: [] }
    pairs.set(`${source} ${target}`, pair)
    pair.processes.push(process)
  }
  await transaction(catalog, async (tx) => {
    for (const { source, target, processes } of pairs.values())
      await tx
        .deleteFrom('process_edges')
        .where('source', '=', source)
        .where('target', '=', target)
        .where(among(tx, 'process', processes))
        .execute()
    await tx
      .updateTable('processes')
      .set({ revision: await nextRevision(tx) })
      .where(among(tx, 'id', [...new Set(gone.map(({ process }) => process))]))
      .execute()
  })
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
