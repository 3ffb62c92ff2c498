import { sql } from 'kysely'
import type { Db } from '../transaction.ts'

/** Why lineage is not complete: by reason, with what it concerns. */
export interface LineageGap {
  /** A diagnostic's code, UNKNOWN_TABLE or VIEW_WITHOUT_TEXT. */
  readonly reason: string
  /** Statements concerned. */
  readonly statements: number
  readonly samples: readonly GapSample[]
}

export interface GapSample {
  readonly what: string
  readonly process: string
}

const SAMPLES = 5
const PAGE = 1_000

/** Gaps of a connection, the most frequent first. */
export async function lineageGaps(db: Db, connection: string): Promise<readonly LineageGap[]> {
  const gaps = new Map<string, { statements: number; samples: GapSample[] }>()
  const note = (reason: string, process: string, what: string) => {
    const gap = gaps.get(reason) ?? { statements: 0, samples: [] }
    gaps.set(reason, gap)
    gap.statements++
    if (gap.samples.length < SAMPLES) gap.samples.push({ what, process })
  }
  for await (const { id, diagnostics } of diagnosed(db, connection)) {
    const said = JSON.parse(diagnostics) as readonly { readonly code: string; readonly message: string }[] // contracts/lineage.ts
    for (const [code, message] of new Map(said.map(({ code, message }) => [code, message]))) note(code, id, message)
  }
  for (const { process, path } of await unknownTables(db, connection))
    note('UNKNOWN_TABLE', process, (JSON.parse(path) as string[]).join('.'))
  for (const { path } of await viewsWithoutText(db, connection)) note('VIEW_WITHOUT_TEXT', '', (JSON.parse(path) as string[]).join('.'))
  for (const { id, state } of await notResolved(db, connection)) note(state === 'dead' ? 'SQL_BUDGET' : 'NOT_RESOLVED', id, state)
  return [...gaps]
    .map(([reason, gap]) => ({ reason, ...gap }))
    .sort((one, other) => other.statements - one.statements || (one.reason < other.reason ? -1 : 1))
}

async function* diagnosed(db: Db, connection: string): AsyncGenerator<{ readonly id: string; readonly diagnostics: string }> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('processes')
      .select(['id', 'diagnostics'])
      .where('connection', '=', connection)
      .where('diagnostics', 'is not', null)
      .where('diagnostics', '<>', '[]')
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute()
    for (const { id, diagnostics } of rows) yield { id, diagnostics: diagnostics ?? '[]' }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = last.id
  }
}

/** Tables that queries name and no crawl or import has told of. */
async function unknownTables(db: Db, connection: string) {
  return await db
    .selectFrom('assets')
    .innerJoin('process_needs', 'process_needs.asset', 'assets.id')
    .select(['assets.path', 'process_needs.process'])
    .where('assets.connection', '=', connection)
    .where('assets.rank', '=', 'seen')
    .where('assets.kind', '=', 'table')
    .where(sql<boolean>`not exists (select 1 from process_writes where process_writes.asset = assets.id)`)
    .orderBy('assets.path_key')
    .execute()
}

/** Views that a crawl met and whose text it could not read. */
async function viewsWithoutText(db: Db, connection: string) {
  return await db
    .selectFrom('assets')
    .select('path')
    .where('connection', '=', connection)
    .where('kind', '=', 'view')
    .where('rank', '=', 'crawled')
    .where('dropped_at', 'is', null)
    .where('view_sql', 'is', null)
    .orderBy('path_key')
    .execute()
}

async function notResolved(db: Db, connection: string) {
  return await db
    .selectFrom('processes')
    .select(['id', 'state'])
    .where('connection', '=', connection)
    .where('state', 'in', ['new', 'stale', 'dead'])
    .orderBy('id')
    .execute()
}
