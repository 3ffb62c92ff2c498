import { type Selectable, sql } from 'kysely'
import type { AssetKind } from '../contracts/assets.ts'
import { type AssetHead, assetsById } from './assets.ts'
import { among, slices } from './engine.ts'
import type { UsageByAssetTable } from './mining/tables.ts'
import type { Db } from './transaction.ts'

/** Who read which asset, column and query when; the miner writes it. */

/** Popularity of the last so many days that the log tells of. Databricks' and BigQuery's own windows are as long. */
export const WINDOW_DAYS = 30
/** Added to the reads before the logarithm, so that a single read counts. */
const SMOOTHING = 1
const DAY_MS = 86_400_000
const ROWS_A_PAGE = 5_000
const IDS_A_QUERY = 1_000

/** UTC days, both inclusive. */
export interface Days {
  readonly from: string
  readonly to: string
}

/** Distinct users times the natural logarithm of the reads: a table that one job reads all day is not popular. */
export function popularity(users: number, reads: number): number {
  // A source that names nobody (Athena) still tells of one reader at least.
  return Math.max(users, reads > 0 ? 1 : 0) * Math.log(SMOOTHING + reads)
}

export interface AssetPopularity {
  readonly asset: AssetHead
  /** By SELECTs. */
  readonly reads: number
  readonly users: number
  /** Reads by statements that write; they don't make popularity. */
  readonly writeReads: number
  readonly lastReadAt: string | null
  readonly bytes: number
  readonly cost: number
  readonly score: number
  /** 1 (least) to 4 (most popular): its quartile among the read assets of its kind and connection. */
  readonly bars: 1 | 2 | 3 | 4
}

/** What assets are put in order by, the most first. */
export type AssetOrder = 'popularity' | 'reads' | 'bytes' | 'cost'

export interface PopularityQuery {
  readonly connection?: string
  readonly kinds?: readonly AssetKind[]
  readonly by?: AssetOrder
  /** By default the last 30 days with usage, of each connection. */
  readonly days?: Days
  readonly limit?: number
}

interface Sum {
  readonly asset: string
  reads: number
  writeReads: number
  lastReadAt: string | null
  bytes: number
  cost: number
  readonly users: Set<string>
}

/** The most popular assets first; reads, then paths decide between equal ones. */
export async function topAssets(
  db: Db,
  { connection, kinds, by = 'popularity', days, limit = 20 }: PopularityQuery = {},
): Promise<readonly AssetPopularity[]> {
  const sums = new Map<string, Sum>()
  for (const each of connection === undefined ? await connectionsWithUsage(db) : [connection]) {
    for await (const row of usageRows(db, each, days ?? (await lastDays(db, each)))) add(sums, row)
  }
  const heads = await assetsById(db, sums.keys())
  const scored = [...sums.values()].flatMap((sum) => {
    const asset = heads.get(sum.asset)
    if (asset === undefined || (kinds !== undefined && !kinds.includes(asset.kind))) return []
    const { reads, writeReads, lastReadAt, bytes, cost, users } = sum
    return [{ asset, reads, users: users.size, writeReads, lastReadAt, bytes, cost, score: popularity(users.size, reads) }]
  })
  const found = withBars(scored).sort(mostPopularFirst)
  return (by === 'popularity' ? found : found.sort((one, other) => other[by] - one[by])).slice(0, limit)
}

function add(sums: Map<string, Sum>, row: Selectable<UsageByAssetTable>): void {
  const sum = sums.get(row.asset) ?? {
    asset: row.asset,
    reads: 0,
    writeReads: 0,
    lastReadAt: null,
    bytes: 0,
    cost: 0,
    users: new Set<string>(),
  }
  sums.set(row.asset, sum)
  sum.reads += row.selects
  sum.writeReads += row.writes
  sum.bytes += row.bytes
  sum.cost += row.cost
  if (row.last_at !== null && (sum.lastReadAt === null || row.last_at > sum.lastReadAt)) sum.lastReadAt = row.last_at
  for (const [user, [selects]] of Object.entries(usersOf(row))) if (selects > 0) sum.users.add(user)
}

