import type { AssetColumn } from '../contracts/assets.ts'
import { LodelineError } from '../contracts/errors.ts'
import type { SinkBatch, SinkDataset, SinkField, SinkProcess, SinkRefusal } from '../contracts/plugin.ts'
import { assetsById, columnsOf } from './assets.ts'
import { bulkUpsert } from './bulk.ts'
import { among } from './engine.ts'
import { edgesOfProcesses } from './lineage.ts'
import { fieldTree } from './nested-fields.ts'
import type { Catalog } from './open.ts'
import { type Db, transaction } from './transaction.ts'

/**
 * What changed since a sink's cursor. Revisions are committed in order, so a reader that goes up by (revision, process) misses nothing;
 * a process that changes again comes again. Delivery is at least once: the cursor moves after it.
 */
export interface SinkCursor {
  readonly revision: number
  /** The last one delivered of that revision. */
  readonly process: string
}

export interface SinkKey {
  readonly pipeline: string
  readonly sink: string
}

export const START: SinkCursor = { revision: 0, process: '' }

export async function sinkCursor(db: Db, { pipeline, sink }: SinkKey): Promise<SinkCursor> {
  const row = await db
    .selectFrom('sink_cursors')
    .select(['revision', 'process'])
    .where('pipeline', '=', pipeline)
    .where('sink', '=', sink)
    .executeTakeFirst()
  return row ?? START
}

export interface OutboxRequest extends Omit<SinkBatch, 'processes'> {
  readonly after: SinkCursor
  /** Processes at most. */
  readonly limit: number
  /** False where texts are not to be published. */
  readonly texts: boolean
}

export interface OutboxPage {
  readonly batch: SinkBatch
  readonly next: SinkCursor
}

/** The next processes with lineage, in the order of their revisions; null when the sink has all of them. */
export async function nextChanges(db: Db, { after, limit, texts, ...rest }: OutboxRequest): Promise<OutboxPage | null> {
  const rows = await db
    .selectFrom('processes')
    .select(['id', 'kind', 'sql', 'dialect', 'last_run_at', 'revision'])
    .where('connection', '=', rest.connection)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('revision', 'id'), '>', tuple(after.revision, after.process)))
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('process_writes').select('asset').whereRef('process_writes.process', '=', 'processes.id')),
    )
    .orderBy('revision')
    .orderBy('id')
    .limit(limit)
    .execute()
  const last = rows.at(-1)
  if (last === undefined) return null
  const told = await toldOf(
    db,
    rows.map(({ id }) => id),
  )
  const processes = rows.map(
    (row): SinkProcess => ({
      id: row.id,
      kind: row.kind,
      ...(texts ? { sql: row.sql } : {}),
      dialect: row.dialect,
      inputs: told.inputs.get(row.id) ?? [],
      outputs: told.outputs.get(row.id) ?? [],
      edges: told.edges.get(row.id) ?? [],
      ...(row.last_run_at === null ? {} : { lastRunAt: row.last_run_at }),
      revision: row.revision,
    }),
  )
  return { batch: { ...rest, processes }, next: { revision: last.revision, process: last.id } }
}

/** How many processes a sink has not got yet. */
export async function pendingChanges(db: Db, connection: string, after: SinkCursor): Promise<number> {
  const row = await db
    .selectFrom('processes')
    .select((of) => of.fn.countAll<number>().as('pending'))
    .where('connection', '=', connection)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('revision', 'id'), '>', tuple(after.revision, after.process)))
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('process_writes').select('asset').whereRef('process_writes.process', '=', 'processes.id')),
    )
    .executeTakeFirstOrThrow()
  return Number(row.pending)
}

async function toldOf(db: Db, processes: readonly string[]) {
  // A view's text and the files of a table are read when something else is: they have edges, but no reads of their own.
  const reads = await db
    .selectFrom('process_reads')
    .select(['process', 'asset'])
    .where(among(db, 'process', processes))
    .union(
      db
        .selectFrom('process_edges')
        .select(['process', 'source as asset'])
        .where('level', '=', 'table')
        .where(among(db, 'process', processes)),
    )
    .orderBy('process')
    .orderBy('asset')
    .execute()
  const writes = await db
    .selectFrom('process_writes')
    .select(['process', 'asset'])
    .where(among(db, 'process', processes))
    .orderBy('process')
    .orderBy('asset')
    .execute()
  const datasets = await datasetsOf(
    db,
    [...reads, ...writes].map(({ asset }) => asset),
  )
  const grouped = (rows: readonly { process: string; asset: string }[]) => {
    const byProcess = groupBy(rows, ({ process }) => process)
    return new Map([...byProcess].map(([process, list]) => [process, list.flatMap(({ asset }) => datasets.get(asset) ?? []).sort(byPath)]))
  }
  const edges = groupBy(await edgesOfProcesses(db, processes), ({ process }) => process)
  return {
    inputs: grouped(reads),
    outputs: grouped(writes),
    edges: new Map([...edges].map(([process, list]) => [process, list.map(({ edge }) => edge)])),
  }
}

