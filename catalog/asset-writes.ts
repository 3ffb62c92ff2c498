import type { Selectable } from 'kysely'
import { type Asset, SCHEMA_RANKS, type SchemaRank } from '../contracts/assets.ts'
import { assetId, type Fold, foldCase, nameKeyOf, pathKey } from './asset-keys.ts'
import { putSchemas, type SchemaCandidate, settleSchemas } from './asset-schemas.ts'
import { bulkUpsert } from './bulk.ts'
import { among, slices } from './engine.ts'
import type { Catalog } from './open.ts'
import type { AssetsTable } from './schema.ts'
import { storable } from './storable.ts'
import type { Tx } from './transaction.ts'

/** Who tells of assets. */
export interface AssetOrigin {
  readonly connection: string
  /** Kinds of the levels above a table, outermost first: they are made where they are missing. */
  readonly levels: readonly ('database' | 'schema')[]
  readonly rank: SchemaRank
  /** One candidate schema is kept an asset, rank and origin: `import`, a crawl, a process id. */
  readonly origin: string
  /** Of two candidates of one rank the greater one counts, compared as bytes. */
  readonly position: string
  /** Of paths; columns are matched whatever their case. */
  readonly fold?: Fold
}

export interface Writing {
  readonly now: string
  readonly revision: () => Promise<number>
}

export interface WrittenAssets {
  /** New assets, or such whose facts or effective columns changed. */
  readonly changed: readonly string[]
  readonly unchanged: number
}

type AssetRow = Selectable<AssetsTable>
const ASSETS_AT_ONCE = 1_000

/**
 * Writes assets, their levels above and their columns. Facts of a better rank are kept, of the same rank the newest count; what is not told is not forgotten.
 * Writing the same again changes nothing and takes no revision. One told by a crawl or import is no longer dropped.
 */
export async function upsertAssets(
  catalog: Catalog,
  tx: Tx,
  origin: AssetOrigin,
  assets: readonly Asset[],
  writing: Writing,
): Promise<WrittenAssets> {
  const changed: string[] = []
  let total = 0
  for (const some of slices(assets, ASSETS_AT_ONCE)) {
    const told = withLevels(some, origin)
    total += told.size
    changed.push(...(await upsertSome(catalog, tx, origin, told, writing)))
  }
  return { changed, unchanged: total - changed.length }
}

async function upsertSome(
  catalog: Catalog,
  tx: Tx,
  origin: AssetOrigin,
  told: ReadonlyMap<string, Asset>,
  writing: Writing,
): Promise<readonly string[]> {
  const ids = new Map([...told.keys()].map((key) => [assetId(origin.connection, key), key]))
  const before = new Map(
    (
      await tx
        .selectFrom('assets')
        .selectAll()
        .where(among(tx, 'id', [...ids.keys()]))
        .execute()
    ).map((row) => [row.id, row]),
  )
  const rows: AssetRow[] = []
  const candidates: SchemaCandidate[] = []
  for (const [id, key] of ids) {
    const asset = told.get(key)
    if (asset === undefined) continue
    const known = before.get(id)
    const row = merged(known, asset, key, origin)
    if (known === undefined || differs(known, row))
      rows.push({ ...row, created_at: known?.created_at ?? writing.now, updated_at: writing.now })
    if (asset.columns !== undefined)
      candidates.push({ asset: id, rank: origin.rank, origin: origin.origin, position: origin.position, columns: asset.columns })
  }
  if (rows.length > 0) await writeRows(catalog, tx, rows, await writing.revision())
  const touched = await putSchemas(catalog, tx, candidates)
  const settled = await settleSchemas(catalog, tx, touched, { ...writing, fold: foldCase })
  return [...new Set([...rows.map(({ id }) => id), ...settled])]
}

/** By key, parents first: the assets and the levels above them. One told twice is taken as told last. */
function withLevels(assets: readonly Asset[], { levels, fold = foldCase }: AssetOrigin): ReadonlyMap<string, Asset> {
  const told = new Map<string, Asset>()
  for (const asset of assets) {
    for (let depth = 1; depth < asset.path.length; depth++) {
      const path = asset.path.slice(0, depth)
      const key = pathKey(path, fold)
      const kind = levels[depth - 1]
      if (kind !== undefined && !told.has(key)) told.set(key, { kind, path })
    }
    told.set(pathKey(asset.path, fold), asset)
  }
  return told
}

