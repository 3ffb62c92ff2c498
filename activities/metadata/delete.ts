import { assetId, pathKey } from '../../catalog/asset-keys.ts'
import { dropListings, listingsOf, markDeleted, type SeenAsset, seenBy } from '../../catalog/metadata/deletions.ts'
import type { MetadataIngestionOptions } from '../../contracts/metadata-options.ts'
import type { Source } from '../../contracts/plugin.ts'
import type { BoundConnection, TaskContext, TaskFunction } from '../task.ts'
import { boundTo, some } from './extract.ts'
import { type Accepts, acceptsOf } from './filters.ts'
import { readMetadataOptions } from './options.ts'

/** Of those that are missing in one schema, so many are looked up one by one in the source; more are judged by these. */
const CONFIRMED_AT_MOST = 200

/**
 * Marks what is gone: only where the listing is complete, only what this pipeline saw before, and only as much as the guard allows.
 * What one crawl took for gone by mistake costs people their trust, so every doubt keeps the asset.
 */
export const deleteMetadata: TaskFunction = async (context) => {
  const { catalog, call, input, pipeline, host } = context
  const options = readMetadataOptions(pipeline)
  const bound = boundTo(context.connection, pipeline.name)
  const dryRun = input.dryRun === true
  const judged = await judge(context, bound, options, dryRun)
  const force = call.with.force === true
  const allowed = force ? judged.gone : guard(context, judged, options)
  const confirmed = await confirm(context, bound, allowed)
  const marks = confirmed.flatMap(({ assets }) => assets)
  if (dryRun) {
    if (marks.length > 0) context.warn(`Would be marked as deleted: ${some(marks.map(({ path }) => path.join('.')))}.`)
    context.total('wouldDelete', marks.length)
    await dropListings(catalog, call.run)
    return { wouldDelete: marks.length }
  }
  const deleted = await markDeleted(
    catalog,
    { pipeline: pipeline.name, run: call.run, now: new Date(host.now()).toISOString() },
    marks.map(({ asset }) => asset),
  )
  await dropListings(catalog, call.run)
  context.total('deleted', deleted)
  if (deleted > 0) context.log('info', `${deleted} assets are marked as deleted; \`lodeline catalog restore --run ${call.run}\` undoes it`)
  return { deleted }
}

/** What is missing of one schema or database; or of what the filter no longer lets through. */
interface Gone {
  readonly place: string
  readonly assets: readonly SeenAsset[]
  /** Tables of the place that the catalog has as there. */
  readonly before: number
  /** Of them, seen by this run. */
  readonly now: number
  /** It is still in the source, but not wanted any more. */
  readonly unwanted: boolean
}

interface Judged {
  readonly gone: readonly Gone[]
  readonly before: number
}

interface Rules {
  readonly options: MetadataIngestionOptions
  readonly accepts: Accepts
  /** Null: listed completely. Undefined: not listed at all. */
  problemAt(path: readonly string[]): string | null | undefined
}

async function judge(
  { catalog, call }: TaskContext,
  { document }: BoundConnection,
  options: MetadataIngestionOptions,
  dryRun: boolean,
): Promise<Judged> {
  const listings = await listingsOf(catalog, call.run)
  const rules: Rules = { options, accepts: acceptsOf(options, document.name), problemAt: (path) => listings.get(pathKey(path)) }
  const seen = () => seenBy(catalog, call.pipeline, call.run, dryRun)
  const goneParents = await goneContainers(seen(), rules)
  const places = new Map<string, Place>()
  const unwanted: SeenAsset[] = []
  let before = 0
  for await (const one of seen()) {
    const name = placeOf(one, (path) => goneParents.has(assetId(document.name, pathKey(path))))
    const place = places.get(name) ?? { assets: [], before: 0, now: 0 }
    places.set(name, place)
    if (isTable(one)) {
      before++
      place.before++
      if (one.isSeenNow) place.now++
    }
    if (one.isSeenNow) continue
    if (!isLetThrough(one, rules)) {
      if (isUnwanted(one, options)) unwanted.push(one)
    } else if (isGone(one, rules, goneParents)) place.assets.push(one)
  }
  const gone: Gone[] = [...places]
    .filter(([, { assets }]) => assets.length > 0)
    .map(([place, entry]) => ({ place, ...entry, unwanted: false }))
  if (unwanted.length > 0)
    gone.push({ place: 'what the filter no longer lets through', assets: unwanted, before: unwanted.length, now: 0, unwanted: true })
  return { gone, before }
}

interface Place {
  readonly assets: SeenAsset[]
  before: number
  now: number
}

/** Databases and schemas that are gone, outermost first, since what is in one goes with it. */
async function goneContainers(seen: AsyncIterable<SeenAsset>, rules: Rules): Promise<ReadonlySet<string>> {
  const containers: SeenAsset[] = []
  for await (const one of seen) if (!isTable(one)) containers.push(one)
  const gone = new Set<string>()
  for (const one of containers.sort((a, b) => a.path.length - b.path.length)) if (isGoneContainer(one, rules, gone)) gone.add(one.asset)
  return gone
}

