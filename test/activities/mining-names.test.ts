import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { foldBy } from '../../catalog/asset-keys.ts'
import { importSchemas } from '../../catalog/import/import-schemas.ts'
import { type Bench, miningBench, ndjson, twoThreads } from '../support/mining.ts'

const threads = twoThreads()
afterAll(() => threads.close())

let bench: Bench
beforeEach(async () => {
  bench = await miningBench(threads)
})
afterEach(() => bench.close())

const record = (sql: string) => ({ QUERY_TEXT: sql, DATABASE_NAME: 'SHOP', SCHEMA_NAME: 'PUBLIC', SESSION_ID: null })
const EXPORT =
  'table_catalog,table_schema,table_name,column_name,ordinal_position,data_type\nSHOP,PUBLIC,ORDERS,ID,1,NUMBER\nSHOP,PUBLIC,ORDERS,AMOUNT,2,NUMBER\n'

async function importOrders(): Promise<void> {
  const text = (async function* () {
    yield EXPORT
  })()
  await importSchemas(bench.catalog, 'shop', { levels: ['database', 'schema'], defaults: {} }, text, {
    now: '2026-01-01T00:00:00.000Z',
    fold: foldBy('upper'),
  })
}

/** Column edges as `TABLE.COLUMN -> TABLE.COLUMN`, sorted. */
async function edges(): Promise<readonly string[]> {
  const { db } = bench.catalog
  const paths = new Map(
    (await db.selectFrom('assets').select(['id', 'path']).execute()).map(({ id, path }) => [id, (JSON.parse(path) as string[]).at(-1)]),
  )
  const rows = await db.selectFrom('process_edges').selectAll().where('level', '=', 'column').execute()
  return rows.map((edge) => `${paths.get(edge.source)}.${edge.source_column} -> ${paths.get(edge.target)}.${edge.target_column}`).sort()
}

describe('names in another case than the catalog has them', () => {
  const log = ndjson([record('insert into copy select * from orders'), record('insert into quoted select * from "orders"')])

  test('an unquoted name means the table, a quoted one only itself', async () => {
    await importOrders()
    bench.put('a.json', log)
    await bench.mine()
    expect(await edges()).toEqual(['ORDERS.AMOUNT -> COPY.AMOUNT', 'ORDERS.ID -> COPY.ID', 'orders.* -> QUOTED.*'])
  })

  test('ignore-all-case makes both mean it, also for statements mined before', async () => {
    await importOrders()
    bench.put('a.json', log)
    await bench.mine()
    await bench.mine({ options: { controlConfig: { 'ignore-all-case': true } } })
    expect(await edges()).toContain('ORDERS.AMOUNT -> QUOTED.AMOUNT')
  })
})

describe('tables that the catalog does not know', () => {
  const log = ndjson([record('insert into copy select id from orders'), record('insert into orders select id from elsewhere')])

  test.each([
    ['create', ['ELSEWHERE.ID -> ORDERS.ID', 'ORDERS.ID -> COPY.ID']],
    ['skip', []],
  ] as const)('missingAssets: %s', async (missingAssets, expected) => {
    await importOrders()
    bench.put('a.json', log)
    await bench.mine({ options: { missingAssets } })
    expect(await edges()).toEqual(expected)
  })

  test('missingAssets: fail names them', async () => {
    await importOrders()
    bench.put('a.json', log)
    await expect(bench.mine({ options: { missingAssets: 'fail' } })).rejects.toThrow('SHOP.PUBLIC.COPY, SHOP.PUBLIC.ELSEWHERE')
  })

  test('a changed choice resolves again what was mined', async () => {
    await importOrders()
    bench.put('a.json', log)
    await bench.mine({ options: { missingAssets: 'skip' } })
    await bench.mine({ options: { missingAssets: 'create' } })
    expect(await edges()).toEqual(['ELSEWHERE.ID -> ORDERS.ID', 'ORDERS.ID -> COPY.ID'])
  })
})
