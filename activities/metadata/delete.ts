import { assetId, pathKey } from '../../catalog/asset-keys.ts'
import { listingsOf, markDeleted, type SeenAsset, seenBy } from '../../catalog/metadata/deletions.ts'
import type { MetadataIngestionOptions } from '../../contracts/metadata-options.ts'
import type { Source } from '../../contracts/plugin.ts'
import type { BoundConnection, TaskContext, TaskFunction } from '../task.ts'
import { boundTo, some } from './extract.ts'
import { acceptsOf, type Accepts } from './filters.ts'
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
    return { wouldDelete: marks.length }
  }
  const deleted = await markDeleted(
    catalog,
    { pipeline: pipeline.name, run: call.run, now: new Date(host.now()).toISOString() },
    marks.map(({ asset }) => asset),
  )
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

async function judge({ catalog, call }: TaskContext, { document }: BoundConnection, options: MetadataIngestionOptions, dryRun: boolean): Promise<Judged> {
  const listings = await listingsOf(catalog, call.run)
  const rules: Rules = { options, accepts: acceptsOf(options, document.name), problemAt: (path) => listings.get(pathKey(path)) }
  const places = new Map<string, { assets: SeenAsset[]; before: number; now: number }>()
  const goneParents = new Set<string>()
  const unwanted: SeenAsset[] = []
  const containers: SeenAsset[] = []
  let before = 0
  for await (const seen of seenBy(catalog, call.pipeline, call.run, dryRun)) {
    if (seen.kind === 'database' || seen.kind === 'schema') containers.push(seen)
  }
  for (const seen of containers.sort((one, other) => one.path.length - other.path.length)) if (isGoneContainer(seen, rules, goneParents)) goneParents.add(seen.asset)
  const keyOf = (path: readonly string[]) => assetId(document.name, pathKey(path))
  for await (const seen of seenBy(catalog, call.pipeline, call.run, dryRun)) {
    const place = placeOf(seen, goneParents, keyOf)
    const entry = places.get(place) ?? { assets: [], before: 0, now: 0 }
    places.set(place, entry)
    const isTable = seen.kind !== 'database' && seen.kind !== 'schema'
    if (isTable) {
      before++
      entry.before++
      if (seen.isSeenNow) entry.now++
    }
    if (seen.isSeenNow) continue
    if (!isLetThrough(seen, rules)) {
      if (!options.markDeletedFromFilterOnly && options.markDeletedTables && isTable && !seen.isShared) unwanted.push(seen)
    } else if (goneParents.has(seen.asset) || goneParents.has(seen.parent)) entry.assets.push(seen)
    else if (isTable && options.markDeletedTables && rules.problemAt(seen.path.slice(0, -1)) === null) entry.assets.push(seen)
  }
  const gone: Gone[] = [...places].filter(([, { assets }]) => assets.length > 0).map(([place, entry]) => ({ place, ...entry, unwanted: false }))
  if (unwanted.length > 0) gone.push({ place: 'what the filter no longer lets through', assets: unwanted, before: unwanted.length, now: 0, unwanted: true })
  return { gone, before }
}

/** Its schema; of a database that is gone, that database. */
function placeOf({ path }: SeenAsset, goneParents: ReadonlySet<string>, keyOf: (path: readonly string[]) => string): string {
  const outer = path.slice(0, 1)
  if (goneParents.has(keyOf(outer))) return outer.join('.')
  return path.slice(0, 2).join('.')
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
    refuse(context, tables, `${tables} of ${before} tables (${percent(tables / before)}) would be marked as deleted, more than ${percent(maxShare)}`)
    return []
  }
  return gone.filter(({ place, assets, before: had, now, unwanted }) => {
    const missing = assets.filter(isTable).length
    // A schema that is gone as a whole was confirmed by the complete list of schemas; the guard of the run covers it.
    if (unwanted || assets.some((asset) => !isTable(asset))) return true
    if (now === 0) refuse(context, missing, `${place} suddenly lists none of its ${had} tables`)
    else if (missing > maxShare * had) refuse(context, missing, `${missing} of ${had} tables of ${place} (${percent(missing / had)}) would be marked as deleted, more than ${percent(maxShare)}`)
    else return true
    return false
  })
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`

function refuse(context: TaskContext, count: number, why: string): void {
  context.count('deletionsRefused', count)
  context.warn(`Nothing is marked there: ${why}. If it is right, \`lodeline pipeline run ${context.pipeline.name} --force-deletions\`.`)
}

/** The source is asked for each before it is marked: a listing may leave out what is there. */
async function confirm(context: TaskContext, { connector, config, document }: BoundConnection, gone: readonly Gone[]): Promise<readonly Gone[]> {
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