/** Still there, for all that is known, but no longer let through; another pipeline may want it. */
function isUnwanted(seen: SeenAsset, { markDeletedFromFilterOnly, markDeletedTables }: MetadataIngestionOptions): boolean {
  return !markDeletedFromFilterOnly && markDeletedTables && isTable(seen) && !seen.isShared
}

function isGone(seen: SeenAsset, { options, problemAt }: Rules, goneParents: ReadonlySet<string>): boolean {
  if (goneParents.has(seen.asset) || goneParents.has(seen.parent)) return true
  return isTable(seen) && options.markDeletedTables && problemAt(seen.path.slice(0, -1)) === null
}

/** Its schema; of a database that is gone, that database. */
function placeOf({ path }: SeenAsset, isGoneAt: (path: readonly string[]) => boolean): string {
  const outer = path.slice(0, 1)
  return (isGoneAt(outer) ? outer : path.slice(0, 2)).join('.')
}

function isGoneContainer(seen: SeenAsset, rules: Rules, goneParents: ReadonlySet<string>): boolean {
  if (goneParents.has(seen.parent)) return true
  const isMarked = seen.kind === 'schema' ? rules.options.markDeletedSchemas : rules.options.markDeletedDatabases
  return isMarked && !seen.isSeenNow && rules.accepts(seen.path) && rules.problemAt(seen.path.slice(0, -1)) === null
}

function isLetThrough({ kind, path }: SeenAsset, { options, accepts }: Rules): boolean {
  if (kind === 'view' && !options.includeViews) return false
  if (kind === 'table' && !options.includeTables) return false
  return accepts(path)
}

const isTable = ({ kind }: SeenAsset): boolean => kind !== 'database' && kind !== 'schema'

/** Refuses what is too much to be true, and says so. */
function guard(context: TaskContext, { gone, before }: Judged, { deletionGuard: { maxShare } }: MetadataIngestionOptions): readonly Gone[] {
  const tables = gone.reduce((sum, { assets }) => sum + assets.filter(isTable).length, 0)
  if (tables > maxShare * before) {
    refuse(
      context,
      tables,
      `${tables} of ${before} tables (${percent(tables / before)}) would be marked as deleted, more than ${percent(maxShare)}`,
    )
    return []
  }
  return gone.filter(({ place, assets, before: had, now, unwanted }) => {
    const missing = assets.filter(isTable).length
    // A schema that is gone as a whole was confirmed by the complete list of schemas; the guard of the run covers it.
    if (unwanted || assets.some((asset) => !isTable(asset))) return true
    if (now === 0) refuse(context, missing, `${place} suddenly lists none of its ${had} tables`)
    else if (missing > maxShare * had)
      refuse(
        context,
        missing,
        `${missing} of ${had} tables of ${place} (${percent(missing / had)}) would be marked as deleted, more than ${percent(maxShare)}`,
      )
    else return true
    return false
  })
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`

function refuse(context: TaskContext, count: number, why: string): void {
  context.count('deletionsRefused', count)
  context.warn(`Deletions are held back: ${why}. If it is right, \`lodeline pipeline run ${context.pipeline.name} --force-deletions\`.`)
}

/** The source is asked for each before it is marked: a listing may leave out what is there. */
async function confirm(
  context: TaskContext,
  { connector, config, document }: BoundConnection,
  gone: readonly Gone[],
): Promise<readonly Gone[]> {
  const source: Source<unknown> = { connection: document.name, config, host: context.host }
  const confirmed: Gone[] = []
  for (const group of gone) {
    const containers = group.assets.filter((asset) => !isTable(asset))
    if (group.unwanted || connector.exists === undefined) {
      confirmed.push(group)
      continue
    }
    // Of a schema that is gone, the schema is asked for alone: its tables cannot be there without it.
    const asked = containers.length > 0 ? containers : group.assets.slice(0, CONFIRMED_AT_MOST)
    const there = new Set<string>()
    for (const { asset, path } of asked) {
      context.signal.throwIfAborted()
      if ((await connector.exists(source, path)) !== false) there.add(asset)
      context.heartbeat()
    }
    if (there.size > 0) keepDoubtful(context, group, there)
    const isSample = asked.length < group.assets.length
    if (there.size === 0) confirmed.push(group)
    else if (!isSample) confirmed.push({ ...group, assets: group.assets.filter(({ asset }) => !there.has(asset)) })
  }
  return confirmed
}

function keepDoubtful(context: TaskContext, { place, assets }: Gone, there: ReadonlySet<string>): void {
  const names = assets.filter(({ asset }) => there.has(asset)).map(({ path }) => path.at(-1) ?? '')
  context.count('deletionsDoubted', there.size)
  context.warn(`${place}: ${some(names)} is missing in the listing, but the source does not say that it is gone; it stays.`)
}
