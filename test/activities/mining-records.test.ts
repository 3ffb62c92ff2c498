import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { upsertAssets } from '../../catalog/asset-writes.ts'
import { listDeadLetters } from '../../catalog/dead-letters.ts'
import { lazyRevision, transaction } from '../../catalog/transaction.ts'
import { assetUsage } from '../../catalog/usage.ts'
import { type Bench, miningBench, ndjson, twoThreads } from '../support/mining.ts'

const threads = twoThreads()
afterAll(() => threads.close())
let bench: Bench
beforeEach(async () => {
  bench = await miningBench(threads)
})
afterEach(() => bench.close())

/** Edges as `source.column -> target.column`, names below the schema. */
async function edges(level = 'column'): Promise<string[]> {
  const rows = await bench.catalog.db
    .selectFrom('process_edges as edge')
    .innerJoin('assets as source', 'source.id', 'edge.source')
    .innerJoin('assets as target', 'target.id', 'edge.target')
    .select(['source.path as from', 'source_column', 'target.path as to', 'target_column', 'edge.confidence'])
    .where('level', '=', level)
    .execute()
  const name = (path: string, column: string): string => [...(JSON.parse(path) as string[]), column].filter((part) => part !== '').join('.')
  return [...new Set(rows.map((row) => `${name(row.from, row.source_column)} -> ${name(row.to, row.target_column)}`))].sort()
}

async function importTable(path: readonly string[], columns: readonly string[]): Promise<void> {
  const now = new Date().toISOString()
  const origin = { connection: 'shop', levels: ['database', 'schema'] as const, rank: 'imported' as const, origin: 'import', position: now }
  await transaction(bench.catalog, async (tx) => {
    const asset = { kind: 'table' as const, path: [...path], columns: columns.map((name) => ({ name })) }
    await upsertAssets(bench.catalog, tx, origin, [asset], { now, revision: lazyRevision(tx) })
  })
}

describe('lines that cannot be taken', () => {
  test('are dead letters with reason and place; the others count', async () => {
    const lines = [
      Buffer.from('\uFEFF{"QUERY_TEXT":"SELECT 1"}\r'),
      Buffer.from(''),
      Buffer.from('{"QUERY_TEXT":"SELECT \'secret\', 4711'),
      Buffer.from('{"QUERY_TEXT":""}'),
      Buffer.from('{"QUERY_TEXT":null}'),
      Buffer.from('{"OTHER":1}'),
      Buffer.from('"SELECT 1"'),
      Buffer.from([...Buffer.from('{"QUERY_TEXT":"'), 0xff, ...Buffer.from('"}')]),
      Buffer.from(`{"QUERY_TEXT":"${'x'.repeat(3000)}"}`),
      Buffer.from('{"QUERY_TEXT":"SELECT 2","STATUS":"FAIL"}'),
    ]
    bench.put('a.json', Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
    const { counts } = await bench.mine({ maxLineBytes: 1024, options: { maxDeadLetterShare: 1 } })
    expect(counts).toMatchObject({ objects: 1, records: 5, emptySql: 1, failedRecords: 1, statements: 1 })
    const letters = await listDeadLetters(bench.catalog.db, { pipeline: 'history' })
    expect(letters.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'BAD_JSON'],
      [5, 'MISSING_SQL'],
      [6, 'MISSING_SQL'],
      [7, 'NOT_AN_OBJECT'],
      [8, 'BAD_UTF8'],
      [9, 'LINE_TOO_LONG'],
    ])
    expect(letters[0]?.sample).toBe(`{"QUERY_TEXT":"SELECT '?', ?`)
    expect(letters[0]?.offset).toBe((lines[0]?.length ?? 0) + 2)
  })

  test('of an object cut into segments are counted from its beginning', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) =>
      index % 1000 === 999 ? '{broken' : `{"QUERY_TEXT":"SELECT ${index} FROM t${index % 7}"}`,
    )
    bench.put('a.json', lines.join('\n'))
    const { counts } = await bench.mine({ options: { shardBytes: 65_536 } })
    expect(counts).toMatchObject({ records: 4995, 'deadLetters.BAD_JSON': 5 })
    const letters = await listDeadLetters(bench.catalog.db, { pipeline: 'history' })
    expect(letters.map(({ line }) => line)).toEqual([1000, 2000, 3000, 4000, 5000])
    expect((await bench.catalog.db.selectFrom('mining_segments').select('object').execute()).length).toBeGreaterThan(1)
  })

  test('a gzip object that ends early gives what was readable', async () => {
    const records = Array.from({ length: 2000 }, (_, index) => ({
      QUERY_TEXT: `SELECT ${Math.sin(index)} FROM t`,
      USER_NAME: `user ${Math.cos(index)}`,
    }))
    const whole = gzipSync(ndjson(records))
    bench.put('a.json.gz', whole.subarray(0, whole.length / 2))
    const { counts } = await bench.mine()
    expect(counts).toMatchObject({ 'deadLetters.TRUNCATED': 1 })
    expect(counts['records']).toBeGreaterThan(500)
    expect(counts['records']).toBeLessThan(1500)
  })

  test('too many fail the run and say which key is missing', async () => {
    bench.put('a.json', ndjson([{ SQL: 'SELECT 1' }, { SQL: 'SELECT 2' }]))
    await expect(bench.mine()).rejects.toMatchObject({ code: 'THRESHOLD_EXCEEDED', message: expect.stringContaining('QUERY_TEXT') })
  })

  test('a JSON array is taken as if its elements were lines', async () => {
    bench.put('a.json', JSON.stringify([{ QUERY_TEXT: 'SELECT 1' }, { QUERY_TEXT: 'SELECT 2 FROM t' }], null, 2))
    expect((await bench.mine()).counts).toMatchObject({ records: 2, statements: 2, distinct: 2 })
  })
})

