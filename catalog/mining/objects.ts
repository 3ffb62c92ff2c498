import { sql } from 'kysely'
import type { Catalog } from '../open.ts'
import { type Tx, transaction } from '../transaction.ts'
import { segmentPosition } from './positions.ts'
import type { MiningObjectsTable } from './tables.ts'

/** An object to be mined, with the offsets where its segments begin. */
export interface ObjectToMine {
  readonly key: string
  readonly etag: string
  readonly bytes: number
  readonly seekable: boolean
  readonly cuts: readonly number[]
}

/** The query log of one pipeline, and whose lineage and usage it gives. */
export interface Log {
  readonly pipeline: string
  readonly connection: string
}

export type KnownObject = Pick<MiningObjectsTable, 'etag' | 'bytes' | 'state'>

export async function knownObjects(catalog: Catalog, pipeline: string): Promise<ReadonlyMap<string, KnownObject>> {
  const rows = await catalog.db
    .selectFrom('mining_objects')
    .select(['object', 'etag', 'bytes', 'state'])
    .where('pipeline', '=', pipeline)
    .execute()
  return new Map(rows.map(({ object, ...known }) => [object, known]))
}

/**
 * Begins objects: what another version of them gave to usage and dead letters goes, what it gave to lineage stays. An object that an
 * earlier run began and did not finish is gone on with.
 */
export async function beginObjects(
  catalog: Catalog,
  log: Log,
  run: string,
  objects: readonly ObjectToMine[],
  anew: boolean,
): Promise<void> {
  await transaction(catalog, async (tx) => {
    for (const object of objects) await beginObject(tx, log, run, object, anew)
  })
}

async function beginObject(tx: Tx, log: Log, run: string, object: ObjectToMine, anew: boolean): Promise<void> {
  const { pipeline } = log
  const { key, etag, bytes } = object
  const known = await tx
    .selectFrom('mining_objects')
    .selectAll()
    .where('pipeline', '=', pipeline)
    .where('object', '=', key)
    .executeTakeFirst()
  const isSame = known?.etag === etag && known.bytes === bytes
  if (isSame && known.state === 'open' && (!anew || known.run === run)) {
    await tx.updateTable('mining_objects').set({ run }).where('pipeline', '=', pipeline).where('object', '=', key).execute()
    return
  }
  if (known !== undefined) await retireObject(tx, log, key, etag)
  const row = { pipeline, object: key, etag, bytes, seekable: object.seekable ? (1 as const) : (0 as const), state: 'open' as const, run }
  await tx
    .insertInto('mining_objects')
    .values(row)
    .onConflict((on) => on.columns(['pipeline', 'object']).doUpdateSet(row))
    .execute()
  await tx
    .insertInto('mining_segments')
    .values(object.cuts.map((from, index) => newSegment(pipeline, object, from, object.cuts[index + 1] ?? null)))
    .execute()
}

function newSegment(pipeline: string, { key, etag }: ObjectToMine, from: number, to: number | null) {
  return {
    pipeline,
    object: key,
    from_offset: from,
    to_offset: to,
    etag,
    position: segmentPosition(key, from),
    at_offset: from,
    line: 0,
    line_base: 0,
    in_array: 0 as const,
    last_session: null,
    state: 'open' as const,
    settled: 0 as const,
    counts: '{}',
  }
}

/** Parts of another version stay, since their processes do; those of the same version are made again. */
export async function retireObject(tx: Tx, log: Log, object: string, newEtag: string): Promise<void> {
  const { pipeline } = log
  await markStaleUsage(tx, log, object)
  for (const table of ['mining_segments', 'mining_sessions', 'process_occurrences', 'dead_letters'] as const) {
    await tx.deleteFrom(table).where('pipeline', '=', pipeline).where('object', '=', object).execute()
  }
  await tx.deleteFrom('mining_parts').where('pipeline', '=', pipeline).where('object', '=', object).where('etag', '=', newEtag).execute()
  await tx
    .updateTable('mining_parts')
    .set({ current: 0, counted: 0, seen: '[]' })
    .where('pipeline', '=', pipeline)
    .where('object', '=', object)
    .execute()
}

