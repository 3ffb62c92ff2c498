import { type Selectable, sql } from 'kysely'
import type { AssetColumn, AssetKind, SchemaRank } from '../contracts/assets.ts'
import { endsWithKey, looseKey, nameKeyOf } from './asset-keys.ts'
import { among, containing, slices } from './engine.ts'
import { nestedFields } from './nested-fields.ts'
import type { AssetColumnsTable } from './schema.ts'
import type { Db } from './transaction.ts'

/** Assets as they are read; asset-writes.ts writes them. */

export interface AssetHead {
  readonly id: string
  readonly connection: string
  readonly kind: AssetKind
  readonly path: readonly string[]
  readonly key: string
  readonly rank: SchemaRank
  /** Known from queries only. */
  readonly seenOnly: boolean
  readonly dropped: boolean
  /** Of the effective columns' names, in order; null where none are known. */
  readonly schemaHash: string | null
}

export interface AssetDetails extends AssetHead {
  readonly columns: readonly AssetColumn[]
  readonly comment?: string
  readonly owner?: string
  readonly viewSql?: string
  readonly location?: string
  readonly tags: readonly string[]
  readonly properties: Readonly<Record<string, string>>
  readonly sourceCreatedAt?: string
  readonly sourceUpdatedAt?: string
  readonly firstSeenAt: string
  readonly changedAt: string
}

const LOOKUPS_A_QUERY = 2_000
const HEAD = ['id', 'connection', 'kind', 'path', 'path_key', 'rank', 'seen_only', 'dropped_at', 'schema_hash'] as const

export interface HeadRow {
  readonly id: string
  readonly connection: string
  readonly kind: string
  readonly path: string
  readonly path_key: string
  readonly rank: string
  readonly seen_only: 0 | 1
  readonly dropped_at: string | null
  readonly schema_hash: string | null
}

export function headOf(row: HeadRow): AssetHead {
  return {
    id: row.id,
    connection: row.connection,
    kind: row.kind as AssetKind, // written from one
    path: JSON.parse(row.path),
    key: row.path_key,
    rank: row.rank as SchemaRank, // written from one
    seenOnly: row.seen_only === 1,
    dropped: row.dropped_at !== null,
    schemaHash: row.schema_hash,
  }
}

/** By their keys (asset-keys.ts); those that are not there are left out. */
export async function assetsByKey(db: Db, connection: string, keys: Iterable<string>): Promise<ReadonlyMap<string, AssetHead>> {
  const found = new Map<string, AssetHead>()
  for (const some of slices([...new Set(keys)], LOOKUPS_A_QUERY)) {
    const rows = await db
      .selectFrom('assets')
      .select(HEAD)
      .where('connection', '=', connection)
      .where(among(db, 'path_key', some))
      .execute()
    for (const row of rows) found.set(row.path_key, headOf(row))
  }
  return found
}

/** For each partial key the assets that end with it, in order of their keys. */
export async function assetsEndingWith(
  db: Db,
  connection: string,
  suffixes: Iterable<string>,
): Promise<ReadonlyMap<string, readonly AssetHead[]>> {
  const wanted = [...new Set(suffixes)]
  const byName = new Map<string, AssetHead[]>()
  for (const some of slices([...new Set(wanted.map(nameKeyOf))], LOOKUPS_A_QUERY)) {
    const rows = await db
      .selectFrom('assets')
      .select([...HEAD, 'name_key'])
      .where('connection', '=', connection)
      .where(among(db, 'name_key', some))
      .orderBy('path_key')
      .execute()
    for (const row of rows) byName.set(row.name_key, [...(byName.get(row.name_key) ?? []), headOf(row)])
  }
  return new Map(wanted.map((suffix) => [suffix, (byName.get(nameKeyOf(suffix)) ?? []).filter(({ key }) => endsWithKey(key, suffix))]))
}

/** Assets by the loose form of their keys (asset-keys.ts looseKey): several where only their case tells them apart. */
export async function assetsByLooseKey(
  db: Db,
  connection: string,
  keys: Iterable<string>,
): Promise<ReadonlyMap<string, readonly AssetHead[]>> {
  const wanted = new Set([...keys].map(looseKey))
  const found = new Map<string, AssetHead[]>()
  for (const some of slices([...new Set([...wanted].map(nameKeyOf))], LOOKUPS_A_QUERY)) {
    const rows = await db
      .selectFrom('assets')
      .select(HEAD)
      .where('connection', '=', connection)
      .where(among(db, 'name_key', some))
      .orderBy('path_key')
      .execute()
    for (const row of rows) {
      const key = looseKey(row.path_key)
      if (wanted.has(key)) found.set(key, [...(found.get(key) ?? []), headOf(row)])
    }
  }
  return found
}

