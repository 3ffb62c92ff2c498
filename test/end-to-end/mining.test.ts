import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { catalogContent } from '../support/catalog-content.ts'
import { ndjson } from '../support/mining.ts'
import { orderedLog } from '../support/mining-log.ts'
import { applyMining, runMining } from '../support/mining-pipeline.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'
import { type S3Server, startS3 } from '../support/s3.ts'

let on: TestRuntime
let s3: S3Server

beforeAll(async () => {
  ;[on, s3] = await Promise.all([startRuntime(), startS3()])
})
afterAll(async () => {
  await Promise.all([on.stop(), s3.stop()])
})

test('a bucket is mined, again without a change, with one object replaced, and with one deleted', async () => {
  await s3.createBucket('history')
  const records = orderedLog(11, 900)
  for (const index of [0, 1, 2]) await s3.put('history', `log/part-${index}.json`, ndjson(records.slice(index * 300, index * 300 + 300)))
  await applyMining(on, s3, { name: 'history', bucket: 'history', log: { prefix: 'log' } })
  const first = await runMining(on, 'history')
  expect(first).toMatchObject({ status: 'succeeded', counts: { objects: 3, skippedObjects: 0, records: 900 } })
  const content = await catalogContent(on.catalog)
  expect(content).toContain('process_edges')

  const again = await runMining(on, 'history')
  expect(again).toMatchObject({ status: 'succeeded', counts: { objects: 0, skippedObjects: 3, records: 0 } })
  expect(await catalogContent(on.catalog)).toBe(content)

  const other = [{ QUERY_TEXT: 'INSERT INTO fresh SELECT id FROM orders', USER_NAME: 'new', START_TIME: '2026-02-01T00:00:00Z' }]
  await s3.put('history', 'log/part-1.json', ndjson(other))
  expect(await runMining(on, 'history')).toMatchObject({ status: 'succeeded', counts: { objects: 1, skippedObjects: 2, records: 1 } })
  const edges = await on.catalog.db.selectFrom('process_edges').selectAll().execute()

  await s3.remove('history', 'log/part-2.json')
  expect(await runMining(on, 'history')).toMatchObject({ status: 'succeeded', counts: { objects: 0, skippedObjects: 2 } })
  expect(await on.catalog.db.selectFrom('process_edges').selectAll().execute()).toEqual(edges)
})

test('half the lines broken gives the other half, and an exact count of dead letters', async () => {
  await s3.createBucket('broken')
  const lines = orderedLog(12, 500).flatMap((record, index) => [
    JSON.stringify(record),
    [`{"QUERY_TEXT": "SELECT ${index}`, '[1]', '{"TEXT":"SELECT 1"}', '17'][index % 4] ?? '',
  ])
  await s3.put('broken', 'a.json', `${lines.join('\n')}\n`)
  await applyMining(on, s3, { name: 'broken', bucket: 'broken' })
  const run = await runMining(on, 'broken')
  expect(run).toMatchObject({
    status: 'succeeded',
    counts: { records: 625, deadLetters: { BAD_JSON: 125, NOT_AN_OBJECT: 250, MISSING_SQL: 125 } },
  })
  await applyMining(on, s3, { name: 'strict', bucket: 'broken', options: { maxDeadLetterShare: 0.1 } })
  expect(await runMining(on, 'strict').catch((error: { cause?: { type?: string } }) => error.cause)).toMatchObject({
    type: 'THRESHOLD_EXCEEDED',
  })
})
