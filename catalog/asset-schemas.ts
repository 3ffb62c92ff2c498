import { sql } from 'kysely'
import { type AssetColumn, SCHEMA_RANKS, type SchemaRank } from '../contracts/assets.ts'
import type { Fold } from './asset-keys.ts'
import { bulkUpsert } from './bulk.ts'
import { among, pairs, slices } from './engine.ts'
import { idOf } from './hash.ts'
import type { Catalog } from './open.ts'
import { storable } from './storable.ts'
import type { Tx } from './transaction.ts'

/**
 * What an asset's columns are, as each who tells of it says (candidates), and which of them counts (the effective schema):
 * that of the best rank, there of the greatest position. So the outcome does not depend on the order in which they came.
 */
export interface SchemaCandidate {
  readonly asset: string
  readonly rank: SchemaRank
  readonly origin: string
  readonly position: string
  readonly columns: readonly AssetColumn[]
}

const AT_ONCE = 1_000

/** Gives the assets whose candidates changed; `settleSchemas` then makes them count. The assets themselves need not be there yet. */
export async function putSchemas(catalog: Catalog, tx: Tx, candidates: readonly SchemaCandidate[]): Promise<readonly string[]> {
  const touched = new Set<string>()
  for (const some of slices(candidates, AT_ONCE)) {
    const known = await tx
      .selectFrom('asset_schemas')
      .select(['asset', 'rank', 'origin', 'position', 'hash'])
      .where(among(tx, 'asset', [...new Set(some.map(({ asset }) => asset))]))
      .execute()
    const before = new Map(known.map((row) => [idOf(row.asset, row.rank, row.origin), `${row.position} ${row.hash}`]))
    const rows = new Map<string, string[]>()
    for (const { asset, rank, origin, position, columns } of some) {
      const text = JSON.stringify(storedColumns(columns))
      const hash = idOf(text)
      const key = idOf(asset, rank, origin)
      if (before.get(key) === `${position} ${hash}`) rows.delete(key)
      else rows.set(key, [asset, rank, origin, position, text, hash])
    }
    for (const [asset] of rows.values()) touched.add(asset ?? '')
    await bulkUpsert(
      catalog,
      tx,
      {
        table: 'asset_schemas',
        columns: ['asset', 'rank', 'origin', 'position', 'columns', 'hash'],
        conflict: ['asset', 'rank', 'origin'],
        replace: ['position', 'columns', 'hash'],
      },
      [...rows.values()],
    )
  }
  return [...touched]
}

/** What one who tells of assets says their columns are. */
export async function candidateColumns(
  tx: Tx,
  assets: readonly string[],
  rank: SchemaRank,
  origin: string,
): Promise<ReadonlyMap<string, readonly AssetColumn[]>> {
  const found = new Map<string, readonly AssetColumn[]>()
  for (const some of slices(assets, AT_ONCE)) {
    const rows = await tx
      .selectFrom('asset_schemas')
      .select(['asset', 'columns'])
      .where('rank', '=', rank)
      .where('origin', '=', origin)
      .where(among(tx, 'asset', some))
      .execute()
    for (const { asset, columns } of rows) found.set(asset, (JSON.parse(columns) as readonly StoredColumn[]).map(told)) // written by putSchemas
  }
  return found
}

function told([name, type, comment, nullable, partitionKey, tags]: StoredColumn): AssetColumn {
  return {
    name,
    ...(type === null ? {} : { type }),
    ...(comment === null ? {} : { comment }),
    ...(nullable === null ? {} : { nullable: nullable === 1 }),
    ...(partitionKey === 1 ? { partitionKey: true } : {}),
    ...(tags === null ? {} : { tags: JSON.parse(tags) }),
  }
}

/** Forgets what these origins said. Gives the assets concerned, for `settleSchemas`. */
export async function removeSchemas(tx: Tx, rank: SchemaRank, origins: readonly string[]): Promise<readonly string[]> {
  const touched = new Set<string>()
  for (const some of slices(origins, AT_ONCE)) {
    const rows = await tx
      .deleteFrom('asset_schemas')
      .where('rank', '=', rank)
      .where(among(tx, 'origin', some))
      .returning('asset')
      .execute()
    for (const { asset } of rows) touched.add(asset)
  }
  return [...touched]
}

export interface Settling {
  readonly now: string
  readonly revision: () => Promise<number>
  readonly fold: Fold
}

interface Best {
  readonly rank: number
  readonly position: string
  readonly origin: string
  readonly columns: string
}

