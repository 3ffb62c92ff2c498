import type { Db } from './transaction.ts'

/** Records that could not be taken, as they are read; the miner writes them. */

export interface DeadLetter {
  readonly pipeline: string
  readonly object: string
  readonly line: number
  readonly offset: number
  readonly reason: string
  /** At most 200 characters, literals masked. */
  readonly sample: string
}

export interface DeadLetterFilter {
  readonly pipeline: string
  /** Only of objects that this run was the last to mine. */
  readonly run?: string
  readonly reason?: string
  readonly limit?: number
  /** The last one of the page before. */
  readonly after?: Pick<DeadLetter, 'object' | 'offset' | 'reason'>
}

/** In the order of the log: object, then place. */
export async function listDeadLetters(db: Db, filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
  const { reason, limit = 100, after } = filter
  const rows = await lettersOf(db, filter)
    .select(['dead_letters.object', 'line', 'at_offset as offset', 'reason', 'sample'])
    .$if(reason !== undefined, (query) => query.where('reason', '=', reason ?? ''))
    .$if(after !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('dead_letters.object', 'at_offset', 'reason'),
          '>',
          tuple(after?.object ?? '', after?.offset ?? 0, after?.reason ?? ''),
        ),
      ),
    )
    .orderBy('dead_letters.object')
    .orderBy('at_offset')
    .orderBy('reason')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ pipeline: filter.pipeline, ...row }))
}

/** How many of each reason. */
export async function countDeadLetters(
  db: Db,
  filter: Pick<DeadLetterFilter, 'pipeline' | 'run'>,
): Promise<Readonly<Record<string, number>>> {
  const rows = await lettersOf(db, filter)
    .select((of) => ['reason', of.fn.countAll<number>().as('letters')])
    .groupBy('reason')
    .orderBy('reason')
    .execute()
  return Object.fromEntries(rows.map(({ reason, letters }) => [reason, Number(letters)]))
}

function lettersOf(db: Db, { pipeline, run }: Pick<DeadLetterFilter, 'pipeline' | 'run'>) {
  return db
    .selectFrom('dead_letters')
    .where('dead_letters.pipeline', '=', pipeline)
    .$if(run !== undefined, (query) =>
      query.where('dead_letters.object', 'in', (of) =>
        of
          .selectFrom('mining_objects')
          .select('object')
          .where('mining_objects.pipeline', '=', pipeline)
          .where('run', '=', run ?? ''),
      ),
    )
}
