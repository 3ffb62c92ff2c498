import { assetId, pathKey } from '../asset-keys.ts'
import { upsertAssets } from '../asset-writes.ts'
import { bulkUpsert } from '../bulk.ts'
import { among, slices } from '../engine.ts'
import { idOf } from '../hash.ts'
import { positionOf } from '../mining/positions.ts'
import { removeProcesses } from '../mining/settling.ts'
import type { Catalog } from '../open.ts'
import { lazyRevision, type Tx, transaction } from '../transaction.ts'

/** A table whose rows lie in files. */
export interface LocatedTable {
  readonly asset: string
  readonly key: string
  readonly path: readonly string[]
  readonly location: string
  readonly format: string
}

const TABLES_A_PAGE = 500

export async function* locatedTables({ db }: Catalog, connection: string): AsyncGenerator<readonly LocatedTable[]> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('assets')
      .select(['id', 'path', 'path_key', 'location', 'properties'])
      .where('connection', '=', connection)
      .where('kind', '=', 'table')
      .where('dropped_at', 'is', null)
      .where('location', 'is not', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(TABLES_A_PAGE)
      .execute()
    yield rows.map(({ id, path, path_key, location, properties }) => {
      const said = (properties === null ? {} : JSON.parse(properties)) as Readonly<Record<string, string>> // contracts/assets.ts
      return { asset: id, key: path_key, path: JSON.parse(path), location: location ?? '', format: said.format ?? '' }
    })
    const last = rows.at(-1)
    if (last === undefined || rows.length < TABLES_A_PAGE) return
    after = last.id
  }
}

/** Locations that queries have named (UNLOAD, COPY, …), by asset id. */
export async function seenLocations({ db }: Catalog, connection: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('assets')
    .select(['id', 'path'])
    .where('connection', '=', connection)
    .where('kind', '=', 'location')
    .execute()
  return new Map(rows.map(({ id, path }) => [id, (JSON.parse(path) as string[]).join('/')])) // written from a path
}

export interface LocationLineage {
  readonly table: LocatedTable
  /** Assets of the locations that lie in the table's. */
  readonly sources: readonly string[]
  /** The table's own location is not an asset yet. */
  readonly isNew: boolean
  /** Same in the files and in the table; empty where files have no names. */
  readonly columns: readonly string[]
}

/** Of a location itself. */
export const locationId = (connection: string, location: string): string => assetId(connection, pathKey([location]))

const locationProcessId = (asset: string): string => idOf('location', asset)

/** Gives the locations' edges to their tables; what has not changed takes no revision. */
export async function putLocations(
  catalog: Catalog,
  connection: string,
  dialect: string,
  lineages: readonly LocationLineage[],
  now: string,
): Promise<number> {
  return await transaction(catalog, async (tx) => {
    const revision = lazyRevision(tx)
    const known = await hashesOf(tx, lineages)
    const changed = lineages.filter((lineage) => known.get(locationProcessId(lineage.table.asset)) !== hashOf(lineage))
    if (changed.length === 0) return 0
    const own = changed.filter(({ isNew }) => isNew).map(({ table: { location } }) => ({ kind: 'location' as const, path: [location] }))
    await upsertAssets(catalog, tx, { connection, levels: [], rank: 'crawled', origin: 'location', position: '' }, own, { now, revision })
    await writeProcesses(catalog, tx, connection, dialect, changed, await revision())
    return changed.length
  })
}

async function hashesOf(tx: Tx, lineages: readonly LocationLineage[]): Promise<ReadonlyMap<string, string | null>> {
  const ids = lineages.map(({ table: { asset } }) => locationProcessId(asset))
  const rows = await tx
    .selectFrom('processes')
    .select(['id', 'result_hash'])
    .where(among(tx, 'id', ids))
    .execute()
  return new Map(rows.map(({ id, result_hash }) => [id, result_hash]))
}

const hashOf = ({ table, sources, columns }: LocationLineage): string => idOf(table.location, ...[...sources].sort(), '', ...columns)

async function writeProcesses(
  catalog: Catalog,
  tx: Tx,
  connection: string,
  dialect: string,
  lineages: readonly LocationLineage[],
  revision: number,
): Promise<void> {
  const columns = [
    'id',
    'connection',
    'kind',
    'dialect',
    'sql',
    'fingerprint',
    'temps',
    'position',
    'state',
    'statement_kinds',
    'confidence',
    'result_hash',
    'revision',
  ] as const
  const rows = lineages.map((lineage) => {
    const id = locationProcessId(lineage.table.asset)
    return [
      id,
      connection,
      'location',
      dialect,
      '',
      id,
      '[]',
      positionOf('locations', lineage.table.key, 0),
      'resolved',
      '[]',
      1,
      hashOf(lineage),
      revision,
    ]
  })
  await bulkUpsert(catalog, tx, { table: 'processes', columns, conflict: ['id'], replace: ['result_hash', 'revision', 'position'] }, rows)
  const ids = rows.map(([id]) => String(id))
  for (const some of slices(ids, TABLES_A_PAGE)) {
    await tx
      .deleteFrom('process_edges')
      .where(among(tx, 'process', some))
      .execute()
    await tx
      .deleteFrom('process_writes')
      .where(among(tx, 'process', some))
      .execute()
  }
  const edge = ['process', 'level', 'source', 'source_column', 'target', 'target_column', 'kind', 'confidence'] as const
  await bulkUpsert(
    catalog,
    tx,
    { table: 'process_edges', columns: edge, conflict: edge.slice(0, 7) },
    lineages.flatMap((lineage) => edgesOf(lineage)),
  )
  await bulkUpsert(
    catalog,
    tx,
    { table: 'process_writes', columns: ['process', 'asset'], conflict: ['process', 'asset'] },
    lineages.map(({ table: { asset } }) => [locationProcessId(asset), asset]),
  )
}

function edgesOf({ table, sources, columns }: LocationLineage): (string | number)[][] {
  const process = locationProcessId(table.asset)
  return sources.flatMap((source) => [
    [process, 'table', source, '', table.asset, '', 'IDENTITY', 1],
    ...columns.map((column) => [process, 'column', source, column, table.asset, column, 'IDENTITY', 1]),
  ])
}

/** Of tables that are gone from the list, or not wanted. */
export async function removeOtherLocations(catalog: Catalog, connection: string, kept: ReadonlySet<string>): Promise<void> {
  const wanted = new Set([...kept].map(locationProcessId))
  await transaction(catalog, async (tx) => {
    const rows = await tx.selectFrom('processes').select('id').where('connection', '=', connection).where('kind', '=', 'location').execute()
    await removeProcesses(
      catalog,
      tx,
      connection,
      rows.map(({ id }) => id).filter((id) => !wanted.has(id)),
    )
  })
}
