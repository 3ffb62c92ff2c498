import type { Asset } from '../../../contracts/assets.ts'
import type { Checkpoint, Listed, MetadataOptions, Source } from '../../../contracts/plugin.ts'
import type { AthenaApi, Page, Table } from './api.ts'
import { type AthenaConfig, catalogNameOf, isFederated } from './config.ts'
import { isDenied, isInvalid, isNotFound } from './errors.ts'
import { inParallel } from './parallel.ts'
import { athenaAsset, glueAsset } from './tables.ts'
import { type TagReader, tagReader, withTags } from './tags.ts'
import { createdViewSql } from './views.ts'

/** Where to go on: databases are read in the order of their names, the one begun from a page on. */
interface Position {
  readonly after: string
  readonly page?: { readonly database: string; readonly token: string }
}

interface Reading {
  readonly api: AthenaApi
  readonly source: Source<AthenaConfig>
  readonly options: MetadataOptions
  readonly tags: TagReader
  readonly catalog: string
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
    const position: Position = isPosition(from) ? from : { after: '' }
    if (options.accepts([catalog])) yield* catalogOf({ api, source, options, catalog, tags: tagReader(api, source.host) }, position)
    yield { listed: [] }
  } finally {
    api.close()
  }
}

async function* catalogOf(reading: Reading, { after, page }: Position): AsyncGenerator<Asset | Listed | Checkpoint> {
  const { source, options, catalog } = reading
  yield { kind: 'database', path: [catalog] }
  for (const database of await databasesOf(reading)) {
    if (!options.accepts([catalog, database.name])) continue
    yield await databaseAsset(reading, database)
    if (database.name <= after) continue
    yield* tablesOf(reading, { database: database.name, after }, page?.database === database.name ? page.token : undefined)
    after = database.name
    yield { checkpoint: { after } satisfies Position }
  }
  // A connection that reads one database has not listed the catalog.
  if (source.config.database === undefined) yield { listed: [catalog] }
}

