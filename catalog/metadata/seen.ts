import type { Asset, AssetColumn } from '../../contracts/assets.ts'
import { assetId, pathKey } from '../asset-keys.ts'
import { upsertAssets } from '../asset-writes.ts'
import { columnsOf } from '../assets.ts'
import { bulkUpsert } from '../bulk.ts'
import { among } from '../engine.ts'
import { idOf } from '../hash.ts'
import type { Catalog } from '../open.ts'
import { lazyRevision, type Tx, transaction } from '../transaction.ts'

/** One crawl: which pipeline and run, of what connection, and how its facts are taken. */
export interface Crawl {
  readonly pipeline: string
  readonly connection: string
  readonly run: string
  /** Nothing but the sight of an asset is written. */
  readonly dryRun: boolean
  /** The source's facts win over those from elsewhere. */
  readonly override: boolean
  readonly levels: readonly ('database' | 'schema')[]
  readonly now: string
}

/** Everything directly below a path was given, or the problem that it was not. */
export interface Listing {
  readonly path: readonly string[]
  readonly problem: string | null
}

export interface CrawlWrites {
  readonly changed: number
  readonly unchanged: number
}

/** Facts that others than the source may have given too. */
type Told = { readonly comment?: string | null; readonly owner?: string | null; readonly tags?: string | null }

interface Known {
  readonly hash: string
  readonly run: string
  readonly changedRun: string
  /** What any crawl was told of it last. */
  readonly told: readonly Told[]
  readonly row:
    | { readonly dropped_at: string | null; readonly comment: string | null; readonly owner: string | null; readonly tags: string | null }
    | undefined
}

/** Writes what is new or changed of a batch, and that all of it was seen; with the listings that end in it, in one transaction. */
export async function commitCrawl(
  catalog: Catalog,
  crawl: Crawl,
  assets: readonly Asset[],
  listings: readonly Listing[],
): Promise<CrawlWrites> {
  return await transaction(catalog, async (tx) => {
    const told = new Map(assets.map((asset) => [assetId(crawl.connection, pathKey(asset.path)), asset]))
    const known = await knownOf(tx, crawl, [...told.keys()])
    const changed = [...told].filter(([id, asset]) => {
      const before = known.get(id)
      return before === undefined || before.hash !== hashOf(asset) || before.row === undefined || before.row.dropped_at !== null
    })
    const written = new Set(crawl.dryRun ? changed.map(([id]) => id) : await write(catalog, tx, crawl, changed, known))
    await see(catalog, tx, crawl, told, known, written)
    const rows = listings.map(({ path, problem }) => [crawl.run, pathKey(path), JSON.stringify(path), problem])
    await bulkUpsert(
      catalog,
      tx,
      { table: 'metadata_listings', columns: ['run', 'path_key', 'path', 'problem'], conflict: ['run', 'path_key'], replace: ['problem'] },
      rows,
    )
    return { changed: written.size, unchanged: told.size - written.size }
  })
}

const hashOf = (asset: Asset): string => idOf(JSON.stringify(asset))

const NEVER_SEEN = { hash: '', run: '', changedRun: '' } as const

async function knownOf(tx: Tx, { pipeline }: Crawl, ids: readonly string[]): Promise<ReadonlyMap<string, Known>> {
  const seen = await tx
    .selectFrom('metadata_seen')
    .select(['pipeline', 'asset', 'run', 'changed_run', 'hash', 'told'])
    .where(among(tx, 'asset', ids))
    .execute()
  const rows = await tx
    .selectFrom('assets')
    .select(['id', 'dropped_at', 'comment', 'owner', 'tags'])
    .where(among(tx, 'id', ids))
    .execute()
  const known = new Map<string, Known>(rows.map((row) => [row.id, { ...NEVER_SEEN, told: [], row }]))
  for (const row of seen) {
    const before = known.get(row.asset)
    const own = row.pipeline === pipeline ? { hash: row.hash, run: row.run, changedRun: row.changed_run } : (before ?? NEVER_SEEN)
    const { hash, run, changedRun } = own
    known.set(row.asset, { hash, run, changedRun, row: before?.row, told: [...(before?.told ?? []), JSON.parse(row.told)] })
  }
  return known
}

async function write(
  catalog: Catalog,
  tx: Tx,
  crawl: Crawl,
  changed: readonly (readonly [string, Asset])[],
  known: ReadonlyMap<string, Known>,
): Promise<readonly string[]> {
  const tagged = await columnTags(tx, changed)
  const assets = changed.map(([id, asset]) => kept(crawl, withColumnTags(asset, tagged.get(id)), known.get(id)))
  const origin = { connection: crawl.connection, levels: crawl.levels, rank: 'crawled' as const, origin: 'crawl', position: '' }
  const { changed: ids } = await upsertAssets(catalog, tx, origin, assets, { now: crawl.now, revision: lazyRevision(tx) })
  return ids
}

/** Where tags were not asked for or not to be seen, those of columns stay as they were. */
async function columnTags(tx: Tx, changed: readonly (readonly [string, Asset])[]): Promise<ReadonlyMap<string, readonly AssetColumn[]>> {
  return await columnsOf(
    tx,
    changed.filter(([, { tags }]) => tags === undefined).map(([id]) => id),
  )
}

