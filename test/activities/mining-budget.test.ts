import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { foldBy } from '../../catalog/asset-keys.ts'
import { listDeadLetters } from '../../catalog/dead-letters.ts'
import { importSchemas } from '../../catalog/import/import-schemas.ts'
import { startThreads } from '../../worker/threads.ts'
import { type Bench, miningBench, ndjson, twoThreads } from '../support/mining.ts'

const threads = twoThreads()
const small = startThreads({ count: 2, memoryMb: 64 })
afterAll(() => Promise.all([threads.close(), small.close()]))

let bench: Bench
beforeEach(async () => {
  bench = await miningBench(threads)
})
afterEach(() => bench.close())

const record = (sql: string, session = 's') => ({ QUERY_TEXT: sql, SESSION_ID: session, USER_NAME: 'ann' })
/** Work and memory grow with it; no rule of the reading cuts it short. */
const heavy = (count: number) =>
  `insert into heavy ${Array.from({ length: count }, (_, index) => `select a${index} as x, b${index} + 1 as y from s${index % 5}`).join(' union all ')}`
const textBudgetMs = 300

async function tables(): Promise<readonly string[]> {
  const rows = await bench.catalog.db
    .selectFrom('process_edges as edge')
    .innerJoin('assets as source', 'source.id', 'edge.source')
    .innerJoin('assets as target', 'target.id', 'edge.target')
    .select(['source.path as from', 'target.path as to'])
    .where('level', '=', 'table')
    .execute()
  const name = (path: string): string => (JSON.parse(path) as string[]).at(-1) ?? ''
  return rows.map(({ from, to }) => `${name(from)} -> ${name(to)}`).sort()
}

const letters = async () =>
  (await listDeadLetters(bench.catalog.db, { pipeline: 'history' })).map(({ object, line, reason }) => [object, line, reason])

async function importWide(): Promise<void> {
  const text = (async function* () {
    yield 'table_catalog,table_schema,table_name,column_name\nSHOP,PUBLIC,WIDE,C1\nSHOP,PUBLIC,WIDE,C2\n'
  })()
  const now = '2026-01-01T00:00:00.000Z'
  await importSchemas(bench.catalog, 'shop', { levels: ['database', 'schema'], defaults: {} }, text, { now, fold: foldBy('upper') })
}

describe('a text that breaks its budget is a dead letter, and costs no other', () => {
  const before = record('create temporary table temp as select x from one')
  const after = record('insert into two select x from temp')

  test('of time, while it is read', async () => {
    bench.put('a.json', ndjson([before, record(heavy(150_000)), after]))
    const { counts } = await bench.mine({ options: { textBudgetMs } })
    expect(counts).toMatchObject({ objects: 1, records: 3, 'deadLetters.SQL_BUDGET': 1 })
    expect(await letters()).toEqual([['a.json', 2, 'SQL_BUDGET']])
    expect(await tables()).toEqual(['ONE -> TWO'])
  })

  test('of memory, while it is read', async () => {
    await bench.close()
    bench = await miningBench(small)
    bench.put('a.json', ndjson([before, record(heavy(150_000)), after]))
    const { counts } = await bench.mine()
    expect(counts).toMatchObject({ objects: 1, records: 3, 'deadLetters.SQL_BUDGET': 1 })
    expect(await letters()).toEqual([['a.json', 2, 'SQL_BUDGET']])
    expect(await tables()).toEqual(['ONE -> TWO'])
  })

  test('of time, while it is resolved among others', async () => {
    const others = Array.from({ length: 20 }, (_, index) => record(`insert into t${index} select * from wide`))
    const long = record(`insert into long select x from one /* ${'x'.repeat(4_000_000)} */`) // so that the object is read in several stretches
    bench.put(
      'a.json',
      ndjson([before, ...others.slice(0, 9), long, record(`${heavy(100_000)} union all select * from wide`), ...others.slice(9), after]),
    )
    const first = await bench.mine({ options: { textBudgetMs: 300_000, shardBytes: 1024 * 1024 } })
    expect(first.counts['deadLetters.SQL_BUDGET']).toBeUndefined()
    await importWide()
    const { counts } = await bench.mine({ options: { textBudgetMs: 150 } })
    expect(counts).toMatchObject({ 'deadLetters.SQL_BUDGET': 1 })
    expect(await letters()).toEqual([['a.json', 12, 'SQL_BUDGET']])
    const columns = await bench.catalog.db
      .selectFrom('process_edges')
      .select('source_column')
      .where('source_column', 'in', ['C1', 'C2'])
      .execute()
    expect(columns).toHaveLength(2 * others.length)
  })
})
