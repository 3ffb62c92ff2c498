import { assetId, pathKey } from '../asset-keys.ts'
import { upsertAssets } from '../asset-writes.ts'
import { bulkUpsert } from '../bulk.ts'
import { among, slices } from '../engine.ts'
import { idOf } from '../hash.ts'
import { removeProcesses } from '../mining/settling.ts'
import type { Catalog } from '../open.ts'
import { lazyRevision, type Tx, transaction } from '../transaction.ts'
import { putDerived, toldAssets } from './derived.ts'

/** A table whose rows lie in files. */
export interface LocatedTable {
  readonly asset: string
  readonly key: string
  readonly path: readonly string[]
  readonly location: string
  readonly format: string
}

const IDS_AT_ONCE = 500

export async function* locatedTables(catalog: Catalog, connection: string): AsyncGenerator<readonly LocatedTable[]> {
  for await (const page of toldAssets(catalog, connection, 'table', 'location'))
    yield page.map(({ asset, key, path, fact, properties }) => ({ asset, key, path, location: fact, format: properties.format ?? '' }))
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
  const rows = lineages.map((lineage) => {
    const id = locationProcessId(lineage.table.asset)
    const columns = {
      sql: '',
      fingerprint: id,
      state: 'resolved',
      statement_kinds: '[]',
      confidence: 1,
      result_hash: hashOf(lineage),
      revision,
    }
    return { id, key: lineage.table.key, columns }
  })
  await putDerived(catalog, tx, { connection, dialect, kind: 'location', replace: ['result_hash', 'revision'] }, rows)
  const ids = rows.map(({ id }) => id)
  for (const some of slices(ids, IDS_AT_ONCE)) {
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
    { table: 'process_edges', columns: edge },
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
  return [...new Set(sources)].flatMap((source) => [
    [process, 'table', source, '', table.asset, '', 'IDENTITY', 1],
    ...[...new Set(columns)].map((column) => [process, 'column', source, column, table.asset, column, 'IDENTITY', 1]),
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
