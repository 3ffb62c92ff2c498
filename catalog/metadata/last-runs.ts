import { sql } from 'kysely'
import { pairs, slices } from '../engine.ts'
import type { Catalog } from '../open.ts'
import { transaction } from '../transaction.ts'

/** Counters of a part, as the scan wrote them. */
export interface CountedPart {
  /** {"id":[…]} */
  readonly processes: string
  /** Columns: activities/mining/threads/usage-columns.ts */
  readonly usage: string
}

const PARTS_A_PAGE = 20
const ROWS_AT_ONCE = 5_000

/** Parts that no usage pipeline has counted: those that were have told their processes when they ran last. */
export async function* partsNotCounted({ db }: Catalog, connection: string): AsyncGenerator<readonly CountedPart[]> {
  for (let after = { pipeline: '', object: '', from_offset: -1, start_offset: -1 }; ; ) {
    const rows = await db
      .selectFrom('mining_parts')
      .select(['pipeline', 'object', 'from_offset', 'start_offset', 'processes', 'usage'])
      .where('connection', '=', connection)
      .where('counted', '=', 0)
      .where('current', '=', 1)
      .where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('pipeline', 'object', 'from_offset', 'start_offset'),
          '>',
          tuple(after.pipeline, after.object, after.from_offset, after.start_offset),
        ),
      )
      .orderBy('pipeline')
      .orderBy('object')
      .orderBy('from_offset')
      .orderBy('start_offset')
      .limit(PARTS_A_PAGE)
      .execute()
    yield rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < PARTS_A_PAGE) return
    after = { ...last, from_offset: Number(last.from_offset), start_offset: Number(last.start_offset) }
  }
}

/** When processes were executed last; never earlier than what is known. */
export async function raiseLastRuns(catalog: Catalog, times: ReadonlyMap<string, string>): Promise<void> {
  for (const some of slices([...times], ROWS_AT_ONCE))
    await transaction(catalog, async (tx) => {
      await sql`update processes set last_run_at = told.two from ${pairs(tx, some)}
        where processes.id = told.one and coalesce(processes.last_run_at, '') < told.two`.execute(tx)
    })
}
