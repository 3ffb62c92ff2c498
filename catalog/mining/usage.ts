import { sql } from 'kysely'
import { among, slices } from '../engine.ts'
import type { Catalog } from '../open.ts'
import { type Tx, transaction } from '../transaction.ts'
import { insertJsonRows } from './json-rows.ts'
import { type Log, staleUsageKey } from './objects.ts'

/** A part that usage does not have yet. */
export interface UncountedPart {
  readonly pipeline: string
  readonly object: string
  readonly etag: string
  readonly from_offset: number
  readonly start_offset: number
  readonly first_day: string
  readonly last_day: string
  /** How many counters it has. */
  readonly rows: number
}

const PART_KEY = ['pipeline', 'object', 'etag', 'from_offset', 'start_offset'] as const

/** What a process reads: asset, mode, and a JSON list of columns. */
export interface ProcessRead {
  readonly process: string
  readonly asset: string
  readonly mode: string
  readonly columns: string | null
}

/** A row of a usage table, as it stands. */
export type StoredUsage = readonly (string | number | null)[]

/** Where counters in the usage tables no longer hold, or were counted with other users left out, all are counted anew. */
export async function beginUsage(catalog: Catalog, log: Log, excludedUsers: readonly string[]): Promise<ExcludedUsers> {
  return await transaction(catalog, async (tx) => {
    const { connection } = log
    const stale = await tx.deleteFrom('meta').where('name', '=', staleUsageKey(connection)).executeTakeFirst()
    const { isOther, excluded } = await countsWithout(tx, log, excludedUsers)
    if (stale.numDeletedRows === 0n && !isOther) return excluded
    await tx.deleteFrom('usage_by_asset').where('connection', '=', connection).execute()
    await tx.deleteFrom('usage_by_process').where('connection', '=', connection).execute()
    await tx.updateTable('mining_parts').set({ counted: 0 }).where('connection', '=', connection).execute()
    return excluded
  })
}

/** Who does not count, by query log: each log is counted as its own pipeline says, whichever pipeline of the connection counts. */
export type ExcludedUsers = Readonly<Record<string, readonly string[]>>

/** Gives whether this log was counted without other users before. */
async function countsWithout(
  tx: Tx,
  { connection, pipeline }: Log,
  excludedUsers: readonly string[],
): Promise<{ readonly isOther: boolean; readonly excluded: ExcludedUsers }> {
  const name = `usage-without/${connection}`
  const row = await tx.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst()
  const told: ExcludedUsers | readonly string[] = row === undefined ? {} : JSON.parse(row.value) // one list for all logs is how it was kept before
  const before: ExcludedUsers = isList(told) ? { [pipeline]: told } : told
  const users = [...new Set(excludedUsers)].sort()
  const excluded = { ...before, [pipeline]: users }
  if (JSON.stringify(before[pipeline] ?? []) === JSON.stringify(users)) return { isOther: false, excluded }
  const value = JSON.stringify(excluded)
  await tx
    .insertInto('meta')
    .values({ name, value })
    .onConflict((on) => on.column('name').doUpdateSet({ value }))
    .execute()
  return { isOther: true, excluded }
}

const isList = (told: ExcludedUsers | readonly string[]): told is readonly string[] => Array.isArray(told)

/** Some parts that usage does not have yet, of objects that are mined to the end: so many at most, and so many counters unless one part has more. */
export async function uncountedParts(
  catalog: Catalog,
  connection: string,
  most: { readonly parts: number; readonly counters: number },
): Promise<readonly UncountedPart[]> {
  const rows = await catalog.db
    .selectFrom('mining_parts as part')
    .innerJoin('mining_objects as object', (join) =>
      join.onRef('object.pipeline', '=', 'part.pipeline').onRef('object.object', '=', 'part.object'),
    )
    .where('part.connection', '=', connection)
    .where('part.counted', '=', 0)
    .where('part.current', '=', 1)
    .where('object.state', '=', 'mined')
    .orderBy('part.pipeline')
    .orderBy('part.object')
    .orderBy('part.from_offset')
    .orderBy('part.start_offset')
    .select([
      'part.pipeline',
      'part.object',
      'part.etag',
      'part.from_offset',
      'part.start_offset',
      'part.first_day',
      'part.last_day',
      'part.rows',
    ])
    .limit(most.parts)
    .execute()
  const parts = rows.map((part) => ({ ...part, rows: Number(part.rows) }))
  let counters = 0
  const beyond = parts.findIndex((part, index) => {
    counters += part.rows
    return index > 0 && counters > most.counters
  })
  return beyond < 0 ? parts : parts.slice(0, beyond)
}

/** Its processes and counters, as the scan wrote them: JSON texts. */
export async function usageOfPart(catalog: Catalog, part: UncountedPart): Promise<{ readonly processes: string; readonly usage: string }> {
  let found = catalog.db.selectFrom('mining_parts').select(['processes', 'usage'])
  for (const column of PART_KEY) found = found.where(column, '=', part[column])
  return await found.executeTakeFirstOrThrow()
}

const PROCESSES_AT_ONCE = 2_000

