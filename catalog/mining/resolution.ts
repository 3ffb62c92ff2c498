import { sql } from 'kysely'
import type { AssetKind } from '../../contracts/assets.ts'
import { type Fold, foldCase } from '../asset-keys.ts'
import { putSchemas, settleSchemas } from '../asset-schemas.ts'
import { upsertAssets } from '../asset-writes.ts'
import { assetsById } from '../assets.ts'
import { bulkUpsert } from '../bulk.ts'
import { among, jsonRows } from '../engine.ts'
import { isOutdated, UNKNOWN } from '../needs.ts'
import type { Catalog } from '../open.ts'
import { lazyRevision, nextRevision, type Tx, transaction } from '../transaction.ts'
import { recountChangedReads } from './changed-reads.ts'
import { insertJsonRows } from './json-rows.ts'
import type { Log } from './objects.ts'
import { PARTIAL } from './partial.ts'

/** A process that is to be resolved. */
export interface Unresolved {
  readonly id: string
  readonly position: string
  readonly sql: string
  readonly default_database: string | null
  readonly default_schema: string | null
  readonly temps: string
  readonly tables: string | null
  readonly result_hash: string | null
}

const COLUMNS = ['id', 'position', 'sql', 'default_database', 'default_schema', 'temps', 'tables', 'result_hash'] as const

/** The next processes after a position that wait to be resolved, in order. */
export async function unresolvedAfter(
  catalog: Catalog,
  connection: string,
  position: string,
  count: number,
): Promise<readonly Unresolved[]> {
  return await catalog.db
    .selectFrom('processes')
    .select(COLUMNS)
    .where('connection', '=', connection)
    .where('state', 'in', ['new', 'stale'])
    .where(sql<boolean>`position > ${position}`)
    .orderBy('position')
    .limit(count)
    .execute()
}

export async function processesById(catalog: Catalog, ids: readonly string[]): Promise<readonly Unresolved[]> {
  return await catalog.db
    .selectFrom('processes')
    .select(COLUMNS)
    .where(among(catalog.db, 'id', ids))
    .execute()
}

/** Rows of a resolved batch, as activities/mining/threads/resolve-messages.ts has them. */
export interface Resolution {
  readonly targets: readonly string[]
  readonly processes: string
  readonly changed: string
  readonly edges: string
  readonly reads: string
  readonly joins: string
  readonly writes: string
  readonly needs: string
  readonly assets: readonly (readonly [string, string, readonly string[]])[]
  readonly schemas: readonly (readonly [string, 'ddl' | 'implied', string, readonly string[]])[]
  readonly events: readonly (readonly [string, string, string, 'made' | 'dropped'])[]
}

export interface AssetLevels {
  readonly levels: readonly ('database' | 'schema')[]
  readonly fold: Fold
}

/** A process replaces its own edges, reads and writes; an equal result changes nothing and takes no revision. One transaction for all. */
export async function commitResolutions(
  catalog: Catalog,
  { connection }: Log,
  levels: AssetLevels,
  now: string,
  resolutions: readonly Resolution[],
): Promise<void> {
  await transaction(catalog, async (tx) => {
    const revision = lazyRevision(tx)
    const before = await resolvedBefore(catalog, tx, resolutions)
    for (const resolution of resolutions) {
      await newAssets(catalog, tx, connection, levels, resolution, { now, revision })
      const touched = [
        ...(await putSchemas(catalog, tx, await candidates(tx, resolution))),
        ...(await takeBackSchemas(tx, resolution, before)),
      ]
      await bulkUpsert(
        catalog,
        tx,
        { table: 'schema_changes', columns: ['connection', 'asset'], conflict: ['connection', 'asset'] },
        [...new Set(touched)].map((asset) => [connection, asset]),
      )
      await recountChangedReads(tx, connection, JSON.parse(resolution.changed) as string[], resolution.reads) // written by the thread
    }
    await removeRows(tx, resolutions, before)
    await insertRows(catalog, tx, resolutions)
    for (const resolution of resolutions) {
      await insertEvents(catalog, tx, connection, resolution)
      await updateProcesses(catalog, tx, resolution, resolution.changed === '[]' ? null : await revision())
    }
  })
}

/**
 * The processes that have been resolved before: they alone have rows to be replaced. On Postgres all are locked, so that of two who resolve
 * the same one the second sees what the first has written.
 */
