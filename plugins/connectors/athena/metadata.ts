import type { Asset } from '../../../contracts/assets.ts'
import type { Checkpoint, Listed, MetadataOptions, Source } from '../../../contracts/plugin.ts'
import type { AthenaApi, Page, Table } from './api.ts'
import { type AthenaConfig, catalogNameOf } from './config.ts'
import { isDenied, isNotFound } from './errors.ts'
import { inParallel } from './parallel.ts'
import { athenaAsset, glueAsset } from './tables.ts'
import { tagsOf, withTags } from './tags.ts'
import { createdViewSql } from './views.ts'

/** Where to go on: databases are read in the order of their names, each as a whole. */
interface Position {
  readonly after: string
}

interface Reading {
  readonly api: AthenaApi
  readonly source: Source<AthenaConfig>
  readonly options: MetadataOptions
}

/** The catalog, its databases, tables, views and columns. A database that cannot be listed is said, and costs no other. */
export async function* metadata(
  source: Source<AthenaConfig>,
  options: MetadataOptions,
  from: unknown,
): AsyncGenerator<Asset | Listed | Checkpoint> {
  const { connect } = await import('./api.ts')
  const api = connect(source.config, source.host)
  const catalog = catalogNameOf(source.config)
  try {
    if (!options.accepts([catalog])) return
    yield { kind: 'database', path: [catalog] }
    const reading = { api, source, options }
    const after = isPosition(from) ? from.after : ''
    const databases = await databasesOf(reading)
    for (const database of databases) {
      if (!options.accepts([catalog, database.name])) continue
      yield await databaseAsset(reading, catalog, database)
      if (database.name <= after) continue
      yield* tablesOf(reading, catalog, database.name)
      yield { checkpoint: { after: database.name } satisfies Position }
    }
    yield source.config.database === undefined
      ? { listed: [catalog] }
      : { listed: [catalog], problem: 'the connection reads one database only' }
  } finally {
    api.close()
  }
}

function isPosition(from: unknown): from is Position {
  return typeof from === 'object' && from !== null && 'after' in from && typeof from.after === 'string'
}

interface GlueDatabase {
  readonly name: string
  readonly comment?: string
  readonly location?: string
}

/** By name, so that a resumed reading meets them in the same order. */
async function databasesOf({ api, source }: Reading): Promise<readonly GlueDatabase[]> {
  const only = source.config.database
  if (only !== undefined) return [{ name: only.toLowerCase() }]
  const found = (await glueDatabases(api)) ?? (await athenaDatabases(api, source))
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Null where Glue denies the listing. */
async function glueDatabases(api: AthenaApi): Promise<GlueDatabase[] | null> {
  const found: GlueDatabase[] = []
  try {
    for await (const database of paged((token) => api.glueDatabases(token))) {
      if (database.Name !== undefined) found.push(named(database.Name, database.Description, database.LocationUri))
    }
    return found
  } catch (error) {
    if (isDenied(error)) return null
    throw error
  }
}

async function athenaDatabases(api: AthenaApi, source: Source<AthenaConfig>): Promise<GlueDatabase[]> {
  source.host.log('warn', 'Glue denies the listing of databases; asking Athena instead')
  const found: GlueDatabase[] = []
  for await (const database of paged((token) => api.athenaDatabases(token))) {
    if (database.Name !== undefined) found.push(named(database.Name, database.Description, undefined))
  }
  return found
}

function named(name: string, comment: string | undefined, location: string | undefined): GlueDatabase {
  return { name, ...(comment ? { comment } : {}), ...(location ? { location } : {}) }
}

async function databaseAsset({ api, source, options }: Reading, catalog: string, database: GlueDatabase): Promise<Asset> {
  const { name, ...rest } = database
  const asset: Asset = { kind: 'schema', path: [catalog, name], ...rest }
  if (!options.includeTags) return asset
  const tags = await tagsOf(api, source.host, { database: name })
  return tags.database.length === 0 ? asset : { ...asset, tags: [...tags.database] }
}

async function* tablesOf(reading: Reading, catalog: string, database: string): AsyncGenerator<Asset | Listed> {
  const { api, source } = reading
  try {
    for await (const page of pages((token) => api.glueTables(database, token))) yield* await assetsOf(reading, catalog, page)
    yield { listed: [catalog, database] }
  } catch (error) {
    source.host.signal.throwIfAborted()
    if (isDenied(error)) yield* tablesByAthena(reading, catalog, database)
    else if (isNotFound(error)) yield { listed: [catalog, database], problem: 'the database was gone when its tables were listed' }
    else throw error
  }
}

/** One page: what is wanted of it, with tags and view texts fetched side by side, in the page's order. */
async function assetsOf(reading: Reading, catalog: string, page: readonly Table[]): Promise<readonly Asset[]> {
  const wanted = page.map((table) => glueAsset(catalog, table)).filter((asset) => asset !== null && isWanted(asset, reading.options))
  return inParallel(wanted as readonly Asset[], reading.options.threads, (asset) => completed(reading, asset)) // null was filtered out
}

function isWanted(asset: Asset, options: MetadataOptions): boolean {
  return (asset.kind === 'view' ? options.includeViews : options.includeTables) && options.accepts(asset.path)
}

async function completed(reading: Reading, asset: Asset): Promise<Asset> {
  const known = asset.kind === 'view' && asset.viewSql === undefined ? await withViewSql(reading, asset) : asset
  if (!reading.options.includeTags) return known
  const [, database = '', table = ''] = asset.path
  return withTags(known, await tagsOf(reading.api, reading.source.host, { database, table }))
}

async function withViewSql({ api, source }: Reading, asset: Asset): Promise<Asset> {
  const [, database = '', view = ''] = asset.path
  try {
    const quoted = [database, view].map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
    const sql = createdViewSql(await api.query(`SHOW CREATE VIEW ${quoted}`, database))
    return sql === null ? asset : { ...asset, viewSql: sql, properties: { ...asset.properties, viewSchema: database } }
  } catch (error) {
    source.host.signal.throwIfAborted()
    source.host.log('warn', `the text of view ${database}.${view} cannot be read`, {
      error: error instanceof Error ? error.message : String(error),
    })
    source.host.count('viewsWithoutText')
    return asset
  }
}

async function* tablesByAthena(reading: Reading, catalog: string, database: string): AsyncGenerator<Asset | Listed> {
  const { api, source } = reading
  source.host.log('warn', `Glue denies the tables of ${database}; asking Athena instead`)
  try {
    for await (const table of paged((token) => api.athenaTables(database, token))) {
      const asset = athenaAsset(catalog, database, table)
      if (asset !== null && isWanted(asset, reading.options)) yield await completed(reading, asset)
    }
    yield { listed: [catalog, database] }
  } catch (error) {
    if (!isDenied(error)) throw error
    source.host.count('deniedDatabases')
    yield { listed: [catalog, database], problem: 'neither glue:GetTables nor athena:ListTableMetadata is allowed' }
  }
}

async function* pages<T>(load: (token: string | undefined) => Promise<Page<T>>): AsyncGenerator<readonly T[]> {
  let page: Page<T> = await load(undefined)
  for (;;) {
    // The next page is on its way while this one is worked on.
    const next = page.next === undefined ? null : load(page.next)
    next?.catch(() => undefined) // it is awaited below; until then a failure must not be unhandled
    yield page.items
    if (next === null) return
    page = await next
  }
}

async function* paged<T>(load: (token: string | undefined) => Promise<Page<T>>): AsyncGenerator<T> {
  for await (const items of pages(load)) yield* items
}