function withBars(scored: readonly Omit<AssetPopularity, 'bars'>[]): AssetPopularity[] {
  const groups = new Map<string, number[]>()
  const groupOf = ({ asset }: Pick<AssetPopularity, 'asset'>) => `${asset.connection} ${asset.kind}`
  for (const each of scored) if (each.reads > 0) groups.set(groupOf(each), [...(groups.get(groupOf(each)) ?? []), each.score])
  for (const scores of groups.values()) scores.sort((one, other) => one - other)
  return scored.map((each) => ({ ...each, bars: quartile(groups.get(groupOf(each)) ?? [], each.score) }))
}

/** Quarter of the sorted scores that a score is in, equal scores in the same one: the upper. */
function quartile(sorted: readonly number[], score: number): 1 | 2 | 3 | 4 {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= score) low = middle + 1
    else high = middle
  }
  const quarter = sorted.length === 0 ? 1 : Math.ceil((4 * low) / sorted.length)
  return quarter >= 4 ? 4 : quarter === 3 ? 3 : quarter === 2 ? 2 : 1
}

function mostPopularFirst(one: AssetPopularity, other: AssetPopularity): number {
  if (one.score !== other.score) return other.score - one.score
  if (one.reads !== other.reads) return other.reads - one.reads
  return one.asset.key < other.asset.key ? -1 : one.asset.key > other.asset.key ? 1 : 0
}

async function connectionsWithUsage(db: Db): Promise<readonly string[]> {
  const rows = await db.selectFrom('usage_by_asset').select('connection').distinct().orderBy('connection').execute()
  return rows.map(({ connection }) => connection)
}

/**
 * The window up to the newest day with usage, so that an old log has its popularity too; usage without a day counts always. A record whose
 * clock was years ahead does not move it, unless all are ahead of ours.
 */
async function lastDays(db: Db, connection: string): Promise<Days> {
  const tomorrow = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10)
  const row = await db
    .selectFrom('usage_by_asset')
    .select((of) => [of.fn.max('day').as('last'), sql<string | null>`max(case when day <= ${tomorrow} then day end)`.as('past')])
    .where('connection', '=', connection)
    .executeTakeFirst()
  const to = row?.past || (row?.last ?? '')
  if (to === '') return { from: '', to: '' }
  return { from: new Date(Date.parse(to) - (WINDOW_DAYS - 1) * DAY_MS).toISOString().slice(0, 10), to }
}

/** A page at a time; rows without a day are of every window. */
async function* usageRows(db: Db, connection: string, days?: Days): AsyncGenerator<Selectable<UsageByAssetTable>> {
  for (let after = { asset: '', day: '' }; ; ) {
    const page = await db
      .selectFrom('usage_by_asset')
      .selectAll()
      .where('connection', '=', connection)
      .where(({ eb, refTuple, tuple }) => eb(refTuple('asset', 'day'), '>', tuple(after.asset, after.day)))
      .$if(days !== undefined, (query) =>
        query.where((where) =>
          where.or([where('day', '=', ''), where.and([where('day', '>=', days?.from ?? ''), where('day', '<=', days?.to ?? '')])]),
        ),
      )
      .orderBy('asset')
      .orderBy('day')
      .limit(ROWS_A_PAGE)
      .execute()
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < ROWS_A_PAGE) return
    after = last
  }
}

const usersOf = (row: Pick<UsageByAssetTable, 'users'>): Readonly<Record<string, readonly [number, number]>> => JSON.parse(row.users)
const columnsOf = (row: Pick<UsageByAssetTable, 'columns'>): Readonly<Record<string, number>> => JSON.parse(row.columns)

export interface UserReads {
  readonly user: string
  readonly reads: number
  readonly writeReads: number
}