/** Makes the best candidate of each of these assets its columns. Gives the assets whose columns changed by it. */
export async function settleSchemas(catalog: Catalog, tx: Tx, assets: readonly string[], settling: Settling): Promise<readonly string[]> {
  const changed: string[] = []
  for (const some of slices(assets, AT_ONCE)) {
    const best = await bestCandidates(tx, some)
    const before = await effectiveColumns(tx, some)
    const different = some.filter((asset) => (best.get(asset)?.columns ?? '[]') !== (before.get(asset) ?? '[]'))
    if (different.length === 0) continue
    await replaceColumns(catalog, tx, different, best, settling)
    changed.push(...different)
  }
  return changed
}

async function bestCandidates(tx: Tx, assets: readonly string[]): Promise<ReadonlyMap<string, Best>> {
  const rows = await tx
    .selectFrom('asset_schemas')
    .select(['asset', 'rank', 'origin', 'position', 'columns'])
    .where(among(tx, 'asset', assets))
    .execute()
  const best = new Map<string, Best>()
  for (const { asset, ...row } of rows) {
    const candidate = { ...row, rank: (SCHEMA_RANKS as readonly string[]).indexOf(row.rank) }
    const known = best.get(asset)
    if (known === undefined || beats(candidate, known)) best.set(asset, candidate)
  }
  return best
}

function beats(one: Best, other: Best): boolean {
  if (one.rank !== other.rank) return one.rank < other.rank
  const byPosition = Buffer.compare(Buffer.from(one.position), Buffer.from(other.position))
  return byPosition === 0 ? one.origin > other.origin : byPosition > 0
}

/** The columns that count now, in the form of a candidate's. */
async function effectiveColumns(tx: Tx, assets: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .selectFrom('asset_columns')
    .selectAll()
    .where(among(tx, 'asset', assets))
    .orderBy('asset')
    .orderBy('ordinal')
    .execute()
  const columns = new Map<string, StoredColumn[]>()
  for (const row of rows) {
    const column: StoredColumn = [row.name, row.type, row.comment, row.nullable, row.partition_key, row.tags]
    const known = columns.get(row.asset)
    if (known === undefined) columns.set(row.asset, [column])
    else known.push(column)
  }
  return new Map([...columns].map(([asset, list]) => [asset, JSON.stringify(list)]))
}

/** In the order of their ordinals, where they have them; a name told twice counts once. */
function storedColumns(columns: readonly AssetColumn[]): readonly StoredColumn[] {
  const ordered = columns.every(({ ordinal }) => ordinal !== undefined)
    ? [...columns].sort((one, other) => (one.ordinal ?? 0) - (other.ordinal ?? 0))
    : columns
  const byName = new Map<string, StoredColumn>()
  for (const column of ordered.map(stored)) if (!byName.has(column[0])) byName.set(column[0], column)
  return [...byName.values()]
}

/** name, type, comment, nullable, partition key, tags */
type StoredColumn = readonly [string, string | null, string | null, 0 | 1 | null, 0 | 1, string | null]

function stored(column: AssetColumn): StoredColumn {
  const flag = (value: boolean | undefined) => (value === undefined ? null : value ? 1 : 0)
  const text = (value: string | undefined) => (value === undefined ? null : storable(value))
  return [
    storable(column.name),
    text(column.type),
    text(column.comment),
    flag(column.nullable),
    column.partitionKey === true ? 1 : 0,
    column.tags ? JSON.stringify(column.tags) : null,
  ]
}

async function replaceColumns(
  catalog: Catalog,
  tx: Tx,
  assets: readonly string[],
  best: ReadonlyMap<string, Best>,
  settling: Settling,
): Promise<void> {
  await tx
    .deleteFrom('asset_columns')
    .where(among(tx, 'asset', assets))
    .execute()
  const rows: (string | number | null)[][] = []
  const hashes = new Map<string, string | null>()
  for (const asset of assets) {
    const columns: readonly StoredColumn[] = JSON.parse(best.get(asset)?.columns ?? '[]')
    hashes.set(asset, columns.length === 0 ? null : schemaHash(columns.map(([name]) => name)))
    for (const [ordinal, [name, ...rest]] of columns.entries()) rows.push([asset, ordinal, name, settling.fold(name), ...rest])
  }
  await bulkUpsert(
    catalog,
    tx,
    {
      table: 'asset_columns',
      columns: ['asset', 'ordinal', 'name', 'name_key', 'type', 'comment', 'nullable', 'partition_key', 'tags'],
      conflict: ['asset', 'name'],
    },
    rows,
  )
  const changes = [...hashes].map(([asset, hash]) => [asset, hash] as const)
  await sql`update assets set schema_hash = told.two, updated_at = ${settling.now}, revision = ${await settling.revision()}
    from ${pairs(tx, changes)} where assets.id = told.one`.execute(tx)
}

/** What lineage depends on: the names and their order. */
export function schemaHash(names: readonly string[]): string {
  return idOf(...names)
}
