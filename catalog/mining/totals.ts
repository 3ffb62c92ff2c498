import { sql } from 'kysely'
import type { Catalog } from '../open.ts'
import type { Log } from './objects.ts'
import { addCounts, type Counts } from './parts.ts'

/** What the segments of a run's objects counted, and how many objects they are. */
export async function countsOfRun(
  catalog: Catalog,
  pipeline: string,
  run: string,
): Promise<{ readonly objects: number; readonly counts: Counts }> {
  const rows = await catalog.db
    .selectFrom('mining_segments as segment')
    .innerJoin('mining_objects as object', (join) =>
      join.onRef('object.pipeline', '=', 'segment.pipeline').onRef('object.object', '=', 'segment.object'),
    )
    .select(['segment.counts', 'segment.from_offset'])
    .where('segment.pipeline', '=', pipeline)
    .where('object.run', '=', run)
    .execute()
  return {
    objects: rows.filter(({ from_offset }) => from_offset === 0).length,
    counts: rows.reduce((sum: Counts, { counts }) => addCounts(sum, JSON.parse(counts) as Counts), {}), // written by commitParts
  }
}

/** Distinct processes among a run's objects. */
export async function distinctOfRun(catalog: Catalog, pipeline: string, run: string): Promise<number> {
  const each =
    catalog.engine === 'sqlite'
      ? sql`json_each(part.processes, '$.id') as one`
      : sql`json_array_elements_text(cast(part.processes as json) -> 'id') as one(value)`
  const { rows } = await sql<{ count: number }>`select count(distinct one.value) as count from mining_parts as part
    join mining_objects as object on object.pipeline = part.pipeline and object.object = part.object and object.run = ${run}
    cross join ${each} where part.pipeline = ${pipeline} and part.current = 1`.execute(catalog.db)
  return Number(rows[0]?.count ?? 0)
}

/** Distinct sessions among a run's objects. */
export async function sessionsOfRun(catalog: Catalog, pipeline: string, run: string): Promise<number> {
  const each =
    catalog.engine === 'sqlite' ? sql`json_each(part.seen) as one` : sql`json_array_elements_text(cast(part.seen as json)) as one(value)`
  const { rows } = await sql<{ count: number }>`select count(distinct one.value) as count from mining_parts as part
    join mining_objects as object on object.pipeline = part.pipeline and object.object = part.object and object.run = ${run}
    cross join ${each} where part.pipeline = ${pipeline} and part.current = 1`.execute(catalog.db)
  return Number(rows[0]?.count ?? 0)
}

/** What the catalog knows of the connection: edges that differ, assets that queries name, texts that could not be resolved in time. */
export async function lineageTotals(
  catalog: Catalog,
  { connection }: Log,
): Promise<{ readonly edges: number; readonly assets: number; readonly processes: number }> {
  const { rows } = await sql<{ edges: number; assets: number; processes: number }>`select
    (select count(*) from (select distinct level, source, source_column, target, target_column, kind from process_edges
      where process in (select id from processes where connection = ${connection})) as each_edge) as edges,
    (select count(*) from assets where connection = ${connection} and kind not in ('database', 'schema')) as assets,
    (select count(*) from processes where connection = ${connection}) as processes`.execute(catalog.db)
  return { edges: Number(rows[0]?.edges ?? 0), assets: Number(rows[0]?.assets ?? 0), processes: Number(rows[0]?.processes ?? 0) }
}

/** Texts that broke their budget in resolving are dead letters of their objects too. */
export async function deadLettersOfRun(catalog: Catalog, pipeline: string, run: string): Promise<Readonly<Record<string, number>>> {
  const rows = await catalog.db
    .selectFrom('dead_letters as letter')
    .innerJoin('mining_objects as object', (join) =>
      join.onRef('object.pipeline', '=', 'letter.pipeline').onRef('object.object', '=', 'letter.object'),
    )
    .select(['letter.reason', (of) => of.fn.countAll<number>().as('count')])
    .where('letter.pipeline', '=', pipeline)
    .where('object.run', '=', run)
    .groupBy('letter.reason')
    .orderBy('letter.reason')
    .execute()
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, Number(count)]))
}