async function datasetsOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, SinkDataset>> {
  const heads = await assetsById(db, ids)
  const columns = await columnsOf(db, heads.keys())
  const rows = await db
    .selectFrom('assets')
    .select(['id', 'location'])
    .where('location', 'is not', null)
    .where(among(db, 'id', [...heads.keys()]))
    .execute()
  const locations = new Map(rows.map(({ id, location }) => [id, location]))
  const datasets = new Map<string, SinkDataset>()
  for (const { id, path, kind, dropped } of heads.values()) {
    const location = locations.get(id) ?? null
    datasets.set(id, {
      path,
      kind,
      columns: (columns.get(id) ?? []).map(columnOf),
      ...(dropped ? { dropped } : {}),
      ...(location === null ? {} : { location }),
    })
  }
  return datasets
}

function columnOf({ name, type, comment }: AssetColumn): SinkField {
  const fields = fieldTree(type)
  return {
    name,
    ...(type === undefined ? {} : { type }),
    ...(comment === undefined || comment === '' ? {} : { comment }),
    ...(fields.length === 0 ? {} : { fields }),
  }
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [row])
    else group.push(row)
  }
  return groups
}

function byPath(one: SinkDataset, other: SinkDataset): number {
  const [a, b] = [one.path.join('\u001f'), other.path.join('\u001f')]
  return a < b ? -1 : a > b ? 1 : 0
}

export interface Delivery extends SinkKey {
  readonly from: SinkCursor
  readonly to: SinkCursor
  readonly batch: SinkBatch
  readonly refused: readonly SinkRefusal[]
  readonly now: string
}

/**
 * Moves the cursor from where it was read, and keeps what the receiver refused; a process that is delivered now is no longer refused.
 * CATALOG_CONFLICT when another delivery moved it meanwhile.
 */
export async function recordDelivery(catalog: Catalog, { pipeline, sink, from, to, batch, refused, now }: Delivery): Promise<void> {
  await transaction(catalog, async (tx) => {
    await tx
      .insertInto('sink_cursors')
      .values({ pipeline, sink, ...START, updated_at: now })
      .onConflict((on) => on.columns(['pipeline', 'sink']).doNothing())
      .execute()
    const moved = await tx
      .updateTable('sink_cursors')
      .set({ ...to, updated_at: now })
      .where('pipeline', '=', pipeline)
      .where('sink', '=', sink)
      .where('revision', '=', from.revision)
      .where('process', '=', from.process)
      .executeTakeFirst()
    if (moved.numUpdatedRows === 0n)
      throw new LodelineError('CATALOG_CONFLICT', `another delivery to ${sink} moved its cursor`, { pipeline, sink })
    const processes = batch.processes.map(({ id }) => id)
    await tx
      .deleteFrom('sink_refusals')
      .where('pipeline', '=', pipeline)
      .where('sink', '=', sink)
      .where(among(tx, 'process', processes))
      .execute()
    const revisions = new Map(batch.processes.map(({ id, revision }) => [id, revision]))
    const rows = new Map(
      refused.map(({ process, reason }) => [process, [pipeline, sink, process, reason, revisions.get(process) ?? to.revision]]),
    )
    await bulkUpsert(
      catalog,
      tx,
      {
        table: 'sink_refusals',
        columns: ['pipeline', 'sink', 'process', 'reason', 'revision'],
        conflict: ['pipeline', 'sink', 'process'],
        replace: ['reason', 'revision'],
      },
      [...rows.values()],
    )
  })
}

export interface KeptRefusal extends SinkKey {
  readonly process: string
  readonly reason: string
  readonly revision: number
}

/** The dead letters of a pipeline's sinks. */
export async function listRefusals(db: Db, pipeline: string, limit = 100): Promise<readonly KeptRefusal[]> {
  return await db
    .selectFrom('sink_refusals')
    .selectAll()
    .where('pipeline', '=', pipeline)
    .orderBy('sink')
    .orderBy('process')
    .limit(limit)
    .execute()
}

/** Everything is delivered anew from the start. */
export async function resetSink(db: Db, { pipeline, sink }: SinkKey): Promise<void> {
  await db.deleteFrom('sink_cursors').where('pipeline', '=', pipeline).where('sink', '=', sink).execute()
}
