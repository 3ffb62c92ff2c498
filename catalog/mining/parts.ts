import { sql } from 'kysely'
import { LodelineError } from '../../contracts/errors.ts'
import type { Catalog } from '../open.ts'
import { type Tx, transaction } from '../transaction.ts'
import { insertJsonRows } from './json-rows.ts'
import type { Log } from './objects.ts'
import { segmentPosition } from './positions.ts'

/** What one part of a segment brings; lists are JSON texts of rows, see activities/mining/threads/scan-messages.ts. */
export interface Part {
  readonly object: string
  readonly etag: string
  readonly from: number
  readonly start: number
  readonly offset: number
  readonly line: number
  readonly inArray: boolean
  readonly lastSession: string | null
  readonly isLast: boolean
  readonly counts: Counts
  /** [id, fingerprint, sql, database, schema, temps, position, state, kinds, tables] */
  readonly processes: string
  /** {"id":[…],"first":[…]} of all processes of the part */
  readonly members: string
  /** Counters in `usage`. */
  readonly rows: number
  readonly usage: string
  readonly firstDay: string
  readonly lastDay: string
  /** [process, position] */
  readonly occurrences: string
  /** [line, offset, reason, sample] */
  readonly deadLetters: string
  readonly seen: string
  /** [session, hash, start digest, start state, digest, state] */
  readonly sessions: string
}

/** Counters, some by kind. */
export type Counts = Readonly<Record<string, number | Readonly<Record<string, number>>>>

/**
 * Everything a part gave and the checkpoint behind it, in one transaction. The checkpoint moves only from where the part began: an attempt
 * that was overtaken by another commits nothing (CATALOG_CONFLICT).
 */
export async function commitParts(catalog: Catalog, log: Log, dialect: string, parts: readonly Part[]): Promise<void> {
  await transaction(catalog, async (tx) => {
    for (const part of parts) await commitPart(catalog, tx, log, dialect, part)
  })
}

async function commitPart(catalog: Catalog, tx: Tx, log: Log, dialect: string, part: Part): Promise<void> {
  await moveCheckpoint(tx, log, part)
  await insertProcesses(catalog, tx, log, dialect, part)
  const { pipeline, connection } = log
  const place = { pipeline, object: part.object, from_offset: part.from }
  await tx
    .insertInto('mining_parts')
    .values({
      ...place,
      connection,
      etag: part.etag,
      start_offset: part.start,
      current: 1,
      counted: 0,
      first_day: part.firstDay,
      last_day: part.lastDay,
      processes: part.members,
      rows: part.rows,
      usage: part.usage,
      seen: part.seen,
    })
    .execute()
  await insertJsonRows(
    catalog,
    tx,
    {
      table: 'mining_sessions',
      columns: { session: 'text', hash: 'bigint', start_digest: 'text', start_state: 'text', digest: 'text', state: 'text' },
      constants: { ...place, position: segmentPosition(part.object, part.from) },
      conflict: 'on conflict (pipeline, object, from_offset, session) do update set digest = excluded.digest, state = excluded.state',
    },
    part.sessions,
  )
  await insertPlaces(catalog, tx, log, part)
  if (part.isLast) await finishSegment(tx, log, part)
}

async function insertPlaces(catalog: Catalog, tx: Tx, { pipeline }: Log, part: Part): Promise<void> {
  await insertJsonRows(
    catalog,
    tx,
    {
      table: 'process_occurrences',
      columns: { process: 'text', position: 'text' },
      constants: { pipeline, object: part.object, from_offset: part.from },
      conflict: 'on conflict (process, pipeline, object, from_offset) do update set position = excluded.position',
    },
    part.occurrences,
  )
  await insertJsonRows(
    catalog,
    tx,
    {
      table: 'dead_letters',
      columns: { line: 'bigint', at_offset: 'bigint', reason: 'text', sample: 'text' },
      constants: { pipeline, object: part.object },
      conflict: 'on conflict (pipeline, object, at_offset, reason) do nothing',
    },
    part.deadLetters,
  )
}

async function moveCheckpoint(tx: Tx, { pipeline }: Log, part: Part): Promise<void> {
  const segment = tx.selectFrom('mining_segments').select(['at_offset', 'state', 'etag', 'counts', 'line_base'])
  const found = await segment
    .where('pipeline', '=', pipeline)
    .where('object', '=', part.object)
    .where('from_offset', '=', part.from)
    .executeTakeFirst()
  const isOurs = found?.state === 'open' && found.etag === part.etag && found.at_offset === part.start
  const moved = isOurs
    ? await tx
        .updateTable('mining_segments')
        .set({
          at_offset: part.offset,
          line: part.line,
          in_array: part.inArray ? 1 : 0,
          last_session: part.lastSession,
          counts: JSON.stringify(addCounts(JSON.parse(found.counts) as Counts, part.counts)), // what this function wrote
          state: part.isLast ? 'done' : 'open',
        })
        .where('pipeline', '=', pipeline)
        .where('object', '=', part.object)
        .where('from_offset', '=', part.from)
        .where('at_offset', '=', part.start)
        .where('state', '=', 'open')
        .where('etag', '=', part.etag)
        .executeTakeFirst()
    : null
  if (moved?.numUpdatedRows === 1n) return
  throw new LodelineError('CATALOG_CONFLICT', `another attempt is ahead in ${part.object}`, { object: part.object, offset: part.start })
}

/** The earliest occurrence gives a process its text; where that is another text, it is resolved again. */
async function insertProcesses(catalog: Catalog, tx: Tx, { connection }: Log, dialect: string, part: Part): Promise<void> {
  const order = catalog.engine === 'postgres' ? ' collate "C"' : ''
  await insertJsonRows(
    catalog,
    tx,
    {
      table: 'processes',
      columns: {
        id: 'text',
        fingerprint: 'text',
        sql: 'text',
        default_database: 'text',
        default_schema: 'text',
        temps: 'text',
        position: 'text',
        state: 'text',
        statement_kinds: 'text',
        tables: 'text',
      },
      constants: { connection, kind: 'statement', dialect, revision: 0 },
      conflict: `on conflict (id) do update set
        state = case when excluded.sql not in ('', processes.sql) and processes.state <> 'noise' then 'new' else processes.state end,
        sql = case when excluded.sql = '' then processes.sql else excluded.sql end, position = excluded.position
        where excluded.position${order} < processes.position${order}`,
    },
    part.processes,
  )
}

async function finishSegment(tx: Tx, { pipeline }: Log, part: Part): Promise<void> {
  const open = sql<boolean>`not exists (select 1 from mining_segments where pipeline = ${pipeline} and object = ${part.object} and state = 'open')`
  await tx
    .updateTable('mining_objects')
    .set({ state: 'mined' })
    .where('pipeline', '=', pipeline)
    .where('object', '=', part.object)
    .where(open)
    .execute()
}

export function addCounts(one: Counts, other: Counts): Counts {
  const sum: Record<string, number | Readonly<Record<string, number>>> = { ...one }
  for (const [name, value] of Object.entries(other)) {
    const known = sum[name]
    if (typeof value === 'number') sum[name] = (typeof known === 'number' ? known : 0) + value
    else sum[name] = addCounts(typeof known === 'object' ? known : {}, value) as Readonly<Record<string, number>> // numbers on both sides
  }
  return sum
}
