import { sql } from 'kysely'
import { removeSchemas } from '../asset-schemas.ts'
import { among, slices } from '../engine.ts'
import type { Catalog } from '../open.ts'
import { type Tx, transaction } from '../transaction.ts'
import { type Log, markStaleUsage } from './objects.ts'
import { positionOf } from './positions.ts'
import { notEmpty } from './sessions.ts'

/** A segment as it is checked: what its sessions were taken to be at its start. */
export interface SettledSegment {
  readonly object: string
  readonly from_offset: number
  readonly position: string
  readonly state: 'open' | 'done'
  readonly last_session: string | null
}

/** All segments from the first one on that is not settled. */
export async function segmentsToSettle(catalog: Catalog, pipeline: string): Promise<readonly SettledSegment[]> {
  const first = await catalog.db
    .selectFrom('mining_segments')
    .select(sql<string | null>`min(position)`.as('position'))
    .where('pipeline', '=', pipeline)
    .where('settled', '=', 0)
    .executeTakeFirst()
  if (first?.position == null) return []
  return await catalog.db
    .selectFrom('mining_segments')
    .select(['object', 'from_offset', 'position', 'state', 'last_session'])
    .where('pipeline', '=', pipeline)
    .where('position', '>=', first.position)
    .orderBy('position')
    .execute()
}

export interface SegmentSessions {
  /** Hashes, in the order of their first records. */
  readonly seen: readonly number[]
  /** By hash; a session that is not in it began and ended empty. */
  readonly told: ReadonlyMap<number, { readonly start: string; readonly end: string }>
}

export async function sessionsInSegment(
  catalog: Catalog,
  pipeline: string,
  { object, from_offset }: SettledSegment,
): Promise<SegmentSessions> {
  const parts = await catalog.db
    .selectFrom('mining_parts')
    .select('seen')
    .where('pipeline', '=', pipeline)
    .where('object', '=', object)
    .where('from_offset', '=', from_offset)
    .where('current', '=', 1)
    .orderBy('start_offset')
    .execute()
  const rows = await catalog.db
    .selectFrom('mining_sessions')
    .select(['hash', 'start_digest', 'digest'])
    .where('pipeline', '=', pipeline)
    .where('object', '=', object)
    .where('from_offset', '=', from_offset)
    .execute()
  return {
    seen: parts.flatMap(({ seen }) => JSON.parse(seen) as number[]), // written by the scan
    told: new Map(rows.map(({ hash, start_digest, digest }) => [hash, { start: start_digest, end: digest }])),
  }
}

const ROWS_A_PAGE = 20_000

/** Digest of the newest state of every session before a position, where it is not empty; by hash. */
export async function statesBefore(catalog: Catalog, pipeline: string, position: string): Promise<Map<number, string>> {
  const states = new Map<number, string>()
  let after = { position: '', session: '' }
  for (;;) {
    const rows = await catalog.db
      .selectFrom('mining_sessions')
      .select(['hash', 'digest', 'position', 'session'])
      .where('pipeline', '=', pipeline)
      .where('position', '<', position)
      .where(sql<boolean>`(position, session) > (${after.position}, ${after.session})`)
      .orderBy('position')
      .orderBy('session')
      .limit(ROWS_A_PAGE)
      .execute()
    for (const { hash, digest } of rows)
      if (digest === '') states.delete(hash)
      else states.set(hash, digest)
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS_A_PAGE) return states
    after = last
  }
}

