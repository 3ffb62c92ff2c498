import { expect, test } from '@jest/globals'
import { onEveryStore } from '../support/catalogs.ts'
import { startRuntime } from '../support/runtime.ts'

onEveryStore('a run with its catalog', ({ newUrl, engine }) => {
  test('counts, maps, resumes items and takes turns in a pool', async () => {
    const on = await startRuntime({ catalogUrl: await newUrl(), env: { LODELINE_POOLS: '{"narrow": 1}' } })
    try {
      const each = { run: 'steps.failOdd', after: ['list'], each: '$task.list', pool: 'narrow', width: 2 }
      const count = { run: 'steps.work', with: { steps: 3 } }
      const pipeline = await on.pipeline({ tasks: { list: { run: 'steps.list', with: { items: 4 } }, each, count } })
      const handle = await on.start(pipeline)
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringContaining('2 of 4 items failed') } })
      const { run } = await on.status(handle)
      expect(await on.row(run)).toMatchObject({ status: 'failed', counts: { steps: 3 } })
      expect(await on.tasks(run)).toEqual({ list: 'succeeded', each: 'failed', count: 'succeeded' })
      const again = await on.start(pipeline, { resumeFrom: run })
      await expect(again.result()).rejects.toMatchObject({ cause: { message: expect.stringContaining('2 of 4 items failed') } })
      const items = await on.catalog.db
        .selectFrom('task_items')
        .select(['position', 'state'])
        .where('run', '=', (await on.status(again)).run)
        .orderBy('position')
        .execute()
      expect(items.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'succeeded', 'failed'])
      expect(on.catalog.engine).toBe(engine)
    } finally {
      await on.stop()
    }
  })
})
