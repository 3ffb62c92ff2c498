import { expect, test } from '@jest/globals'
import { countDeadLetters, listDeadLetters } from '../../catalog/dead-letters.ts'
import { logOfPipeline } from '../../catalog/metadata/history.ts'
import type { Catalog } from '../../catalog/open.ts'
import { putPipeline } from '../../catalog/pipelines.ts'
import { taskItems } from '../../catalog/run-items.ts'
import { forgetRuns } from '../../catalog/run-retention.ts'
import { getRun, lastRuns, listRuns, runLogs } from '../../catalog/runs.ts'
import { pipelineSchema } from '../../contracts/pipeline.ts'
import { onEveryStore } from '../support/catalogs.ts'

async function addRun(catalog: Catalog, id: string, startedAt: string, status = 'succeeded') {
  await catalog.db
    .insertInto('runs')
    .values({
      id,
      pipeline: 'history',
      type: 's3QueryMining',
      workflow_id: `w-${id}`,
      temporal_run_id: id,
      status,
      window_from: null,
      window_to: null,
      input: '{}',
      dag: '{"tasks":{"scan":{},"list":{}}}',
      counts: '{"records":3,"deadLetters":{"BAD_JSON":1}}',
      warnings: '["odd"]',
      error: null,
      started_at: startedAt,
      ended_at: null,
      heartbeat_at: startedAt,
    })
    .execute()
}

