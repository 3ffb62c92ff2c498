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
