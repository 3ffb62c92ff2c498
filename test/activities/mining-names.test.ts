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

describe('what counts as known where missingAssets leaves out or refuses the rest', () => {
  const skip = { options: { missingAssets: 'skip' } }
  const fail = { options: { missingAssets: 'fail' } }

  test('not what was only seen in queries before', async () => {
    await importOrders()
    bench.put('a.json', ndjson([record('insert into copy select id from orders')]))
    await bench.mine()
    await expect(bench.mine(fail)).rejects.toMatchObject({ code: 'ASSETS_MISSING', message: expect.stringContaining('SHOP.PUBLIC.COPY') })
    await expect(bench.mine(fail)).rejects.toMatchObject({ code: 'ASSETS_MISSING' })
    const { warnings } = await bench.mine(skip)
    expect(warnings.join()).toContain('SHOP.PUBLIC.COPY')
    expect(await edges()).toEqual([])
    expect(
      (await bench.catalog.db.selectFrom('assets').select('path').where('seen_only', '=', 1).execute()).map(({ path }) => path),
    ).toEqual([])
  })

  test('what a statement of the log makes, wherever it stands, and what files are read', async () => {
    await importOrders()
    const sql = [
      'insert into made select id from orders',
      'insert into made select id from nowhere',
      'create table made (id int)',
      'create view v as select id from made',
      "copy into made from 's3://lake/in/' file_format = (type = csv)",
    ]
    bench.put('a.json', ndjson(sql.map(record)))
    const { counts, warnings } = await bench.mine(skip)
    expect(await edges()).toEqual(['MADE.ID -> V.ID', 'ORDERS.ID -> MADE.ID', 's3://lake/in/.* -> MADE.*'])
    expect(counts).toMatchObject({ unknownAssets: 1 })
    expect(warnings.join()).toContain('SHOP.PUBLIC.NOWHERE')
  })

  test('what comes to be known later: its statements are resolved again', async () => {
    bench.put(
      'a.json',
      ndjson([
        record('insert into orders select id, amount from orders where id > 1'),
        record('create table copy as select * from orders'),
      ]),
    )
    await bench.mine(skip)
    expect(await edges()).toEqual([])
    await importOrders()
    const { counts } = await bench.mine(fail)
    expect(counts).toMatchObject({ skippedObjects: 1 })
    expect(await edges()).toEqual(['ORDERS.AMOUNT -> COPY.AMOUNT', 'ORDERS.ID -> COPY.ID'])
  })
})