/** The states, not empty, that these sessions (by hash) have before a position. */
export async function startStates(
  catalog: Catalog,
  pipeline: string,
  position: string,
  hashes: readonly number[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string | null>()
  for (const some of slices(hashes, 2_000)) {
    const rows = await catalog.db
      .selectFrom('mining_sessions')
      .select(['session', 'state'])
      .where('pipeline', '=', pipeline)
      .where('hash', 'in', some)
      .where('position', '<', position)
      .orderBy('position')
      .execute()
    for (const { session, state } of rows) found.set(session, state)
  }
  return notEmpty(found)
}

/** Takes back what a segment gave, so that it can be scanned again. */
export async function withdrawSegment(catalog: Catalog, log: Log, { object, from_offset }: SettledSegment): Promise<void> {
  const { pipeline } = log
  await transaction(catalog, async (tx) => {
    await markStaleUsage(tx, log, object)
    await withdrawProcesses(catalog, tx, log, object, from_offset)
    const next = await tx
      .selectFrom('mining_segments')
      .select(sql<number | null>`min(from_offset)`.as('offset'))
      .where('pipeline', '=', pipeline)
      .where('object', '=', object)
      .where('from_offset', '>', from_offset)
      .executeTakeFirst()
    const until = next?.offset ?? Number.MAX_SAFE_INTEGER
    const after = sql<boolean>`at_offset > ${from_offset === 0 ? -1 : from_offset} and at_offset <= ${until}`
    await tx.deleteFrom('dead_letters').where('pipeline', '=', pipeline).where('object', '=', object).where(after).execute()
    for (const table of ['mining_sessions', 'process_occurrences'] as const) {
      await tx
        .deleteFrom(table)
        .where('pipeline', '=', pipeline)
        .where('object', '=', object)
        .where('from_offset', '=', from_offset)
        .execute()
    }
    await tx
      .deleteFrom('mining_parts')
      .where('pipeline', '=', pipeline)
      .where('object', '=', object)
      .where('from_offset', '=', from_offset)
      .where('current', '=', 1)
      .execute()
    const begun = {
      at_offset: from_offset,
      line: 0,
      line_base: 0,
      in_array: 0 as const,
      last_session: null,
      state: 'open' as const,
      settled: 0 as const,
      counts: '{}',
    }
    await tx
      .updateTable('mining_segments')
      .set(begun)
      .where('pipeline', '=', pipeline)
      .where('object', '=', object)
      .where('from_offset', '=', from_offset)
      .execute()
    await tx.updateTable('mining_objects').set({ state: 'open' }).where('pipeline', '=', pipeline).where('object', '=', object).execute()
  })
}

async function withdrawProcesses(catalog: Catalog, tx: Tx, { pipeline, connection }: Log, object: string, from: number): Promise<void> {
  const each =
    catalog.engine === 'sqlite'
      ? sql`json_each(part.processes, '$.id') as one`
      : sql`json_array_elements_text(cast(part.processes as json) -> 'id') as one(value)`
  await sql`insert into withdrawn_processes (connection, process) select distinct ${connection}, one.value from mining_parts as part cross join ${each}
    where part.pipeline = ${pipeline} and part.object = ${object} and part.from_offset = ${from} and part.current = 1 on conflict do nothing`.execute(
    tx,
  )
}

/**
 * Processes that only a wrong guess made go; the others get the place where they are first found now. Reads the processes of all parts,
 * so it is done only after a segment was scanned again.
 */
export async function removeWithdrawn(catalog: Catalog, { connection }: Log): Promise<number> {
  const rows = await catalog.db.selectFrom('withdrawn_processes').select('process').where('connection', '=', connection).execute()
  if (rows.length === 0) return 0
  const places = new Map<string, string | null>(rows.map(({ process }) => [process, null]))
  for await (const part of partsOf(catalog, connection)) {
    const { id, first } = JSON.parse(part.processes) as { id: string[]; first: number[] } // written by the scan
    for (const [index, process] of id.entries()) {
      const known = places.get(process)
      if (known === undefined) continue
      const place = positionOf(part.pipeline, part.object, first[index] ?? 0)
      if (known === null || Buffer.compare(Buffer.from(place), Buffer.from(known)) < 0) places.set(process, place)
    }
  }
  const gone = [...places].filter(([, place]) => place === null).map(([process]) => process)
  await transaction(catalog, async (tx) => {
    await removeProcesses(catalog, tx, connection, gone)
    for (const [process, place] of places) {
      if (place !== null)
        await tx.updateTable('processes').set({ position: place }).where('id', '=', process).where('position', '<>', place).execute()
    }
    await tx.deleteFrom('withdrawn_processes').where('connection', '=', connection).execute()
  })
  return gone.length
}

async function* partsOf(catalog: Catalog, connection: string) {
  const keys = await catalog.db
    .selectFrom('mining_parts')
    .select(['pipeline', 'object', 'etag', 'from_offset', 'start_offset'])
    .where('connection', '=', connection)
    .execute()
  for (const { pipeline, object, etag, from_offset, start_offset } of keys) {
    const part = await catalog.db
      .selectFrom('mining_parts')
      .select(['pipeline', 'object', 'processes'])
      .where('pipeline', '=', pipeline)
      .where('object', '=', object)
      .where('etag', '=', etag)
      .where('from_offset', '=', from_offset)
      .where('start_offset', '=', start_offset)
      .executeTakeFirst()
    if (part !== undefined) yield part
  }
}

export async function removeProcesses(_catalog: Catalog, tx: Tx, connection: string, processes: readonly string[]): Promise<void> {
  const touched = new Set<string>()
  for (const some of slices(processes, 1_000)) {
    for (const table of [
      'process_edges',
      'process_reads',
      'process_joins',
      'process_writes',
      'process_needs',
      'process_occurrences',
      'asset_events',
      'usage_by_process',
    ] as const) {
      await tx
        .deleteFrom(table)
        .where(among(tx, 'process', some))
        .execute()
    }
    await tx
      .deleteFrom('processes')
      .where(among(tx, 'id', some))
      .execute()
    for (const rank of ['ddl', 'implied'] as const) for (const asset of await removeSchemas(tx, rank, some)) touched.add(asset)
  }
  for (const asset of touched)
    await tx
      .insertInto('schema_changes')
      .values({ connection, asset })
      .onConflict((on) => on.doNothing())
      .execute()
}

/** The segments begin as those before them ended; and an object's dead letters get their lines in the object. */
export async function markSettled(catalog: Catalog, pipeline: string, from: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    await tx
      .updateTable('mining_segments')
      .set({ settled: 1 })
      .where('pipeline', '=', pipeline)
      .where('position', '>=', from)
      .where('state', '=', 'done')
      .execute()
    await countLines(tx, pipeline)
  })
}

