import { sql } from 'kysely'
import { among, slices } from '../engine.ts'
import { idOf } from '../hash.ts'
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
  const isWantedOf = (log: string, { source, target }: PlacedEdge): boolean => {
    const lets = filters.get(log)
    return lets === undefined || lets.some((accepts) => !refused.get(source)?.has(accepts) && !refused.get(target)?.has(accepts))
  }
  const logsOf = await logsOfProcesses(catalog, connection)
  const touched = new Set<string>()
  for (const some of slices([...refused.keys()], AT_ONCE)) {
    for (const end of ['source', 'target'] as const) {
      const edges = await edgesAt(db, end, some)
      const gone = edges.filter((edge) => !logsOf(edge).some((log) => isWantedOf(log, edge)))
      await removeGone(catalog, gone, logsOf)
      for (const { process } of gone) touched.add(process)
    }
  }
  return touched.size
}

/** Processes that are in several query logs of the connection, with these logs. */
async function sharedProcesses({ db, engine }: Catalog, connection: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const logs = await db.selectFrom('mining_parts').select('pipeline').distinct().where('connection', '=', connection).execute()
  if (logs.length < 2) return new Map()
  const [each, all] =
    engine === 'sqlite'
      ? [sql`json_each(part.processes, '$.id') as one`, sql`json_group_array(distinct part.pipeline)`]
      : [
          sql`json_array_elements_text(cast(part.processes as json) -> 'id') as one(value)`,
          sql`cast(json_agg(distinct part.pipeline) as text)`,
        ]
  const { rows } = await sql<{ process: string; logs: string }>`select one.value as process, ${all} as logs from mining_parts as part
    cross join ${each} where part.connection = ${connection} and part.current = 1
    group by one.value having count(distinct part.pipeline) > 1`.execute(db)
  return new Map(rows.map(({ process, logs: told }) => [process, JSON.parse(told)]))
}

/** The logs that a process is in, in order: where it was met first, and wherever else. A view or location has the one of its kind. */
type LogsOf = (place: { readonly process: string; readonly position: string }) => readonly string[]

async function logsOfProcesses(catalog: Catalog, connection: string): Promise<LogsOf> {
  const shared = await sharedProcesses(catalog, connection)
  return ({ process, position }) => [...new Set([placeOf(position).pipeline, ...(shared.get(process) ?? [])])].sort()
}

/** In the place of a result's hash: edges were removed, as the filters of these logs say. It is no hash, so the next result is written whole. */
const prunedIn = (logs: readonly string[]): string => `${PRUNED}${idOf(...logs)}`
const PRUNED = 'pruned '

/** Statements that lost edges and are met in another log since are resolved again: that log's filters may want them. */
export async function resolvePrunedElsewhere(catalog: Catalog, connection: string): Promise<void> {
  const { db } = catalog
  const pruned = await db
    .selectFrom('processes')
    .select(['id as process', 'position', 'result_hash as hash'])
    .where('connection', '=', connection)
    .where('state', '=', 'resolved')
    .where('result_hash', 'like', `${PRUNED}%`)
    .execute()
  if (pruned.length === 0) return
  const logsOf = await logsOfProcesses(catalog, connection)
  const again = pruned.filter((place) => place.hash !== prunedIn(logsOf(place))).map(({ process }) => process)
  for (const some of slices(again, AT_ONCE))
    await db
      .updateTable('processes')
      .set({ state: 'stale' })
      .where(among(db, 'id', some))
      .execute()
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

async function removeGone(catalog: Catalog, gone: readonly PlacedEdge[], logsOf: LogsOf): Promise<void> {
  if (gone.length === 0) return
  const pairs = new Map<string, { source: string; target: string; processes: string[] }>()
  for (const { process, source, target } of gone) {
    const pair = pairs.get(`${source} ${target}`) ?? { source, target, processes: [] }
    pairs.set(`${source} ${target}`, pair)
    pair.processes.push(process)
  }
  const places = new Map(gone.map((edge) => [edge.process, edge]))
  const processes = [...places.keys()]
  await transaction(catalog, async (tx) => {
    for (const { source, target, processes: losing } of pairs.values())
      await tx
        .deleteFrom('process_edges')
        .where('source', '=', source)
        .where('target', '=', target)
        .where(among(tx, 'process', losing))
        .execute()
    await tx
      .updateTable('processes')
      .set({ revision: await nextRevision(tx) })
      .where(among(tx, 'id', processes))
      .execute()
    for (const [hash, some] of Map.groupBy(places.values(), (place) => prunedIn(logsOf(place))))
      await tx
        .updateTable('processes')
        .set({ result_hash: hash })
        .where('kind', '=', 'statement')
        .where(
          among(
            tx,
            'id',
            some.map(({ process }) => process),
          ),
        )
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