describe('names', () => {
  test('are completed by the record, then the session, then the connection; nested keys are found', async () => {
    const session = { SESSION_ID: 's' }
    const records = [
      { QUERY_TEXT: 'INSERT INTO a SELECT x FROM t1' },
      { QUERY_TEXT: 'INSERT INTO b SELECT x FROM t2', context: { db: 'OTHER', schema: 'S' } },
      { QUERY_TEXT: 'INSERT INTO b2 SELECT x FROM t6', 'context.db': 'FLAT', context: { schema: 'S' } },
      { QUERY_TEXT: 'USE SCHEMA sales', ...session },
      { QUERY_TEXT: 'INSERT INTO c SELECT x FROM t3', ...session },
      { QUERY_TEXT: 'INSERT INTO d SELECT x FROM t4', ...session, context: { db: '', schema: 'S' } },
      { QUERY_TEXT: 'USE SCHEMA own; INSERT INTO e SELECT x FROM t5', context: { schema: 'S' } },
    ]
    bench.put('a.json', ndjson(records))
    await bench.mine({ keys: { sql: 'QUERY_TEXT', session: 'SESSION_ID', defaultDatabase: 'context.db', defaultSchema: 'context.schema' } })
    expect(await edges('table')).toEqual([
      'FLAT.S.T6 -> FLAT.S.B2',
      'OTHER.S.T2 -> OTHER.S.B',
      'SHOP.OWN.T5 -> SHOP.OWN.E',
      'SHOP.PUBLIC.T1 -> SHOP.PUBLIC.A',
      'SHOP.S.T4 -> SHOP.S.D',
      'SHOP.SALES.T3 -> SHOP.SALES.C',
    ])
  })

  test('are found under keys that have dots themselves, on any level', async () => {
    bench.put(
      'a.json',
      ndjson([
        { 'log.sql': { 'text.full': 'INSERT INTO a SELECT x FROM t1' } },
        { log: { 'sql.text.full': 'INSERT INTO b SELECT x FROM t2' } },
      ]),
    )
    await bench.mine({ keys: { sql: 'log.sql.text.full' } })
    expect(await edges('table')).toEqual(['SHOP.PUBLIC.T1 -> SHOP.PUBLIC.A', 'SHOP.PUBLIC.T2 -> SHOP.PUBLIC.B'])
  })

  test('of two levels take the database from either key', async () => {
    bench.put(
      'a.json',
      ndjson([
        { QUERY_TEXT: 'INSERT INTO TABLE a SELECT x FROM t1', DATABASE_NAME: 'd1' },
        { QUERY_TEXT: 'INSERT INTO TABLE a SELECT x FROM t2', SCHEMA_NAME: 'd2', DATABASE_NAME: 'd1' },
      ]),
    )
    await bench.mine({ dialect: 'hive', levels: ['database'], defaults: { database: null, schema: 'other' } })
    expect(await edges('table')).toEqual(['d1.t1 -> d1.a', 'd2.t2 -> d2.a'])
  })

  test('that nothing completes are matched where one asset ends with them, also when it comes to be known later', async () => {
    bench.put('a.json', ndjson([{ QUERY_TEXT: 'INSERT INTO d.s.target SELECT id FROM orders' }]))
    await bench.mine({ defaults: { database: null, schema: null } })
    expect(await edges()).toEqual(['ORDERS.ID -> D.S.TARGET.ID'])
    await importTable(['D', 'SALES', 'ORDERS'], ['ID'])
    await bench.mine({ defaults: { database: null, schema: null } })
    expect(await edges()).toEqual(['D.SALES.ORDERS.ID -> D.S.TARGET.ID'])
    await importTable(['D', 'OTHER', 'ORDERS'], ['ID'])
    await bench.mine({ defaults: { database: null, schema: null } })
    expect(await edges()).toEqual(['ORDERS.ID -> D.S.TARGET.ID'])
  })

  test('the catalog does not know are skipped or refused where the pipeline says so', async () => {
    await importTable(['SHOP', 'PUBLIC', 'ORDERS'], ['ID'])
    await importTable(['SHOP', 'PUBLIC', 'MART'], ['ID'])
    bench.put('a.json', ndjson([{ QUERY_TEXT: 'INSERT INTO mart SELECT o.id FROM orders o JOIN unknown u ON u.id = o.id' }]))
    await expect(bench.mine({ options: { missingAssets: 'fail' } })).rejects.toMatchObject({
      code: 'ASSETS_MISSING',
      message: expect.stringContaining('SHOP.PUBLIC.UNKNOWN'),
    })
    await bench.mine({ options: { missingAssets: 'skip' } })
    expect(await edges('table')).toEqual(['SHOP.PUBLIC.ORDERS -> SHOP.PUBLIC.MART'])
  })
})