/** Null where AWS does not say: Lake Formation denies what it hides. */
export async function exists(source: Source<AthenaConfig>, path: readonly string[]): Promise<boolean | null> {
  const { connect } = await import('./api.ts')
  const api = connect(source.config, source.host)
  const [catalog, database, table] = path
  try {
    if (database === undefined) return catalog === catalogNameOf(source.config)
    if (isFederated(source.config))
      return (await (table === undefined ? api.athenaDatabase(database) : api.athenaTable(database, table))) !== undefined
    return (await (table === undefined ? api.glueDatabase(database) : api.glueTable(database, table))) !== undefined
  } catch (error) {
    if (isNotFound(error)) return false
    if (!isDenied(error)) throw error
    source.host.log('warn', `whether ${path.join('.')} is there cannot be told: ${error instanceof Error ? error.message : String(error)}`)
    return null
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
  const isListedByAthena = isFederated(source.config)
  if (only !== undefined) return [await (isListedByAthena ? oneOfAthena(api, only) : oneDatabase(api, only.toLowerCase()))]
  const found = (isListedByAthena ? null : await glueDatabases(api, source)) ?? (await athenaDatabases(api))
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function oneDatabase(api: AthenaApi, name: string): Promise<GlueDatabase> {
  try {
    const found = await api.glueDatabase(name)
    return named(name, found?.Description, found?.LocationUri)
  } catch (error) {
    if (isDenied(error)) return { name } // its tables may be allowed all the same
    throw error
  }
}

/** Federated sources may tell names by their case. */
async function oneOfAthena(api: AthenaApi, name: string): Promise<GlueDatabase> {
  const found = await api.athenaDatabase(name)
  return named(found?.Name ?? name, found?.Description, undefined)
}

/** Null where Glue denies the listing. */
async function glueDatabases(api: AthenaApi, source: Source<AthenaConfig>): Promise<GlueDatabase[] | null> {
  const found: GlueDatabase[] = []
  try {
    for await (const database of paged((token) => api.glueDatabases(token))) {
      if (database.Name !== undefined) found.push(named(database.Name, database.Description, database.LocationUri))
    }
    return found
  } catch (error) {
    if (!isDenied(error)) throw error
    source.host.log('warn', 'glue:GetDatabases is denied; asking Athena instead')
    return null
  }
}

async function athenaDatabases(api: AthenaApi): Promise<GlueDatabase[]> {
  const found: GlueDatabase[] = []
  for await (const database of paged((token) => api.athenaDatabases(token))) {
    if (database.Name !== undefined) found.push(named(database.Name, database.Description, undefined))
  }
  return found
}

function named(name: string, comment: string | undefined, location: string | undefined): GlueDatabase {
  return { name, ...(comment ? { comment } : {}), ...(location ? { location } : {}) }
}

async function databaseAsset({ source, options, catalog, tags }: Reading, database: GlueDatabase): Promise<Asset> {
  const { name, ...rest } = database
  const asset: Asset = { kind: 'schema', path: [catalog, name], ...rest }
  return options.includeTags && !isFederated(source.config) ? withTags(asset, await tags.of({ database: name })) : asset
}

async function* tablesOf(
  reading: Reading,
  { database, after }: { readonly database: string; readonly after: string },
  token: string | undefined,
): AsyncGenerator<Asset | Listed | Checkpoint> {
  const { api, source, catalog } = reading
  if (isFederated(source.config)) return yield* tablesByAthena(reading, database)
  try {
    for await (const { items, next } of pages((page) => api.glueTables(database, page), token)) {
      yield* await assetsOf(reading, database, items)
      if (next !== undefined) yield { checkpoint: { after, page: { database, token: next } } satisfies Position }
    }
    yield { listed: [catalog, database] }
  } catch (error) {
    source.host.signal.throwIfAborted()
    if (isDenied(error)) {
      source.host.log('warn', `glue:GetTables is denied on ${database}; asking Athena instead`)
      yield* tablesByAthena(reading, database)
    } else if (isNotFound(error)) yield { listed: [catalog, database], problem: 'the database was gone when its tables were listed' }
    // A token is good for a while only: the database is then read from its beginning.
    else if (token !== undefined && isInvalid(error)) yield* tablesOf(reading, { database, after }, undefined)
    else throw error
  }
}

/** One page: what is wanted of it, with tags and view texts fetched side by side, in the page's order. */
async function assetsOf(reading: Reading, database: string, page: readonly Table[]): Promise<readonly Asset[]> {
  const wanted = page
    .flatMap((table) => glueAsset(reading.catalog, database, table) ?? [])
    .filter((asset) => isWanted(asset, reading.options))
  return inParallel(wanted, reading.options.threads, (asset) => completed(reading, asset))
}

function isWanted(asset: Asset, options: MetadataOptions): boolean {
  return (asset.kind === 'view' ? options.includeViews : options.includeTables) && options.accepts(asset.path)
}

async function completed(reading: Reading, asset: Asset): Promise<Asset> {
  const { includeTags, unchangedSince } = reading.options
  if (unchangedSince !== undefined && asset.updatedAt !== undefined && asset.updatedAt < unchangedSince) return asset
  const known = asset.kind === 'view' && asset.viewSql === undefined ? await withViewSql(reading, asset) : asset
  if (!includeTags || isFederated(reading.source.config)) return known // Lake Formation knows Glue's tables alone
  const [, database = '', table = ''] = asset.path
  return withTags(known, await reading.tags.of({ database, table }))
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

async function* tablesByAthena(reading: Reading, database: string): AsyncGenerator<Asset | Listed> {
  const { api, source, catalog } = reading
  try {
    for await (const table of paged((token) => api.athenaTables(database, token))) {
      const asset = athenaAsset(catalog, database, table)
      if (asset !== null && isWanted(asset, reading.options)) yield await completed(reading, asset)
    }
    yield { listed: [catalog, database] }
  } catch (error) {
    source.host.signal.throwIfAborted()
    // Athena hands on what Glue says as a MetadataException of its own, a denial among it.
    if (!isDenied(error) && !isNotFound(error)) throw error
    source.host.count('deniedDatabases')
    source.host.log('warn', error instanceof Error ? error.message : String(error))
    yield {
      listed: [catalog, database],
      problem: `${isFederated(source.config) ? 'athena:ListTableMetadata is not' : 'neither glue:GetTables nor athena:ListTableMetadata is'} allowed`,
    }
  }
}

/** The next page is on its way while one is worked on. */
async function* pages<T>(load: (token: string | undefined) => Promise<Page<T>>, from?: string): AsyncGenerator<Page<T>> {
  let page: Page<T> = await load(from)
  for (;;) {
    const next = page.next === undefined ? null : load(page.next)
    next?.catch(() => undefined) // it is awaited below; until then a failure must not be unhandled
    yield page
    if (next === null) return
    page = await next
  }
}

async function* paged<T>(load: (token: string | undefined) => Promise<Page<T>>): AsyncGenerator<T> {
  for await (const { items } of pages(load)) yield* items
}