async function resolvedBefore(catalog: Catalog, tx: Tx, resolutions: readonly Resolution[]): Promise<ReadonlySet<string>> {
  const ids = resolutions.flatMap(({ targets }) => targets)
  const rows = tx
    .selectFrom('processes')
    .select(['id', 'revision'])
    .where(among(tx, 'id', ids))
    .orderBy('id')
  const found = await (catalog.engine === 'postgres' ? rows.forUpdate() : rows).execute()
  return new Set(found.filter(({ revision }) => revision > 0).map(({ id }) => id))
}

type Writing = { readonly now: string; readonly revision: () => Promise<number> }

/** The first that names an asset gives it its spelling; `settleRanks` says whether it is more than seen. */
async function newAssets(
  catalog: Catalog,
  tx: Tx,
  connection: string,
  { levels, fold }: AssetLevels,
  { assets }: Resolution,
  writing: Writing,
): Promise<void> {
  const known = await assetsById(
    tx,
    assets.map(([id]) => id),
  )
  const seen = assets.filter(([id]) => !known.has(id)).map(([, kind, path]) => ({ kind: kind as AssetKind, path: [...path] })) // kinds of lineage-rows.ts
  await upsertAssets(catalog, tx, { connection, levels, fold, rank: 'seen', origin: 'query log', position: '' }, seen, writing)
}

/** What a process said of columns before and says no more. */
async function takeBackSchemas(tx: Tx, { targets, schemas }: Resolution, resolved: ReadonlySet<string>): Promise<readonly string[]> {
  const told = new Set(schemas.map(([asset, rank, process]) => `${asset} ${rank} ${process}`))
  const before = await tx
    .selectFrom('asset_schemas')
    .select(['asset', 'rank', 'origin'])
    .where('rank', 'in', ['ddl', 'implied'])
    .where(
      among(
        tx,
        'origin',
        targets.filter((id) => resolved.has(id)),
      ),
    )
    .execute()
  const gone = before.filter(({ asset, rank, origin }) => !told.has(`${asset} ${rank} ${origin}`))
  for (const { asset, rank, origin } of gone) {
    await tx.deleteFrom('asset_schemas').where('asset', '=', asset).where('rank', '=', rank).where('origin', '=', origin).execute()
  }
  return gone.map(({ asset }) => asset)
}

/** Of the same rank the newest counts: the one that was executed last. */
async function candidates(tx: Tx, { schemas }: Resolution) {
  if (schemas.length === 0) return []
  const processes = [...new Set(schemas.map(([, , process]) => process))]
  const rows = await tx
    .selectFrom('processes')
    .leftJoin('process_occurrences', 'process_occurrences.process', 'processes.id')
    .select(['processes.id', sql<string>`coalesce(max(process_occurrences.position), max(processes.position))`.as('position')])
    .where(among(tx, 'processes.id', processes))
    .groupBy('processes.id')
    .execute()
  const positions = new Map(rows.map(({ id, position }) => [id, position]))
  return schemas.map(([asset, rank, origin, columns]) => ({
    asset,
    rank,
    origin,
    position: positions.get(origin) ?? '',
    columns: columns.map((name) => ({ name })),
  }))
}

async function removeRows(tx: Tx, resolutions: readonly Resolution[], resolved: ReadonlySet<string>): Promise<void> {
  if (resolved.size === 0) return
  const changed = resolutions.flatMap((resolution) => JSON.parse(resolution.changed) as string[]).filter((id) => resolved.has(id)) // written by the thread
  for (const table of ['process_edges', 'process_reads', 'process_joins', 'process_writes'] as const)
    await tx
      .deleteFrom(table)
      .where(among(tx, 'process', changed))
      .execute()
  for (const table of ['process_needs', 'asset_events'] as const)
    await tx
      .deleteFrom(table)
      .where(among(tx, 'process', [...resolved]))
      .execute()
}

const ROWS = {
  edges: {
    table: 'process_edges',
    by: 'process',
    columns: {
      level: 'text',
      source: 'text',
      source_column: 'text',
      target: 'text',
      target_column: 'text',
      kind: 'text',
      confidence: 'double precision',
      span_from: 'bigint',
      span_to: 'bigint',
      source_paths: 'text',
    },
  },
  reads: { table: 'process_reads', by: 'process', columns: { asset: 'text', mode: 'text', columns: 'list' }, constants: { column: '' } },
  joins: { table: 'process_joins', by: 'process', columns: { asset: 'text', column: 'text', other: 'text', other_column: 'text' } },
  writes: { table: 'process_writes', columns: { process: 'text', asset: 'text' } },
  needs: { table: 'process_needs', by: 'process', columns: { asset: 'text', schema_hash: 'text' } },
} as const

