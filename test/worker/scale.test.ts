import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

let on: TestRuntime
beforeAll(async () => {
  on = await startRuntime({ env: { LODELINE_SLOTS_CONTROL: '60' } })
})
afterAll(() => on.stop())

const ITEMS = 100_000

test('100,000 mapped items leave no history over 10,000 events or 5 MB, and each item runs once', async () => {
  const dag = {
    tasks: {
      list: { run: 'steps.list', with: { items: ITEMS } },
      each: { run: 'steps.nothing', after: ['list'], each: '$task.list', width: 40 },
    },
  }
  const handle = await on.start(await on.pipeline(dag))
  const started = Date.now()
  const { run } = (await handle.result()) as { run: string }
  const took = (Date.now() - started) / 1000
  const { items, done } = await on.catalog.db
    .selectFrom('task_items')
    .select((of) => [of.fn.countAll<number>().as('items'), of.fn.count<number>('state').as('done')])
    .where('run', '=', run)
    .where('state', '=', 'succeeded')
    .executeTakeFirstOrThrow()
  expect([items, done]).toEqual([ITEMS, ITEMS])
  const sizes: { events: number; bytes: number }[] = []
  for await (const { raw } of on.client.workflow.list({ query: `WorkflowId = "${handle.workflowId}"` })) {
    sizes.push({ events: Number(raw.historyLength), bytes: Number(raw.historySizeBytes) })
  }
  console.log(`${ITEMS} items in ${took.toFixed(1)} s; histories: ${JSON.stringify(sizes)}`)
  expect(sizes.length).toBeGreaterThan(1)
  for (const { events, bytes } of sizes) {
    expect(events).toBeLessThan(10_000)
    expect(bytes).toBeLessThan(5_000_000)
  }
}, 900_000)