export async function assetsById(db: Db, ids: Iterable<string>): Promise<ReadonlyMap<string, AssetHead>> {
  const found = new Map<string, AssetHead>()
  for (const some of slices([...new Set(ids)], LOOKUPS_A_QUERY)) {
    const rows = await db
      .selectFrom('assets')
      .select(HEAD)
      .where(among(db, 'id', some))
      .execute()
    for (const row of rows) found.set(row.id, headOf(row))
  }
  return found
}

/** What stands directly in a database or schema, by name: so many at most, and how many there are. */
export async function childrenOf(
  db: Db,
  parent: string,
  limit: number,
): Promise<{ readonly assets: readonly AssetHead[]; readonly total: number }> {
  const children = db.selectFrom('assets').where('parent_id', '=', parent)
  const rows = await children.select(HEAD).orderBy('path_key').limit(limit).execute()
  const { total } = await children.select((of) => of.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { assets: rows.map(headOf), total: Number(total) }
}

/** Effective columns in their order; assets without known columns are left out. */
export async function columnsOf(db: Db, ids: Iterable<string>): Promise<ReadonlyMap<string, readonly AssetColumn[]>> {
  const found = new Map<string, AssetColumn[]>()
  for (const some of slices([...new Set(ids)], LOOKUPS_A_QUERY)) {
    const rows = await db
      .selectFrom('asset_columns')
      .selectAll()
      .where(among(db, 'asset', some))
      .orderBy('asset')
      .orderBy('ordinal')
      .execute()
    for (const row of rows) {
      const known = found.get(row.asset)
      if (known === undefined) found.set(row.asset, [columnOf(row)])
      else known.push(columnOf(row))
    }
  }
  return found
}

function columnOf(row: Selectable<AssetColumnsTable>): AssetColumn {
  return {
    name: row.name,
    ordinal: row.ordinal,
    ...(row.type === null ? {} : { type: row.type }),
    ...(row.comment === null ? {} : { comment: row.comment }),
    ...(row.nullable === null ? {} : { nullable: row.nullable === 1 }),
    ...(row.partition_key === 1 ? { partitionKey: true } : {}),
    ...(row.tags === null ? {} : { tags: JSON.parse(row.tags) }),
  }
}

export async function assetDetails(db: Db, id: string): Promise<AssetDetails | null> {
  const row = await db.selectFrom('assets').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return null
  const columns = (await columnsOf(db, [id])).get(id) ?? []
  return {
    ...headOf(row),
    columns,
    ...(row.comment === null ? {} : { comment: row.comment }),
    ...(row.owner === null ? {} : { owner: row.owner }),
    ...(row.view_sql === null ? {} : { viewSql: row.view_sql }),
    ...(row.location === null ? {} : { location: row.location }),
    tags: row.tags === null ? [] : JSON.parse(row.tags),
    properties: row.properties === null ? {} : JSON.parse(row.properties),
    ...(row.source_created_at === null ? {} : { sourceCreatedAt: row.source_created_at }),
    ...(row.source_updated_at === null ? {} : { sourceUpdatedAt: row.source_updated_at }),
    firstSeenAt: row.created_at,
    changedAt: row.updated_at,
  }
}

export interface AssetSearch {
  readonly connection?: string
  readonly kinds?: readonly AssetKind[]
  /** Also assets that have a column, or a field inside one, of such a name. */
  readonly columns?: boolean | 'only'
  readonly limit?: number
}

/** Assets whose path contains the text, whatever the case; a dot stands for the border of two parts. Exact names come first, then beginnings. */
export async function searchAssets(
  db: Db,
  text: string,
  { connection, kinds, columns = false, limit = 50 }: AssetSearch = {},
): Promise<readonly AssetHead[]> {
  const key = text.toLowerCase().replaceAll('.', '\u001f')
  const name = nameKeyOf(key)
  const order = sql<number>`case when path_key = ${key} then 0 when name_key = ${name} then 1 when substr(name_key, 1, length(${name})) = ${name} then 2 else 3 end`
  const matches = sql<boolean>`lower(path_key) like ${containing(key)} escape '\\'`
  const hasColumn = sql<boolean>`id in (select asset from asset_columns where lower(name_key) like ${containing(key)} escape '\\')`
  const nested = columns !== false ? await assetsWithField(db, text, connection) : []
  const rows = await db
    .selectFrom('assets')
    .select(HEAD)
    .where(
      columns === false
        ? matches
        : sql<boolean>`(${columns === 'only' ? sql`1 = 0` : matches} or ${hasColumn} or ${among(db, 'id', nested)})`,
    )
    .$if(connection !== undefined, (query) => query.where('connection', '=', connection ?? ''))
    .$if(kinds !== undefined, (query) => query.where('kind', 'in', kinds ?? []))
    .orderBy(order)
    .orderBy('path_key')
    .orderBy('connection')
    .limit(limit)
    .execute()
  return rows.map(headOf)
}

/** Fields are in the columns' types: those that have the text are read. */
async function assetsWithField(db: Db, text: string, connection: string | undefined): Promise<readonly string[]> {
  const wanted = text.toLowerCase()
  const last = wanted.slice(wanted.lastIndexOf('.') + 1)
  const found = new Set<string>()
  for (let after = { asset: '', name: '' }; last !== ''; ) {
    const rows = await db
      .selectFrom('asset_columns')
      .innerJoin('assets', 'assets.id', 'asset_columns.asset')
      .select(['asset_columns.asset', 'asset_columns.name', 'asset_columns.type'])
      .where(sql<boolean>`lower(asset_columns.type) like ${containing(last)} escape '\\'`)
      .where(sql<boolean>`(asset_columns.type like '%<%' or asset_columns.type like '%(%')`)
      .$if(connection !== undefined, (query) => query.where('assets.connection', '=', connection ?? ''))
      .where(({ eb, refTuple, tuple }) => eb(refTuple('asset_columns.asset', 'asset_columns.name'), '>', tuple(after.asset, after.name)))
      .orderBy('asset_columns.asset')
      .orderBy('asset_columns.name')
      .limit(LOOKUPS_A_QUERY)
      .execute()
    for (const { asset, name, type } of rows)
      if (nestedFields({ name, type: type ?? '' }).some((field) => field.name.toLowerCase().includes(wanted))) found.add(asset)
    const end = rows.at(-1)
    if (end === undefined || rows.length < LOOKUPS_A_QUERY) break
    after = end
  }
  return [...found]
}

/** Assets a user may mean by `a.b.c`: those whose path is it, else those that end with it, of one connection or of all. */
export async function assetsNamed(db: Db, name: string, connection?: string): Promise<readonly AssetHead[]> {
  const key = name.toLowerCase().replaceAll('.', '\u001f')
  const rows = await db
    .selectFrom('assets')
    .select(HEAD)
    // A path or stage is one part, dots and all.
    .where(among(db, 'name_key', [nameKeyOf(key), name, name.toLowerCase()]))
    .$if(connection !== undefined, (query) => query.where('connection', '=', connection ?? ''))
    .orderBy('connection')
    .orderBy('path_key')
    .execute()
  const heads = rows.map(headOf)
  const exact = heads.filter((head) => looseKey(head.key) === looseKey(key) || head.path.join('.') === name)
  return exact.length > 0 ? exact : heads.filter((head) => endsWithKey(looseKey(head.key), looseKey(key)))
}

export interface AssetCounts {
  readonly assets: number
  readonly columns: number
  readonly seenOnly: number
}

/** What the catalog knows of a connection's tables, views and the like. */
export async function countAssets(db: Db, connection: string): Promise<AssetCounts> {
  const assets = await db
    .selectFrom('assets')
    .select((of) => [of.fn.countAll<number>().as('assets'), of.fn.sum<number>('seen_only').as('seen')])
    .where('connection', '=', connection)
    .where('kind', 'not in', ['database', 'schema'])
    .executeTakeFirstOrThrow()
  const columns = await db
    .selectFrom('asset_columns')
    .innerJoin('assets', 'assets.id', 'asset_columns.asset')
    .select((of) => of.fn.countAll<number>().as('columns'))
    .where('assets.connection', '=', connection)
    .executeTakeFirstOrThrow()
  return { assets: Number(assets.assets), columns: Number(columns.columns), seenOnly: Number(assets.seen ?? 0) }
}
