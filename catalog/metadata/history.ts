import { gunzipSync, gzipSync } from 'node:zlib'
import { HISTORY } from '../../contracts/metadata-options.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'
import type { QueryRecord } from '../../contracts/query-record.ts'
import { bulkUpsert } from '../bulk.ts'
import { among } from '../engine.ts'
import { idOf } from '../hash.ts'
import type { Catalog } from '../open.ts'
import { type Tx, transaction } from '../transaction.ts'

/** Query histories that were read from their source: kept as objects that the miner reads like those of any other query log. */

/** The one log of a connection, whichever pipelines read it: so an execution counts once. */
export function historyLogName(connection: string): string {
  return `${HISTORY_OF}${connection}`
}

export function connectionOfHistory(log: string): string {
  return log.slice(HISTORY_OF.length)
}

const HISTORY_OF = 'history:'

/** The log that a pipeline mines: one of its own, or its connection's history. Also of a pipeline that was removed. */
export async function logOfPipeline({ db }: Pick<Catalog, 'db'>, name: string): Promise<string> {
  const row = await db.selectFrom('pipelines').select('document').where('name', '=', name).executeTakeFirst()
  if (row === undefined) return name
  const { type, connection, options } = JSON.parse(row.document) as Pipeline // written by putPipeline
  const queryLog = (options as { readonly queryLog?: { readonly kind?: unknown } }).queryLog // contracts/metadata-options.ts
  const isHistory = READS_HISTORY.has(type) && (queryLog?.kind ?? HISTORY) === HISTORY // query mining names its log always
  return isHistory && connection !== undefined ? historyLogName(connection) : name
}

/** Pipelines whose query log is the connection's own unless they name another. */
const READS_HISTORY: ReadonlySet<string> = new Set(['usageIngestion', 'lineageIngestion', 's3QueryMining'])

export interface HistoryEntry extends QueryRecord {
  readonly id: string
  readonly isOpen: boolean
  readonly isFailed: boolean
}

export interface HistoryWrites {
  readonly written: number
  readonly known: number
  readonly open: number
}

const MOST_OPEN = 10_000

/** Writes entries that were not read before as one object, in the order of their times; those still running are only remembered. */
export async function putHistory(
  catalog: Catalog,
  log: string,
  run: string,
  entries: readonly HistoryEntry[],
  now: number,
): Promise<HistoryWrites> {
  return await transaction(catalog, async (tx) => {
    const known = await knownExecutions(tx, log, entries)
    const fresh = new Map(entries.filter(({ id, isOpen }) => !isOpen && known.get(id) !== 0).map((entry) => [entry.id, entry]))
    const open = new Set(entries.filter(({ id, isOpen }) => isOpen && known.get(id) !== 0).map(({ id }) => id))
    const list = [...fresh.values()].sort((one, other) => (one.startTime ?? now) - (other.startTime ?? now) || (one.id < other.id ? -1 : 1))
    await putObject(tx, log, run, list, now)
    const running = entries.filter(({ id }) => open.has(id) && !fresh.has(id))
    const rows = [...running.map((entry) => [log, entry.id, 1, dayOf(entry)]), ...list.map((entry) => [log, entry.id, 0, dayOf(entry)])]
    await bulkUpsert(
      catalog,
      tx,
      { table: 'history_executions', columns: ['log', 'id', 'open', 'day'], conflict: ['log', 'id'], replace: ['open', 'day'] },
      rows,
    )
    await addGroups(catalog, tx, log, list)
    return { written: list.length, known: entries.length - list.length - open.size, open: open.size }
  })
}

const dayOf = ({ startTime }: QueryRecord): string | null => (startTime == null ? null : new Date(startTime).toISOString().slice(0, 10))

/** Forgets executions of before a day, and the objects of them that are mined. Their usage and lineage stay. Gives how many. */
export async function forgetHistory(catalog: Catalog, log: string, before: string, today: string): Promise<number> {
  return await transaction(catalog, async (tx) => {
    // Of those without a time it is not known; they age from now on.
    await tx.updateTable('history_executions').set({ day: today }).where('log', '=', log).where('day', 'is', null).execute()
    const gone = await tx.deleteFrom('history_executions').where('log', '=', log).where('day', '<', before).executeTakeFirst()
    await tx
      .deleteFrom('history_objects')
      .where('log', '=', log)
      .where('object', '<', before)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('mining_objects')
            .select('mining_objects.object')
            .where('mining_objects.pipeline', '=', log)
            .where('mining_objects.state', '=', 'mined')
            .whereRef('mining_objects.object', '=', 'history_objects.object'),
        ),
      )
      .execute()
    return Number(gone.numDeletedRows)
  })
}