/** Counters that are in the usage tables already can only be taken out by counting anew. */
export async function markStaleUsage(tx: Tx, { pipeline, connection }: Log, object: string): Promise<void> {
  const counted = await tx
    .selectFrom('mining_parts')
    .select('object')
    .where('pipeline', '=', pipeline)
    .where('object', '=', object)
    .where('counted', '=', 1)
    .limit(1)
    .executeTakeFirst()
  if (counted === undefined) return
  await tx
    .insertInto('meta')
    .values({ name: staleUsageKey(connection), value: '1' })
    .onConflict((on) => on.column('name').doUpdateSet({ value: '1' }))
    .execute()
}

/** In `meta`, while the usage of the connection has to be counted anew. */
export function staleUsageKey(connection: string): string {
  return `stale-usage/${connection}`
}

/** An object that went away, or was replaced again, while it was read: as if it had not been listed. */
export async function dropObject(catalog: Catalog, log: Log, object: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    await retireObject(tx, log, object, '')
    await tx.deleteFrom('mining_objects').where('pipeline', '=', log.pipeline).where('object', '=', object).execute()
  })
}

export interface Segment {
  readonly object: string
  readonly from_offset: number
  readonly to_offset: number | null
  readonly etag: string
  readonly position: string
  readonly at_offset: number
  readonly line: number
  readonly in_array: 0 | 1
  readonly last_session: string | null
  readonly state: 'open' | 'done'
  readonly bytes: number
  readonly seekable: 0 | 1
}

/** Segments from one position to another (both included), in the order of the log. */
export async function segmentsBetween(catalog: Catalog, pipeline: string, first: string, last: string): Promise<readonly Segment[]> {
  return await catalog.db
    .selectFrom('mining_segments as segment')
    .innerJoin('mining_objects as object', (join) =>
      join.onRef('object.pipeline', '=', 'segment.pipeline').onRef('object.object', '=', 'segment.object'),
    )
    .select([
      'segment.object',
      'segment.from_offset',
      'segment.to_offset',
      'segment.etag',
      'segment.position',
      'segment.at_offset',
      'segment.line',
    ])
    .select(['segment.in_array', 'segment.last_session', 'segment.state', 'object.bytes', 'object.seekable'])
    .where('segment.pipeline', '=', pipeline)
    .where(sql<boolean>`segment.position between ${first} and ${last}`)
    .orderBy('segment.position')
    .execute()
}

/** The segment that the line at this offset belongs to, and the object as it was mined. */
export async function segmentAt(catalog: Catalog, pipeline: string, object: string, offset: number) {
  return await catalog.db
    .selectFrom('mining_segments as segment')
    .innerJoin('mining_objects as mined', (join) =>
      join.onRef('mined.pipeline', '=', 'segment.pipeline').onRef('mined.object', '=', 'segment.object'),
    )
    .select(['segment.from_offset', 'segment.line_base', 'mined.etag', 'mined.bytes', 'mined.seekable'])
    .where('segment.pipeline', '=', pipeline)
    .where('segment.object', '=', object)
    .where(({ eb, or }) => or([eb('segment.from_offset', '=', 0), eb('segment.from_offset', '<', offset)]))
    .orderBy('segment.from_offset', 'desc')
    .executeTakeFirst()
}

/** Segments that are still to be scanned, in order; for the shards of a run. */
export async function openSegments(
  catalog: Catalog,
  pipeline: string,
): Promise<readonly { readonly position: string; readonly bytes: number }[]> {
  const rows = await catalog.db
    .selectFrom('mining_segments as segment')
    .innerJoin('mining_objects as object', (join) =>
      join.onRef('object.pipeline', '=', 'segment.pipeline').onRef('object.object', '=', 'segment.object'),
    )
    .select(['segment.position', 'segment.from_offset', 'segment.to_offset', 'object.bytes'])
    .where('segment.pipeline', '=', pipeline)
    .where('segment.state', '=', 'open')
    .orderBy('segment.position')
    .execute()
  return rows.map(({ position, from_offset, to_offset, bytes }) => ({ position, bytes: (to_offset ?? bytes) - from_offset }))
}