function withColumnTags(asset: Asset, before: readonly AssetColumn[] | undefined): Asset {
  if (before === undefined || asset.columns === undefined) return asset
  const tags = new Map(before.flatMap((column) => (column.tags === undefined ? [] : [[column.name.toLowerCase(), column.tags] as const])))
  if (tags.size === 0) return asset
  return {
    ...asset,
    columns: asset.columns.map((column) => {
      const own = tags.get(column.name.toLowerCase())
      return own === undefined ? column : { ...column, tags: own }
    }),
  }
}

/** A fact that neither this nor another crawl told came from elsewhere, and stays; one that the source took back goes. */
function kept({ override }: Crawl, asset: Asset, known: Known | undefined): Asset {
  const { comment, owner, tags, ...rest } = asset
  const current = known?.row
  const isOthers = (fact: keyof Told) => {
    const now = current?.[fact] ?? null
    return !override && now !== null && now !== '' && now !== '[]' && known?.told.every((told) => (told[fact] ?? null) !== now) === true
  }
  return {
    ...rest,
    ...(isOthers('comment') ? {} : comment === undefined && current?.comment ? { comment: '' } : comment === undefined ? {} : { comment }),
    ...(owner === undefined || isOthers('owner') ? {} : { owner }),
    ...(tags === undefined || isOthers('tags') ? {} : { tags }),
  }
}

async function see(
  catalog: Catalog,
  tx: Tx,
  crawl: Crawl,
  told: ReadonlyMap<string, Asset>,
  known: ReadonlyMap<string, Known>,
  changed: ReadonlySet<string>,
): Promise<void> {
  const { pipeline, connection, run, dryRun } = crawl
  const rows = [...told].map(([id, asset]) => {
    const { path, kind } = asset
    const parent = path.length > 1 ? assetId(connection, pathKey(path.slice(0, -1))) : ''
    const facts: Told = {
      comment: asset.comment ?? null,
      owner: asset.owner ?? null,
      tags: asset.tags === undefined ? (known.get(id)?.row?.tags ?? null) : JSON.stringify(asset.tags),
    }
    return [
      pipeline,
      id,
      connection,
      parent,
      kind,
      JSON.stringify(path),
      dryRun ? '' : run,
      dryRun ? run : '',
      changed.has(id) ? run : (known.get(id)?.changedRun ?? ''),
      dryRun ? '' : hashOf(asset),
      JSON.stringify(facts),
    ]
  })
  await bulkUpsert(
    catalog,
    tx,
    {
      table: 'metadata_seen',
      columns: ['pipeline', 'asset', 'connection', 'parent', 'kind', 'path', 'run', 'dry_run', 'changed_run', 'hash', 'told'],
      conflict: ['pipeline', 'asset'],
      replace: dryRun ? ['dry_run', 'changed_run'] : ['kind', 'path', 'run', 'changed_run', 'hash', 'told'],
    },
    rows,
  )
}

/** The latest complete crawl with the same options, by when it began. */
export async function lastCrawl({ db }: Catalog, pipeline: string, optionsHash: string): Promise<string | null> {
  const row = await db
    .selectFrom('metadata_runs')
    .select((of) => of.fn.max('started_at').as('at'))
    .where('pipeline', '=', pipeline)
    .where('options_hash', '=', optionsHash)
    .where('ended_at', 'is not', null)
    .executeTakeFirst()
  return row?.at ?? null
}

export async function beginCrawl({ db }: Catalog, { pipeline, run, now }: Crawl, optionsHash: string): Promise<void> {
  const row = { pipeline, run, options_hash: optionsHash, started_at: now, ended_at: null }
  await db
    .insertInto('metadata_runs')
    .values(row)
    .onConflict((on) => on.doNothing())
    .execute()
}

export async function endCrawl({ db }: Catalog, { pipeline, run }: Crawl, now: string): Promise<void> {
  await db.updateTable('metadata_runs').set({ ended_at: now }).where('pipeline', '=', pipeline).where('run', '=', run).execute()
}

export interface CrawlCounts {
  readonly kinds: Readonly<Record<string, number>>
  readonly changed: number
  readonly columns: number
}

/** What a run saw and changed in all its attempts. */
export async function crawlCounts({ db }: Catalog, { pipeline, run, dryRun }: Crawl): Promise<CrawlCounts> {
  const seenIn = dryRun ? 'dry_run' : 'run'
  const rows = await db
    .selectFrom('metadata_seen')
    .select((of) => [
      'kind',
      of.fn.countAll<number>().as('seen'),
      of.fn.sum<number>(of.case().when('changed_run', '=', run).then(1).else(0).end()).as('changed'),
    ])
    .where('pipeline', '=', pipeline)
    .where(seenIn, '=', run)
    .groupBy('kind')
    .execute()
  const columns = await db
    .selectFrom('metadata_seen as seen')
    .innerJoin('asset_columns', 'asset_columns.asset', 'seen.asset')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('seen.pipeline', '=', pipeline)
    .where(`seen.${seenIn}`, '=', run)
    .executeTakeFirstOrThrow()
  return {
    kinds: Object.fromEntries(rows.map(({ kind, seen }) => [kind, Number(seen)])),
    changed: rows.reduce((sum, { changed }) => sum + Number(changed), 0),
    columns: Number(columns.count),
  }
}