async function knownExecutions(tx: Tx, log: string, entries: readonly HistoryEntry[]): Promise<ReadonlyMap<string, number>> {
  const ids = entries.map(({ id }) => id)
  const rows = await tx
    .selectFrom('history_executions')
    .select(['id', 'open'])
    .where('log', '=', log)
    .where(among(tx, 'id', ids))
    .execute()
  return new Map(rows.map(({ id, open }) => [id, open]))
}

/** Its name begins with the time of its first entry: the miner goes by the order of names. An entry without a time counts as one of now. */
async function putObject(tx: Tx, log: string, run: string, entries: readonly HistoryEntry[], now: number): Promise<void> {
  const [first] = entries
  if (first === undefined) return
  const text = entries.map(({ isOpen: _, isFailed: __, ...record }) => JSON.stringify(record)).join('\n')
  const etag = idOf(text)
  const object = `${new Date(first.startTime ?? now).toISOString()}/${etag.slice(0, 12)}.ndjson`
  const bytes = Buffer.from(`${text}\n`)
  const row = { log, object, etag, bytes: bytes.length, entries: entries.length, run, body: gzipSync(bytes).toString('base64') }
  await tx
    .insertInto('history_objects')
    .values(row)
    .onConflict((on) => on.doNothing())
    .execute()
}

async function addGroups(catalog: Catalog, tx: Tx, log: string, entries: readonly HistoryEntry[]): Promise<void> {
  const sums = new Map<string, [string, string, string, number, number, number, number]>()
  for (const entry of entries) {
    const { group, isFailed, bytes, cost } = entry
    const day = dayOf(entry) ?? ''
    const sum = sums.get(`${day} ${group ?? ''}`) ?? [log, day, group ?? '', 0, 0, 0, 0]
    sums.set(`${day} ${group ?? ''}`, sum)
    sum[3] += 1
    sum[4] += isFailed ? 1 : 0
    sum[5] += bytes ?? 0
    sum[6] += cost ?? 0
  }
  const add = ['executions', 'failed', 'bytes', 'cost'] as const
  await bulkUpsert(
    catalog,
    tx,
    { table: 'history_groups', columns: ['log', 'day', 'name', ...add], conflict: ['log', 'day', 'name'], add },
    [...sums.values()],
  )
}

/** Executions that a run wrote, in all its attempts. */
export async function entriesOfRun({ db }: Catalog, log: string, run: string): Promise<number> {
  const row = await db
    .selectFrom('history_objects')
    .select((of) => of.fn.sum<number>('entries').as('entries'))
    .where('log', '=', log)
    .where('run', '=', run)
    .executeTakeFirstOrThrow()
  return Number(row.entries ?? 0)
}

/** Executions that were still running when they were read. */
export async function openExecutions({ db }: Catalog, log: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('history_executions')
    .select('id')
    .where('log', '=', log)
    .where('open', '=', 1)
    .orderBy('id')
    .limit(MOST_OPEN)
    .execute()
  return rows.map(({ id }) => id)
}

/** Up to when the log was read without a gap; null before the first time. */
export async function coveredTo({ db }: Catalog, log: string): Promise<string | null> {
  const row = await db.selectFrom('history_progress').select('covered_to').where('log', '=', log).executeTakeFirst()
  return row?.covered_to ?? null
}

export async function setCovered({ db }: Catalog, log: string, to: string): Promise<void> {
  await db
    .insertInto('history_progress')
    .values({ log, covered_to: to })
    .onConflict((on) => on.column('log').doUpdateSet({ covered_to: to }).where('history_progress.covered_to', '<', to))
    .execute()
}

export interface HistoryObject {
  readonly key: string
  readonly etag: string
  readonly bytes: number
}

export async function historyObjects({ db }: Catalog, log: string): Promise<readonly HistoryObject[]> {
  return await db
    .selectFrom('history_objects')
    .select(['object as key', 'etag', 'bytes'])
    .where('log', '=', log)
    .orderBy('object')
    .execute()
}

/** Null when it is not there. */
export async function historyObject({ db }: Catalog, log: string, key: string): Promise<Buffer | null> {
  const row = await db.selectFrom('history_objects').select('body').where('log', '=', log).where('object', '=', key).executeTakeFirst()
  return row === undefined ? null : gunzipSync(Buffer.from(row.body, 'base64'))
}