export async function* readsOf(catalog: Catalog, processes: readonly string[]): AsyncGenerator<readonly ProcessRead[]> {
  for (const some of slices(processes, PROCESSES_AT_ONCE)) {
    yield await catalog.db
      .selectFrom('process_reads')
      .select(['process', 'asset', 'mode', 'columns'])
      .where(among(catalog.db, 'process', some))
      .execute()
  }
}

/** Rows that parts add to. */
export interface UsageRows {
  /** [asset, day, selects, writes, last, users, columns, bytes, cost] */
  readonly assets: readonly string[]
  /** [process, executions, duration, rows, bytes, cost, first, last, users] */
  readonly processes: readonly string[]
}

/** Of the days from one to another, and of records without a day; day by day. */
export async function* storedAssetUsage(
  catalog: Catalog,
  connection: string,
  [from, to]: readonly [string, string],
): AsyncGenerator<readonly StoredUsage[]> {
  const days = await catalog.db
    .selectFrom('usage_by_asset')
    .select('day')
    .distinct()
    .where('connection', '=', connection)
    .where((day) => day.or([day('day', '=', ''), day.and([day('day', '>=', from), day('day', '<=', to)])]))
    .execute()
  for (const { day } of days) {
    const rows = await catalog.db
      .selectFrom('usage_by_asset')
      .selectAll()
      .where('connection', '=', connection)
      .where('day', '=', day)
      .execute()
    yield rows.map((row) => [row.asset, row.day, row.selects, row.writes, row.last_at, row.users, row.columns, row.bytes, row.cost])
  }
}

export async function* storedProcessUsage(catalog: Catalog, processes: readonly string[]): AsyncGenerator<readonly StoredUsage[]> {
  for (const some of slices(processes, PROCESSES_AT_ONCE)) {
    const rows = await catalog.db
      .selectFrom('usage_by_process')
      .selectAll()
      .where(among(catalog.db, 'process', some))
      .execute()
    yield rows.map((row) => [
      row.process,
      row.executions,
      row.duration_ms,
      row.rows_returned,
      row.bytes,
      row.cost,
      row.first_at,
      row.last_at,
      row.users,
    ])
  }
}

/** In `meta`: moved by everything that a count under way must not overlook. */
export function versionKey(connection: string): string {
  return `usage-version/${connection}`
}

/** Read before what is added to: a commit in between makes the next one come again. */
export async function usageVersion(catalog: Catalog, connection: string): Promise<string> {
  await catalog.db
    .insertInto('meta')
    .values({ name: versionKey(connection), value: '0' })
    .onConflict((on) => on.doNothing())
    .execute()
  const row = await catalog.db.selectFrom('meta').select('value').where('name', '=', versionKey(connection)).executeTakeFirstOrThrow()
  return row.value
}

/** The rows replace what they added to, and the parts count as counted, in one transaction. Commits nothing when others were counted since `version`. */
export async function commitUsage(
  catalog: Catalog,
  { connection }: Log,
  version: string,
  parts: readonly UncountedPart[],
  rows: UsageRows,
): Promise<void> {
  await transaction(catalog, async (tx) => {
    const next = { value: String(Number(version) + 1) }
    const moved = await tx
      .updateTable('meta')
      .set(next)
      .where('name', '=', versionKey(connection))
      .where('value', '=', version)
      .executeTakeFirst()
    if (moved.numUpdatedRows !== 1n) return
    await markCounted(tx, parts)
    const text = 'text' as const
    const number = 'double precision' as const
    const update = (columns: readonly string[]) => `do update set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`
    for (const some of rows.assets)
      await insertJsonRows(
        catalog,
        tx,
        {
          table: 'usage_by_asset',
          columns: {
            asset: text,
            day: text,
            selects: 'bigint',
            writes: 'bigint',
            last_at: text,
            users: text,
            columns: text,
            bytes: number,
            cost: number,
          },
          constants: { connection },
          conflict: `on conflict (asset, day) ${update(['selects', 'writes', 'last_at', 'users', 'columns', 'bytes', 'cost'])}`,
        },
        some,
      )
    for (const some of rows.processes)
      await insertJsonRows(
        catalog,
        tx,
        {
          table: 'usage_by_process',
          columns: {
            process: text,
            executions: 'bigint',
            duration_ms: number,
            rows_returned: number,
            bytes: number,
            cost: number,
            first_at: text,
            last_at: text,
            users: text,
          },
          constants: { connection },
          conflict: `on conflict (process) ${update(['executions', 'duration_ms', 'rows_returned', 'bytes', 'cost', 'first_at', 'last_at', 'users'])}`,
        },
        some,
      )
    await sql`update processes set last_run_at = used.last_at from usage_by_process as used
      where used.process = processes.id and processes.connection = ${connection} and used.last_at is not null and coalesce(processes.last_run_at, '') <> used.last_at`.execute(
      tx,
    )
  })
}

async function markCounted(tx: Tx, parts: readonly UncountedPart[]): Promise<void> {
  for (const part of parts) {
    let counted = tx.updateTable('mining_parts').set({ counted: 1 })
    for (const column of PART_KEY) counted = counted.where(column, '=', part[column])
    await counted.execute()
  }
}
