import { sql } from 'kysely'
import { assetsById, columnsOf } from '../assets.ts'
import { among } from '../engine.ts'
import type { Catalog } from '../open.ts'
import type { Edge } from '../../contracts/edges.ts'
import type { SinkDataset, SinkProcess } from '../../contracts/plugin.ts'

export async function cursorOf(catalog: Catalog, pipeline: string, sink: string): Promise<number> {
  const row = await catalog.db.selectFrom('sink_cursors').select('revision').where('pipeline', '=', pipeline).where('sink', '=', sink).executeTakeFirst()
  return row?.revision ?? 0
}

/** The next processes that read or write, whole revisions at a time where `count` allows. */
export async function outboxAfter(catalog: Catalog, connection: string, after: { readonly revision: number; readonly id: string }, count: number, texts: boolean): Promise<readonly SinkProcess[]> {
  const rows = await catalog.db
    .selectFrom('processes')
    .select(['id', 'kind', 'sql', 'dialect', 'last_run_at', 'revision'])
    .where('connection', '=', connection)
    .where('state', '=', 'resolved')
    .where(sql<boolean>`(revision, id) > (${after.revision}, ${after.id})`)
    .orderBy('revision')
    .orderBy('id')
    .limit(count)
    .execute()
  const ids = rows.map(({ id }) => id)
  const edges = await catalog.db.selectFrom('process_edges').selectAll().where(among(catalog.db, 'process', ids)).orderBy('process').execute()
  const reads = await catalog.db.selectFrom('process_reads').select(['process', 'asset']).distinct().where(among(catalog.db, 'process', ids)).orderBy('asset').execute()
  const writes = await catalog.db.selectFrom('process_writes').select(['process', 'asset']).where(among(catalog.db, 'process', ids)).orderBy('asset').execute()
  const assets = [...reads.map(({ asset }) => asset), ...writes.map(({ asset }) => asset), ...edges.flatMap(({ source, target }) => [source, target])]
  const datasets = await datasetsOf(catalog, assets)
  const pathOf = (asset: string): readonly string[] => datasets.get(asset)?.path ?? []
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    ...(texts ? { sql: row.sql } : {}),
    dialect: row.dialect,
    inputs: reads.filter(({ process }) => process === row.id).flatMap(({ asset }) => datasets.get(asset) ?? []),
    outputs: writes.filter(({ process }) => process === row.id).flatMap(({ asset }) => datasets.get(asset) ?? []),
    edges: edges.filter(({ process }) => process === row.id).map((edge) => edgeOf(edge, pathOf)),
    ...(row.last_run_at === null ? {} : { lastRunAt: row.last_run_at }),
    revision: row.revision,
  }))
}

interface EdgeRow {
  readonly level: string
  readonly source: string
  readonly source_column: string
  readonly target: string
  readonly target_column: string
  readonly kind: string
  readonly confidence: number
}

function edgeOf(row: EdgeRow, pathOf: (asset: string) => readonly string[]): Edge {
  return {
    level: row.level as Edge['level'], // rows are written from edges, so are the kinds
    source: pathOf(row.source),
    ...(row.source_column === '' ? {} : { sourceColumn: row.source_column }),
    target: pathOf(row.target),
    ...(row.target_column === '' ? {} : { targetColumn: row.target_column }),
    kind: row.kind as Edge['kind'],
    confidence: row.confidence,
  }
}

async function datasetsOf(catalog: Catalog, ids: readonly string[]): Promise<ReadonlyMap<string, SinkDataset>> {
  const heads = await assetsById(catalog.db, ids)
  const columns = await columnsOf(catalog.db, heads.keys())
  const locations = await catalog.db.selectFrom('assets').select(['id', 'location']).where(among(catalog.db, 'id', [...heads.keys()])).where('location', 'is not', null).execute()
  const places = new Map(locations.map(({ id, location }) => [id, location]))
  return new Map(
    [...heads].map(([id, { path, kind, dropped }]) => {
      const location = places.get(id)
      const named = (columns.get(id) ?? []).map(({ name, type }) => ({ name, ...(type === undefined ? {} : { type }) }))
      return [id, { path, kind, columns: named, ...(dropped ? { dropped } : {}), ...(location == null ? {} : { location }) }]
    }),
  )
}

/** The batch is delivered: the cursor moves, unless another attempt moved it further; what was refused for good is kept. */
export async function confirmDelivery(
  catalog: Catalog,
  delivery: { readonly pipeline: string; readonly sink: string; readonly revision: number; readonly refused: readonly { readonly process: string; readonly reason: string }[]; readonly now: string },
): Promise<void> {
  const { pipeline, sink, revision, refused, now } = delivery
  await catalog.db
    .insertInto('sink_cursors')
    .values({ pipeline, sink, revision, updated_at: now })
    .onConflict((on) => on.columns(['pipeline', 'sink']).doUpdateSet({ revision, updated_at: now }).where('sink_cursors.revision', '<', revision))
    .execute()
  for (const { process, reason } of refused) {
    await catalog.db
      .insertInto('sink_refusals')
      .values({ pipeline, sink, process, reason, revision })
      .onConflict((on) => on.columns(['pipeline', 'sink', 'process']).doUpdateSet({ reason, revision }))
      .execute()
  }
}
