import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { foldBy } from '../../catalog/asset-keys.ts'
import { importSchemas } from '../../catalog/import/import-schemas.ts'
import type { Catalog } from '../../catalog/open.ts'
import { topAssets, topQueries } from '../../catalog/usage.ts'
import { catalogContent } from '../support/catalog-content.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { miningBench, ndjson, twoThreads } from '../support/mining.ts'
import { type LogRecord, orderedLog } from '../support/mining-log.ts'
import { applyMining, runMining } from '../support/mining-pipeline.ts'
import { startRuntime } from '../support/runtime.ts'
import { type S3Server, startS3 } from '../support/s3.ts'

let s3: S3Server
beforeAll(async () => {
  s3 = await startS3()
})
afterAll(() => s3.stop())

const RECORDS = orderedLog(21, 600)
/** Names and texts that databases treat in ways of their own. */
const ODD: readonly LogRecord[] = [
  { QUERY_TEXT: `INSERT INTO "ünï ""x""" SELECT "a%_\\b" FROM "Δ'; drop table assets; --"`, USER_NAME: 'o\u0000dd 😀' },
  { QUERY_TEXT: 'INSERT INTO lone\ud800 SELECT id FROM orders', USER_NAME: '\udfff' },
]
const parts = [RECORDS.slice(0, 200), [...RECORDS.slice(200, 400), ...ODD], RECORDS.slice(400)].map(
  (records, index) => [`part-${index}.json`, ndjson(records)] as const,
)
const replaced = [
  'part-1.json',
  ndjson([{ QUERY_TEXT: 'INSERT INTO fresh SELECT * FROM orders', USER_NAME: 'new' }, ...RECORDS.slice(200, 260)]),
] as const

async function importOrders(catalog: Catalog): Promise<void> {
  const text = (async function* () {
    yield 'table_catalog,table_schema,table_name,column_name,ordinal_position\nSHOP,PUBLIC,ORDERS,ID,1\nSHOP,PUBLIC,ORDERS,AMOUNT,2\nSHOP,PUBLIC,ORDERS,LATE,3\n'
  })()
  const now = '2026-01-01T00:00:00.000Z'
  await importSchemas(catalog, 'shop', { levels: ['database', 'schema'], defaults: {} }, text, { now, fold: foldBy('upper') })
}

/** What is read of the catalog beside its tables. */
async function answers({ db }: Catalog): Promise<unknown> {
  return [await topAssets(db, { limit: 10 }), await topQueries(db, { by: 'cost', limit: 10 })]
}

/** The same steps in one process, on SQLite. */
async function expected(): Promise<readonly [string, unknown]> {
  const threads = twoThreads()
  const bench = await miningBench(threads)
  try {
    for (const [name, content] of parts) bench.put(name, content)
    await bench.mine()
    bench.put(...replaced)
    await bench.mine()
    await importOrders(bench.catalog)
    await bench.mine()
    return [await catalogContent(bench.catalog), await answers(bench.catalog)]
  } finally {
    await bench.close()
    await threads.close()
  }
}

onEveryStore('a log mined by a worker', ({ newUrl, engine }) => {
  test('gives on either store what mining in one process gives', async () => {
    const on = await startRuntime({ catalogUrl: await newUrl() })
    try {
      expect(on.catalog.engine).toBe(engine)
      const bucket = `history-${engine}`
      await s3.createBucket(bucket)
      for (const [name, content] of parts) await s3.put(bucket, name, content)
      await applyMining(on, s3, { name: 'history', bucket, options: { shardBytes: 65_536 } })
      expect(await runMining(on, 'history')).toMatchObject({ status: 'succeeded', counts: { objects: 3, records: 602 } })
      const before = await catalogContent(on.catalog)
      expect(await runMining(on, 'history', { reprocess: true })).toMatchObject({
        status: 'succeeded',
        counts: { objects: 3, records: 602 },
      })
      expect(await catalogContent(on.catalog)).toBe(before)
      await s3.put(bucket, ...replaced)
      expect(await runMining(on, 'history')).toMatchObject({ status: 'succeeded', counts: { objects: 1, skippedObjects: 2 } })
      await importOrders(on.catalog)
      expect(await runMining(on, 'history')).toMatchObject({ status: 'succeeded', counts: { objects: 0, skippedObjects: 3 } })
      const [content, told] = await expected()
      expect((await catalogContent(on.catalog)).split('\n')).toEqual(content.split('\n'))
      expect(await answers(on.catalog)).toEqual(told)
    } finally {
      await on.stop()
    }
  })
})