describe('schemas', () => {
  test('that come later resolve a star again, and its edge is gone', async () => {
    bench.put(
      'a.json',
      ndjson([{ QUERY_TEXT: 'CREATE OR REPLACE VIEW v AS SELECT * FROM orders' }, { QUERY_TEXT: 'INSERT INTO copy SELECT * FROM v' }]),
    )
    await bench.mine()
    expect(await edges()).toEqual(['SHOP.PUBLIC.ORDERS.* -> SHOP.PUBLIC.V.*', 'SHOP.PUBLIC.V.* -> SHOP.PUBLIC.COPY.*'])
    await importTable(['SHOP', 'PUBLIC', 'ORDERS'], ['ID', 'AMOUNT'])
    const { counts } = await bench.mine()
    expect(counts).toMatchObject({ objects: 0, skippedObjects: 1 })
    expect(await edges()).toEqual([
      'SHOP.PUBLIC.ORDERS.AMOUNT -> SHOP.PUBLIC.V.AMOUNT',
      'SHOP.PUBLIC.ORDERS.ID -> SHOP.PUBLIC.V.ID',
      'SHOP.PUBLIC.V.AMOUNT -> SHOP.PUBLIC.COPY.AMOUNT',
      'SHOP.PUBLIC.V.ID -> SHOP.PUBLIC.COPY.ID',
    ])
  })

  test('of a table that is dropped mark it, until it is made again', async () => {
    const dropped = async (): Promise<string[]> => {
      const rows = await bench.catalog.db.selectFrom('assets').select('path').where('dropped_at', 'is not', null).execute()
      return rows.map(({ path }) => (JSON.parse(path) as string[]).at(-1) ?? '').sort()
    }
    bench.put(
      'a.json',
      ndjson([
        { QUERY_TEXT: 'CREATE TABLE gone (id int)' },
        { QUERY_TEXT: 'CREATE TABLE back (id int)' },
        { QUERY_TEXT: 'DROP TABLE gone' },
        { QUERY_TEXT: 'DROP TABLE back' },
      ]),
    )
    await bench.mine()
    expect(await dropped()).toEqual(['BACK', 'GONE'])
    bench.put('b.json', ndjson([{ QUERY_TEXT: 'CREATE TABLE back (id int)' }]))
    await bench.mine()
    expect(await dropped()).toEqual(['GONE'])
  })
})

test('usage counts SELECTs by asset, column, user and day, once, and again after an object is replaced', async () => {
  const read = (user: string, day: number) => ({
    QUERY_TEXT: `SELECT id FROM orders WHERE amount > ${day}`,
    USER_NAME: user,
    START_TIME: `2026-01-0${day} 10:00:00`,
  })
  const write = { QUERY_TEXT: 'INSERT INTO mart SELECT id FROM orders', USER_NAME: 'etl', START_TIME: '2026-01-02T11:00:00Z' }
  await importTable(['SHOP', 'PUBLIC', 'ORDERS'], ['ID', 'AMOUNT'])
  bench.put('a.json', ndjson([read('ann', 1), read('ann', 1), read('bob', 2), write, { ...read('x', 1), STATUS: 'FAILED' }]))
  await bench.mine()
  const [orders] = await bench.catalog.db.selectFrom('assets').select('id').where('name_key', '=', 'orders').execute()
  const usage = () => assetUsage(bench.catalog.db, orders?.id ?? '')
  expect(await usage()).toMatchObject({
    reads: 3,
    writeReads: 1,
    lastReadAt: '2026-01-02T11:00:00.000Z',
    users: [
      { user: 'ann', reads: 2 },
      { user: 'bob', reads: 1 },
      { user: 'etl', reads: 0, writeReads: 1 },
    ],
    days: [
      { day: '2026-01-01', reads: 2, writeReads: 0 },
      { day: '2026-01-02', reads: 1, writeReads: 1 },
    ],
    columns: [
      { column: 'AMOUNT', reads: 3, users: 2 },
      { column: 'ID', reads: 3, users: 2 },
    ],
  })
  bench.put('a.json', ndjson([read('cy', 3)]))
  await bench.mine()
  expect(await usage()).toMatchObject({ reads: 1, writeReads: 0, users: [{ user: 'cy', reads: 1 }] })
  expect(await edges('table')).toEqual(['SHOP.PUBLIC.ORDERS -> SHOP.PUBLIC.MART'])
})