export interface DayUsage {
  readonly day: string
  readonly reads: number
  readonly writeReads: number
  readonly bytes: number
  readonly cost: number
}

export interface AssetUsage {
  readonly reads: number
  readonly writeReads: number
  readonly users: readonly UserReads[]
  readonly days: readonly DayUsage[]
  /** Scanned and paid by the SELECTs that read it, each whole. */
  readonly bytes: number
  readonly cost: number
  readonly columns: readonly { readonly column: string; readonly reads: number; readonly users: number; readonly score: number }[]
  readonly lastReadAt: string | null
  /** SELECTs that read it, the most executed first. */
  readonly queries: readonly ProcessUsage[]
}

export interface ProcessUsage {
  readonly process: string
  readonly connection: string
  readonly sql: string
  readonly executions: number
  readonly users: number
  readonly averageMs: number
  readonly bytes: number
  readonly cost: number
  readonly lastAt: string | null
}

const TOP_QUERIES = 5

/** All that is known of the use of one asset, over all days. */
export async function assetUsage(db: Db, asset: string): Promise<AssetUsage> {
  const rows = await db.selectFrom('usage_by_asset').selectAll().where('asset', '=', asset).orderBy('day').execute()
  const sums = new Map<string, Sum>()
  const users = new Map<string, { reads: number; writeReads: number }>()
  const columns = new Map<string, number>()
  for (const row of rows) {
    add(sums, row)
    for (const [user, [selects, writes]] of Object.entries(usersOf(row))) {
      const known = users.get(user) ?? { reads: 0, writeReads: 0 }
      users.set(user, { reads: known.reads + selects, writeReads: known.writeReads + writes })
    }
    for (const [column, reads] of Object.entries(columnsOf(row))) columns.set(column, (columns.get(column) ?? 0) + reads)
  }
  const sum = sums.get(asset)
  const readers = await columnReaders(db, asset)
  const usersOfColumn = (column: string) => readers.get(column)?.size ?? 0
  return {
    reads: sum?.reads ?? 0,
    writeReads: sum?.writeReads ?? 0,
    lastReadAt: sum?.lastReadAt ?? null,
    users: [...users]
      .map(([user, counts]) => ({ user, ...counts }))
      .sort((one, other) => other.reads - one.reads || (one.user < other.user ? -1 : 1)),
    days: rows.map(({ day, selects, writes, bytes, cost }) => ({ day, reads: selects, writeReads: writes, bytes, cost })),
    bytes: rows.reduce((total, { bytes }) => total + bytes, 0),
    cost: rows.reduce((total, { cost }) => total + cost, 0),
    columns: [...columns]
      .map(([column, reads]) => ({ column, reads, users: usersOfColumn(column), score: popularity(usersOfColumn(column), reads) }))
      .sort((one, other) => other.score - one.score || (one.column < other.column ? -1 : 1)),
    queries: await topQueries(db, { asset, limit: TOP_QUERIES }),
  }
}

/** The users of each column: those of the SELECTs that read it, over all days. */
async function columnReaders(db: Db, asset: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await db
    .selectFrom('process_reads')
    .innerJoin('usage_by_process as usage', 'usage.process', 'process_reads.process')
    .select(['process_reads.columns', 'usage.users'])
    .where('process_reads.asset', '=', asset)
    .where('process_reads.mode', '=', 'select')
    .execute()
  const readers = new Map<string, Set<string>>()
  for (const { columns, users } of rows) {
    const names = Object.keys(JSON.parse(users))
    for (const column of JSON.parse(columns ?? '[]') as string[]) {
      const known = readers.get(column) ?? new Set<string>()
      readers.set(column, known)
      for (const name of names) known.add(name)
    }
  }
  return readers
}

export interface QueryOrder {
  readonly connection?: string
  /** Only those that read this asset. */
  readonly asset?: string
  /** Executions (popular), average duration (slow), bytes scanned or cost (expensive). */
  readonly by?: 'executions' | 'duration' | 'bytes' | 'cost'
  readonly limit?: number
}