async function countLines(tx: Tx, pipeline: string): Promise<void> {
  const segments = await tx
    .selectFrom('mining_segments as segment')
    .select(['object', 'from_offset', 'to_offset', 'line', 'line_base'])
    .where('pipeline', '=', pipeline)
    .where(
      sql<boolean>`exists (select 1 from mining_segments as other where other.pipeline = segment.pipeline and other.object = segment.object and other.from_offset > 0)`,
    )
    .orderBy('position')
    .execute()
  let lines = 0
  let object: string | null = null
  for (const segment of segments) {
    if (segment.object !== object) lines = 0
    object = segment.object
    if (lines !== segment.line_base) await moveLines(tx, pipeline, segment, lines)
    lines += segment.line
  }
}

async function moveLines(
  tx: Tx,
  pipeline: string,
  segment: { object: string; from_offset: number; to_offset: number | null; line_base: number },
  base: number,
): Promise<void> {
  const { object, from_offset, to_offset, line_base } = segment
  await tx
    .updateTable('dead_letters')
    .set({ line: sql<number>`line + ${base - line_base}` })
    .where('pipeline', '=', pipeline)
    .where('object', '=', object)
    .where(sql<boolean>`at_offset > ${from_offset} and at_offset <= ${to_offset ?? Number.MAX_SAFE_INTEGER}`)
    .execute()
  await tx
    .updateTable('mining_segments')
    .set({ line_base: base })
    .where('pipeline', '=', pipeline)
    .where('object', '=', object)
    .where('from_offset', '=', from_offset)
    .execute()
}