onEveryStore('runs', ({ open }) => {
  test('are shown with their tasks in the order of the DAG, and listed newest first, page by page', async () => {
    const catalog = await open()
    await addRun(catalog, 'r1', '2026-01-01T00:00:00.000Z', 'failed')
    await addRun(catalog, 'r2', '2026-01-02T00:00:00.000Z')
    const task = { run: 'r1', attempts: 2, started_at: null, ended_at: null, counts: '{}', output: null }
    await catalog.db
      .insertInto('task_runs')
      .values([
        { ...task, task: 'list', state: 'succeeded', items_total: null, items_done: null, items_failed: null, error: null },
        { ...task, task: 'scan', state: 'failed', items_total: 4, items_done: 3, items_failed: 1, error: '{"code":"X","message":"y"}' },
      ])
      .execute()
    await catalog.db
      .insertInto('task_items')
      .values({ run: 'r1', task: 'scan', position: 2, state: 'failed', counts: '{}', output: null, error: '{"code":"X"}' })
      .execute()
    expect(await getRun(catalog.db, 'r1')).toMatchObject({
      status: 'failed',
      counts: { records: 3, deadLetters: { BAD_JSON: 1 } },
      warnings: ['odd'],
      tasks: [
        { id: 'scan', items: { total: 4, done: 3, failed: 1 }, error: { code: 'X' } },
        { id: 'list', attempts: 2 },
      ],
    })
    const failed = { task: 'scan', position: 2, state: 'failed', counts: {}, error: { code: 'X' } }
    expect(await taskItems(catalog.db, 'r1', { task: 'scan', state: 'failed' })).toEqual([failed])
    expect(await taskItems(catalog.db, 'r1', { state: 'succeeded' })).toEqual([])
    expect(await getRun(catalog.db, 'none')).toBeNull()
    expect((await listRuns(catalog.db)).map(({ id }) => id)).toEqual(['r2', 'r1'])
    expect((await listRuns(catalog.db, { before: '2026-01-02T00:00:00.000Z' })).map(({ id }) => id)).toEqual(['r1'])
    expect((await listRuns(catalog.db, { pipeline: 'history', status: ['failed'] })).map(({ id }) => id)).toEqual(['r1'])
    expect([...(await lastRuns(catalog.db)).values()].map(({ id }) => id)).toEqual(['r2'])
  })

  test('are forgotten in time, with all they left; not the last ones, nor what a run under way resumes', async () => {
    const catalog = await open()
    const day = (of: number) => `2026-01-0${of}T00:00:00.000Z`
    const states = ['failed', 'succeeded', 'failed', 'succeeded', 'failed', 'failed', 'running']
    for (const [at, status] of states.entries()) await addRun(catalog, `r${at + 1}`, day(at + 1), status)
    await catalog.db
      .updateTable('runs')
      .set({ ended_at: day(8) })
      .where('status', '<>', 'running')
      .execute()
    await catalog.db.updateTable('runs').set({ input: '{"pipeline":"history","resumeFrom":"r5"}' }).where('id', '=', 'r7').execute()
    await catalog.db.updateTable('runs').set({ input: '{"pipeline":"history","resumeFrom":"r3"}' }).where('id', '=', 'r5').execute()
    await catalog.db
      .insertInto('manifests')
      .values(['r1', 'r5'].map((run) => ({ run, manifest: 'list', position: 0, item: '{}' })))
      .execute()
    expect(await forgetRuns(catalog, new Date(day(8)))).toBe(0)
    expect(await forgetRuns(catalog, new Date(day(9)))).toBe(3)
    // r4 is the last success, r7 the last run, and r5 and r3 are what it goes back to.
    expect((await listRuns(catalog.db)).map(({ id }) => id)).toEqual(['r7', 'r5', 'r4', 'r3'])
    expect((await catalog.db.selectFrom('manifests').select('run').execute()).map(({ run }) => run)).toEqual(['r5'])
    expect(await forgetRuns(catalog, new Date(day(9)))).toBe(0)
  })

  test('have logs that can be followed from where one stopped reading', async () => {
    const catalog = await open()
    const line = (run: string, message: string, level = 'info') => ({
      run,
      task: 'scan',
      at: '2026-01-01T00:00:00.000Z',
      level,
      message,
      facts: '{"n":1}',
    })
    await catalog.db
      .insertInto('run_logs')
      .values([line('r1', 'a'), line('r2', 'other'), line('r1', 'b', 'error')])
      .execute()
    const first = await runLogs(catalog.db, 'r1', { limit: 1 })
    expect(first).toMatchObject([{ message: 'a', facts: { n: 1 } }])
    expect(await runLogs(catalog.db, 'r1', { after: first[0]?.number ?? 0 })).toMatchObject([{ message: 'b' }])
    expect(await runLogs(catalog.db, 'r1', { levels: ['error'] })).toMatchObject([{ message: 'b' }])
  })

  test('have dead letters in the order of the log, counted by reason', async () => {
    const catalog = await open()
    const letter = (object: string, at: number, reason: string) => ({
      pipeline: 'history',
      object,
      line: at,
      at_offset: at * 10,
      reason,
      sample: '{',
    })
    await catalog.db
      .insertInto('dead_letters')
      .values([letter('b', 1, 'BAD_JSON'), letter('a', 2, 'MISSING_SQL'), letter('a', 1, 'BAD_JSON')])
      .execute()
    await catalog.db
      .insertInto('mining_objects')
      .values(
        ['a', 'b'].map((object) => ({
          pipeline: 'history',
          object,
          etag: 'e',
          bytes: 1,
          seekable: 1 as const,
          state: 'mined' as const,
          run: `run-${object}`,
        })),
      )
      .execute()
    expect(await countDeadLetters(catalog.db, { pipeline: 'history' })).toEqual({ BAD_JSON: 2, MISSING_SQL: 1 })
    expect(await countDeadLetters(catalog.db, { pipeline: 'history', run: 'run-b' })).toEqual({ BAD_JSON: 1 })
    const page = await listDeadLetters(catalog.db, { pipeline: 'history', limit: 2 })
    expect(page.map(({ object, line }) => `${object}:${line}`)).toEqual(['a:1', 'a:2'])
    const last = page[1]
    if (last === undefined) throw new Error('no page')
    expect(
      (await listDeadLetters(catalog.db, { pipeline: 'history', after: last })).map(({ object, offset }) => `${object}:${offset}`),
    ).toEqual(['b:10'])
    expect(await listDeadLetters(catalog.db, { pipeline: 'history', reason: 'MISSING_SQL' })).toHaveLength(1)
  })

  test('have their dead letters in the log that the pipeline mines: its own, or the history of its connection', async () => {
    const catalog = await open()
    for (const [name, type, options] of [
      ['bucket', 's3QueryMining', { queryLog: { kind: 's3' } }],
      ['usage', 'usageIngestion', {}],
      ['lineage', 'lineageIngestion', { queryLog: { kind: 'connection', pricePerTb: 6 } }],
      ['usage-of-files', 'usageIngestion', { queryLog: { kind: 's3' } }],
    ] as const)
      await putPipeline(catalog.db, pipelineSchema.parse({ name, type, connection: 'lake', options }), null, '2026-01-01T00:00:00Z')
    const logs = ['bucket', 'usage', 'lineage', 'usage-of-files', 'gone'].map((name) => logOfPipeline(catalog, name))
    expect(await Promise.all(logs)).toEqual(['bucket', 'history:lake', 'history:lake', 'usage-of-files', 'gone'])
  })
})