/** SELECTs alone: what writes is a job, not a reader. */
export async function topQueries(
  db: Db,
  { connection, asset, by = 'executions', limit = TOP_QUERIES }: QueryOrder = {},
): Promise<readonly ProcessUsage[]> {
  const rows = await db
    .selectFrom('usage_by_process as usage')
    .innerJoin('processes', 'processes.id', 'usage.process')
    .select([
      'usage.process',
      'usage.connection',
      'processes.sql',
      'usage.executions',
      'usage.duration_ms',
      'usage.bytes',
      'usage.cost',
      'usage.users',
      'usage.last_at',
    ])
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('process_writes').select('asset').whereRef('process_writes.process', '=', 'usage.process'))),
    )
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('process_reads')
          .select('process_reads.asset')
          .whereRef('process_reads.process', '=', 'usage.process')
          .$if(asset !== undefined, (query) => query.where('process_reads.asset', '=', asset ?? '')),
      ),
    )
    .$if(connection !== undefined, (query) => query.where('usage.connection', '=', connection ?? ''))
    .where('usage.executions', '>', 0) // none where only users who do not count executed it
    .orderBy((of) => (by === 'duration' ? of('usage.duration_ms', '/', of.ref('usage.executions')) : of.ref(`usage.${by}`)), 'desc')
    .orderBy('usage.process')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    process: row.process,
    connection: row.connection,
    sql: row.sql,
    executions: row.executions,
    users: Object.keys(JSON.parse(row.users)).length,
    averageMs: row.executions === 0 ? 0 : row.duration_ms / row.executions,
    bytes: row.bytes,
    cost: row.cost,
    lastAt: row.last_at,
  }))
}

/** Reads of one asset by one user on one day; `user` is '' for those of whom the log does not say who read. */
export interface ExportedUsage {
  readonly connection: string
  readonly asset: readonly string[]
  readonly day: string
  readonly user: string
  readonly reads: number
  readonly writeReads: number
}

export async function* exportUsage(db: Db, connection?: string): AsyncGenerator<ExportedUsage> {
  for (const each of connection === undefined ? await connectionsWithUsage(db) : [connection]) {
    let page: Selectable<UsageByAssetTable>[] = []
    for await (const row of usageRows(db, each)) {
      page.push(row)
      if (page.length < IDS_A_QUERY) continue
      yield* exportedUsage(db, page)
      page = []
    }
    yield* exportedUsage(db, page)
  }
}

async function* exportedUsage(db: Db, rows: readonly Selectable<UsageByAssetTable>[]): AsyncGenerator<ExportedUsage> {
  const heads = await assetsById(
    db,
    rows.map(({ asset }) => asset),
  )
  for (const row of rows) {
    const { connection, day } = row
    const asset = heads.get(row.asset)?.path ?? []
    const rest = { reads: row.selects, writeReads: row.writes }
    for (const [user, [reads, writeReads]] of Object.entries(usersOf(row)).sort(([one], [other]) => (one < other ? -1 : 1))) {
      rest.reads -= reads
      rest.writeReads -= writeReads
      yield { connection, asset, day, user, reads, writeReads }
    }
    if (rest.reads > 0 || rest.writeReads > 0) yield { connection, asset, day, user: '', ...rest }
  }
}

/** Reads over all days of some assets, for lists and graphs that show them beside names. */
export async function readsOf(db: Db, assets: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const reads = new Map<string, number>()
  for (const some of slices(assets, IDS_A_QUERY)) {
    const rows = await db
      .selectFrom('usage_by_asset')
      .select((of) => ['asset', of.fn.sum<number>('selects').as('reads')])
      .where(among(db, 'asset', some))
      .groupBy('asset')
      .execute()
    for (const row of rows) reads.set(row.asset, Number(row.reads))
  }
  return reads
}