function merged(known: AssetRow | undefined, asset: Asset, key: string, origin: AssetOrigin): AssetRow {
  const { connection, rank, levels, fold = foldCase } = origin
  const wins = known === undefined || rankIndex(rank) <= rankIndex(known.rank)
  const pick = (told: string | undefined, was: string | null | undefined) => {
    const [first, second] = wins ? [told, was] : [was, told]
    const text = first ?? second
    return text == null ? null : storable(text)
  }
  const parent = asset.path.length > 1 && asset.path.length <= levels.length + 1 ? pathKey(asset.path.slice(0, -1), fold) : null
  const told = rank === 'crawled' || rank === 'imported'
  return {
    id: assetId(connection, key),
    connection,
    kind: wins ? asset.kind : known.kind,
    path: wins ? JSON.stringify(asset.path.map(storable)) : known.path,
    path_key: key,
    name_key: nameKeyOf(key),
    parent_id: parent === null ? null : assetId(connection, parent),
    rank: wins ? rank : known.rank,
    comment: pick(asset.comment, known?.comment),
    owner: pick(asset.owner, known?.owner),
    view_sql: pick(asset.viewSql, known?.view_sql),
    location: pick(asset.location, known?.location),
    properties: pick(asset.properties && JSON.stringify(asset.properties), known?.properties),
    tags: pick(asset.tags && JSON.stringify(asset.tags), known?.tags),
    seen_only: rank === 'seen' ? (known?.seen_only ?? 1) : 0,
    dropped_at: told ? null : (known?.dropped_at ?? null),
    source_created_at: pick(asset.createdAt, known?.source_created_at),
    source_updated_at: pick(asset.updatedAt, known?.source_updated_at),
    schema_hash: known?.schema_hash ?? null,
    created_at: '',
    updated_at: '',
    revision: 0,
  }
}

const rankIndex = (rank: string) => (SCHEMA_RANKS as readonly string[]).indexOf(rank)

const COLUMNS = [
  'id',
  'connection',
  'kind',
  'path',
  'path_key',
  'name_key',
  'parent_id',
  'rank',
  'comment',
  'owner',
  'view_sql',
  'location',
  'properties',
  'tags',
  'seen_only',
  'dropped_at',
  'source_created_at',
  'source_updated_at',
  'schema_hash',
  'created_at',
  'updated_at',
  'revision',
] as const satisfies readonly (keyof AssetsTable)[]
const NOT_COMPARED: ReadonlySet<string> = new Set(['created_at', 'updated_at', 'revision'])

function differs(known: AssetRow, row: AssetRow): boolean {
  return COLUMNS.some((column) => !NOT_COMPARED.has(column) && known[column] !== row[column])
}

async function writeRows(catalog: Catalog, tx: Tx, rows: readonly AssetRow[], revision: number): Promise<void> {
  const replace = COLUMNS.filter((column) => column !== 'id' && column !== 'created_at')
  const values = rows.map((row) => COLUMNS.map((column) => (column === 'revision' ? revision : row[column])))
  await bulkUpsert(catalog, tx, { table: 'assets', columns: COLUMNS, conflict: ['id'], replace }, values)
}

/** Marks assets as dropped in the source, or with `at` null as there again. Their lineage stays. Gives how many changed. */
export async function markDropped(tx: Tx, ids: readonly string[], at: string | null, { now, revision }: Writing): Promise<number> {
  let changed = 0
  for (const some of slices(ids, ASSETS_AT_ONCE)) {
    const rows = await tx
      .selectFrom('assets')
      .select('id')
      .where(among(tx, 'id', some))
      .where('dropped_at', at === null ? 'is not' : 'is', null)
      .execute()
    if (rows.length === 0) continue
    await tx
      .updateTable('assets')
      .set({ dropped_at: at, updated_at: now, revision: await revision() })
      .where(
        among(
          tx,
          'id',
          rows.map(({ id }) => id),
        ),
      )
      .execute()
    changed += rows.length
  }
  return changed
}