/** Table by table: their indexes are hit all over, and the pages of all would not fit what SQLite keeps in memory. */
async function insertRows(catalog: Catalog, tx: Tx, resolutions: readonly Resolution[]): Promise<void> {
  for (const resolution of resolutions) await insertJsonRows(catalog, tx, ROWS.edges, resolution.edges)
  for (const resolution of resolutions) await insertJsonRows(catalog, tx, ROWS.reads, resolution.reads)
  for (const resolution of resolutions) await insertJsonRows(catalog, tx, ROWS.joins, resolution.joins)
  for (const resolution of resolutions) await insertJsonRows(catalog, tx, ROWS.writes, resolution.writes)
  for (const resolution of resolutions) await insertJsonRows(catalog, tx, ROWS.needs, resolution.needs)
}

async function insertEvents(catalog: Catalog, tx: Tx, connection: string, { events }: Resolution): Promise<void> {
  const rows = new Map(
    events.map(([process, asset, kind, what]) => [`${process} ${asset} ${what}`, [process, asset, connection, kind, what]]),
  )
  await bulkUpsert(catalog, tx, { table: 'asset_events', columns: ['process', 'asset', 'connection', 'kind', 'what'] }, [...rows.values()])
}

/** One statement: each writes a process' whole row anew, its text included. */
async function updateProcesses(catalog: Catalog, tx: Tx, { processes }: Resolution, revision: number | null): Promise<void> {
  const told = (index: number) => sql`told.value ->> ${sql.lit(index)}`
  const fields = ['state', 'confidence', 'diagnostics', 'result_hash', 'statement_kinds'].map(
    (column, index) => sql`${sql.ref(column)} = ${column === 'confidence' ? sql`cast(${told(2)} as double precision)` : told(index + 1)}`,
  )
  if (revision !== null) fields.push(sql`revision = case when cast(${told(6)} as bigint) = 1 then ${revision} else revision end`)
  await sql`update processes set ${sql.join(fields)} from ${jsonRows(catalog.engine, processes)} where processes.id = told.value ->> 0`.execute(
    tx,
  )
}

/**
 * The end of a round: the best candidates become the assets' schemas, and processes that were resolved with others wait to be resolved
 * again. All of a round see the same schemas, so that the order in which batches were resolved does not matter. Gives how many wait.
 */
export async function endRound(catalog: Catalog, { connection }: Log, now: string, matches: PartialMatches): Promise<number> {
  return await transaction(catalog, async (tx) => {
    const revision = lazyRevision(tx)
    await refreshPositions(tx, connection)
    const touched = (await tx.selectFrom('schema_changes').select('asset').where('connection', '=', connection).execute()).map(
      ({ asset }) => asset,
    )
    await settleSchemas(catalog, tx, touched, { now, revision, fold: foldCase })
    await tx.deleteFrom('schema_changes').where('connection', '=', connection).execute()
    await markStale(tx, connection)
    await markPartial(tx, connection, matches)
    const waiting = await tx
      .selectFrom('processes')
      .select((of) => of.fn.countAll<number>().as('count'))
      .where('connection', '=', connection)
      .where('state', 'in', ['new', 'stale'])
      .executeTakeFirstOrThrow()
    return Number(waiting.count)
  })
}

/** A statement that was executed again later tells of its table at that later place. */
async function refreshPositions(tx: Tx, connection: string): Promise<void> {
  const newest = sql<string>`(select max(position) from process_occurrences where process_occurrences.process = asset_schemas.origin)`
  const rows = await tx
    .updateTable('asset_schemas')
    .set({ position: newest })
    .where('rank', 'in', ['ddl', 'implied'])
    .where(sql<boolean>`position <> coalesce(${newest}, position)`)
    .where(
      sql<boolean>`exists (select 1 from processes where processes.id = asset_schemas.origin and processes.connection = ${connection})`,
    )
    .returning('asset')
    .execute()
  for (const asset of new Set(rows.map((row) => row.asset))) {
    await tx
      .insertInto('schema_changes')
      .values({ connection, asset })
      .onConflict((on) => on.doNothing())
      .execute()
  }
}

async function markStale(tx: Tx, connection: string): Promise<void> {
  await sql`update processes set state = 'stale' where connection = ${connection} and state = 'resolved' and id in
    (select need.process from process_needs as need join assets on assets.id = need.asset where ${isOutdated})`.execute(tx)
}

