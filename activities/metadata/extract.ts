import { idOf } from '../../catalog/hash.ts'
import { beginCrawl, type Crawl, commitCrawl, crawlCounts, endCrawl, type Listing, lastCrawl } from '../../catalog/metadata/seen.ts'
import type { Asset } from '../../contracts/assets.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { MetadataIngestionOptions } from '../../contracts/metadata-options.ts'
import type { Checkpoint, Listed, MetadataOptions, Source } from '../../contracts/plugin.ts'
import type { BoundConnection, TaskContext, TaskFunction } from '../task.ts'
import { acceptsOf } from './filters.ts'
import { readMetadataOptions } from './options.ts'

/** Written together: large enough to hide the cost of a transaction, small enough for memory. */
const ASSETS_A_BATCH = 500
const DAY_MS = 86_400_000

/** Reads what the source has and writes what changed; goes on where the last attempt's last batch ended. */
export const extractMetadata: TaskFunction = async (context) => {
  const { connection, catalog, pipeline } = context
  const options = readMetadataOptions(pipeline)
  const bound = boundTo(connection, pipeline.name)
  const crawl = crawlOf(context, bound, options)
  const hash = optionsHash(options)
  const since = await unchangedSince(context, options, hash)
  if (!crawl.dryRun) await beginCrawl(catalog, crawl, hash)
  const wanted: MetadataOptions = {
    includeTables: options.includeTables,
    includeViews: options.includeViews,
    includeTags: options.includeTags,
    threads: options.threads,
    accepts: acceptsOf(options, bound.document.name),
    ...(since === null ? {} : { unchangedSince: since }),
  }
  const source: Source<unknown> = { connection: bound.document.name, config: bound.config, host: context.host }
  const stream = bound.connector.metadata?.(source, wanted, context.checkpoint)
  if (stream === undefined)
    throw new LodelineError('DOCUMENT_INVALID', `the connector ${bound.connector.name} has no metadata to read`, {
      connector: bound.connector.name,
    })
  const problems = await write(context, crawl, stream, options.debugLog)
  if (problems.length > 0) context.warn(`Not listed completely: ${some(problems)}. Nothing is marked as deleted there.`)
  await exactCounts(context, crawl)
  if (!crawl.dryRun) await endCrawl(catalog, crawl, new Date(context.host.now()).toISOString())
  return { problems: problems.length }
}

export function boundTo(connection: BoundConnection | null, pipeline: string): BoundConnection {
  if (connection === null) throw new LodelineError('DOCUMENT_INVALID', `pipeline ${pipeline} names no connection`, { pipeline })
  return connection
}

export function crawlOf(
  { call, input, host }: TaskContext,
  { document, connector }: BoundConnection,
  { override }: MetadataIngestionOptions,
): Crawl {
  return {
    pipeline: call.pipeline,
    connection: document.name,
    run: call.run,
    dryRun: input.dryRun === true,
    override,
    levels: connector.names.levels.map((level) => (level === 'schema' ? 'schema' : 'database')),
    now: new Date(host.now()).toISOString(),
  }
}

export const some = (texts: readonly string[]): string =>
  `${texts.slice(0, 10).join(', ')}${texts.length > 10 ? ` and ${texts.length - 10} more` : ''}`

/** A crawl of other options saw less or asked less: it is nothing to build upon. */
function optionsHash(options: MetadataIngestionOptions): string {
  const { threads: _, debugLog: __, deletionGuard: ___, incremental: ____, ...rest } = options
  return idOf(JSON.stringify(rest))
}

async function unchangedSince(
  { catalog, pipeline, host, input }: TaskContext,
  { incremental }: MetadataIngestionOptions,
  hash: string,
): Promise<string | null> {
  if (!incremental.enabled || input.reprocess === true) return null
  const last = await lastCrawl(catalog, pipeline.name, hash)
  if (last === null || Date.parse(last) < host.now() - incremental.lookbackDays * DAY_MS) return null
  return new Date(Date.parse(last) - incremental.safetyMarginDays * DAY_MS).toISOString()
}

interface Batch {
  readonly assets: Asset[]
  readonly listings: Listing[]
  checkpoint: unknown
}

const emptyBatch = (): Batch => ({ assets: [], listings: [], checkpoint: undefined })

/** Gives the problems of the listings. */
async function write(
  context: TaskContext,
  crawl: Crawl,
  stream: AsyncIterable<Asset | Listed | Checkpoint>,
  debug: boolean,
): Promise<readonly string[]> {
  const problems: string[] = []
  let batch = emptyBatch()
  const flush = async (): Promise<void> => {
    const { assets, listings, checkpoint } = batch
    batch = emptyBatch()
    const { changed, unchanged } = await commitCrawl(context.catalog, crawl, assets, listings)
    countBatch(context, assets, changed, unchanged)
    if (debug) context.log('debug', 'batch written', { assets: assets.length, changed, last: assets.at(-1)?.path.join('.') ?? '' })
    context.heartbeat(checkpoint)
  }
  for await (const one of stream) {
    if ('checkpoint' in one) batch.checkpoint = one.checkpoint
    else if ('listed' in one) {
      batch.listings.push({ path: one.listed, problem: one.problem ?? null })
      if (one.problem !== undefined) problems.push(`${one.listed.join('.')} (${one.problem})`)
    } else batch.assets.push(one)
    if (batch.assets.length >= ASSETS_A_BATCH) await flush()
  }
  await flush()
  return problems
}

/** What was counted on the way is of the attempts: one that died has left out or told twice what its last heartbeat did not cover. */
async function exactCounts({ catalog, total }: TaskContext, crawl: Crawl): Promise<void> {
  const { kinds, changed, columns } = await crawlCounts(catalog, crawl)
  const assets = Object.values(kinds).reduce((sum, seen) => sum + seen, 0)
  const counts = { assets, columns, changedAssets: changed, unchangedAssets: assets - changed }
  for (const [kind, seen] of Object.entries(kinds)) total(COUNTED[kind] ?? 'otherAssets', seen)
  for (const [name, value] of Object.entries(counts)) if (value > 0) total(name, value)
}

const COUNTED: Readonly<Record<string, string>> = { database: 'databases', schema: 'schemas', table: 'tables', view: 'views' }

function countBatch(context: TaskContext, assets: readonly Asset[], changed: number, unchanged: number): void {
  for (const { kind, columns } of assets) {
    context.count(COUNTED[kind] ?? 'otherAssets')
    if (columns !== undefined) context.count('columns', columns.length)
  }
  if (assets.length > 0) context.count('assets', assets.length)
  if (changed > 0) context.count('changedAssets', changed)
  if (unchanged > 0) context.count('unchangedAssets', unchanged)
}
