import { sql } from 'kysely'
import { markDropped } from '../asset-writes.ts'
import type { Catalog } from '../open.ts'
import { lazyRevision, type Tx, transaction } from '../transaction.ts'
import type { Log } from './objects.ts'

/** Stands for the time of a DROP in a log without times. */
const UNKNOWN_TIME = '1970-01-01T00:00:00.000Z'

interface AssetEvent {
  readonly asset: string
  readonly kind: string
  readonly what: 'made' | 'dropped'
  readonly was: string
  readonly rank: string
  readonly dropped_at: string | null
  readonly last_run_at: string | null
  readonly position: string
}

/** What the newest statement that makes or drops an asset says of it holds: its kind, and whether it is there. Crawls know better. */
export async function applyEvents(catalog: Catalog, { connection }: Log, now: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    const revision = lazyRevision(tx)
    await forgetEvents(tx, connection, { now, revision })
    for (const event of await newestEvents(tx, connection)) {
      const { asset, what, kind, was, rank, dropped_at } = event
      if (what === 'made' && rank !== 'imported' && kind !== was) {
        await tx
          .updateTable('assets')
          .set({ kind, updated_at: now, revision: await revision() })
          .where('id', '=', asset)
          .execute()
      }
      const droppedAt = what === 'dropped' ? (event.last_run_at ?? UNKNOWN_TIME) : null
      if (droppedAt === dropped_at) continue
      if (dropped_at !== null) await markDropped(tx, [asset], null, { now, revision })
      if (droppedAt !== null) await markDropped(tx, [asset], droppedAt, { now, revision })
    }
  })
}

/** What only statements said that turned out to mean another asset: in a session that really was in another schema, say. */
async function forgetEvents(
  tx: Tx,
  connection: string,
  writing: { readonly now: string; readonly revision: () => Promise<number> },
): Promise<void> {
  const none = (what: string) =>
    sql<boolean>`not exists (select 1 from asset_events as event where event.asset = assets.id and event.what like ${what})`
  const found = await tx
    .selectFrom('assets')
    .select(['id', 'kind', 'rank', 'dropped_at'])
    .where('connection', '=', connection)
    .where('rank', '<>', 'crawled')
    .where((asset) =>
      asset.or([
        asset.and([asset('dropped_at', 'is not', null), none('%')]),
        asset.and([asset('rank', '=', 'seen'), asset('kind', 'in', ['view', 'stream']), none('made')]),
      ]),
    )
    .execute()
  for (const { id, kind, rank, dropped_at } of found) {
    if (dropped_at !== null) await markDropped(tx, [id], null, writing) // set again by the events that there are
    if (rank === 'seen' && (kind === 'view' || kind === 'stream'))
      await tx
        .updateTable('assets')
        .set({ kind: 'table', updated_at: writing.now, revision: await writing.revision() })
        .where('id', '=', id)
        .execute()
  }
}

async function newestEvents(tx: Tx, connection: string): Promise<readonly AssetEvent[]> {
  const events = await tx
    .selectFrom('asset_events as event')
    .innerJoin('assets', 'assets.id', 'event.asset')
    .innerJoin('processes as process', 'process.id', 'event.process')
    .select(['event.asset', 'event.kind', 'event.what', 'assets.kind as was', 'assets.rank', 'assets.dropped_at', 'process.last_run_at'])
    .select(
      sql<string>`coalesce((select max(position) from process_occurrences as one where one.process = event.process), process.position)`.as(
        'position',
      ),
    )
    .where('event.connection', '=', connection)
    .where('assets.rank', '<>', 'crawled')
    .execute()
  const newest = new Map<string, AssetEvent>()
  for (const event of events) {
    const known = newest.get(event.asset)
    if (known === undefined || isNewer(event, known)) newest.set(event.asset, event)
  }
  return [...newest.values()]
}

/** One text that drops and makes a table (DROP TABLE IF EXISTS t; CREATE TABLE t …) leaves it made. */
function isNewer(one: AssetEvent, other: AssetEvent): boolean {
  const order = Buffer.compare(Buffer.from(one.position), Buffer.from(other.position))
  return order === 0 ? one.what === 'made' : order > 0
}