/** Statements that were resolved under other options of the pipeline are resolved again. Gives whether there were any. */
export async function resolveUnder(catalog: Catalog, connection: string, options: string): Promise<boolean> {
  return await transaction(catalog, async (tx) => {
    const name = `resolved-under/${connection}`
    const before = await tx.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst()
    if (before?.value === options) return false
    await tx
      .insertInto('meta')
      .values({ name, value: options })
      .onConflict((on) => on.column('name').doUpdateSet({ value: options }))
      .execute()
    if (before === undefined) return false
    await tx.updateTable('processes').set({ state: 'stale' }).where('connection', '=', connection).where('state', '=', 'resolved').execute()
    return true
  })
}

/** For each partial key the one asset that ends with it; empty where none or several do. */
export type PartialMatches = (tx: Tx, keys: readonly string[]) => Promise<ReadonlyMap<string, string>>

/** Names that were matched by their end are matched again: what assets there are decides, not when they came to be known. */
async function markPartial(tx: Tx, connection: string, matches: PartialMatches): Promise<void> {
  const isOurs = sql<boolean>`exists (select 1 from processes where id = process_needs.process and connection = ${connection} and state = 'resolved')`
  const rows = await tx
    .selectFrom('process_needs')
    .select(['process', 'asset', 'schema_hash'])
    .where('asset', '>=', PARTIAL)
    .where('asset', '<', 'partial;')
    .where(isOurs)
    .execute()
  if (rows.length === 0) return
  const now = await matches(tx, [...new Set(rows.map(({ asset }) => asset.slice(PARTIAL.length)))])
  const stale = rows
    .filter(({ asset, schema_hash }) => (schema_hash ?? '') !== (now.get(asset.slice(PARTIAL.length)) ?? ''))
    .map(({ process }) => process)
  await tx
    .updateTable('processes')
    .set({ state: 'stale' })
    .where(among(tx, 'id', stale))
    .execute()
}

/** An asset that a statement of the log makes is more than seen in it: by its column list, or by the query that fills it. */
export async function settleRanks(catalog: Catalog, connection: string, now: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    const rank = sql<string>`case
      when exists (select 1 from asset_schemas as told where told.asset = assets.id and told.rank = 'ddl') then 'ddl'
      when exists (select 1 from asset_schemas as told where told.asset = assets.id and told.rank = 'implied') then 'implied'
      when assets.id in (select event.asset from asset_events as event where event.connection = ${connection} and event.what = 'made') then 'implied'
      else 'seen' end`
    const rows = await tx
      .selectFrom('assets')
      .select(['id', rank.as('now')])
      .where('connection', '=', connection)
      .where('rank', 'in', ['seen', 'ddl', 'implied'])
      .where('kind', 'not in', ['database', 'schema'])
      .where(sql<boolean>`rank <> ${rank}`)
      .execute()
    if (rows.length === 0) return
    const revision = await nextRevision(tx)
    for (const [told, seen_only] of [
      ['ddl', 0],
      ['implied', 0],
      ['seen', 1],
    ] as const) {
      const ids = rows.filter((row) => row.now === told).map(({ id }) => id)
      await tx
        .updateTable('assets')
        .set({ rank: told, seen_only, updated_at: now, revision })
        .where(among(tx, 'id', ids))
        .execute()
    }
  })
}

/** Names of the assets that statements of the connection name, the catalog does not know and `missingAssets` leaves out. */
export async function unknownAssets(catalog: Catalog, connection: string): Promise<readonly string[]> {
  const rows = await catalog.db
    .selectFrom('process_needs as need')
    .innerJoin('processes', 'processes.id', 'need.process')
    .select('need.schema_hash')
    .distinct()
    .where('processes.connection', '=', connection)
    .where('need.schema_hash', 'like', `${UNKNOWN}%`)
    .orderBy('need.schema_hash')
    .execute()
  return rows.map(({ schema_hash }) => (schema_hash ?? '').slice(UNKNOWN.length))
}

/** Assets that only queries told of and none names any more: a partial name that was completed since, a guess that was wrong. */
export async function removeUnseen(catalog: Catalog, connection: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    await sql`delete from assets where connection = ${connection} and rank = 'seen' and kind not in ('database', 'schema')
      and not exists (select 1 from process_needs as need where need.asset = assets.id and coalesce(need.schema_hash, '') not like ${`${UNKNOWN}%`})`.execute(
      tx,
    )
    for (const kind of ['schema', 'database']) {
      await sql`delete from assets where connection = ${connection} and rank = 'seen' and kind = ${kind}
        and not exists (select 1 from assets as child where child.parent_id = assets.id)`.execute(tx)
    }
  })
}
