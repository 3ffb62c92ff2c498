import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connect } from '../../client/sdk/index.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

/** What a pipeline's document says of its runs, held against a real worker and server. */
let on: TestRuntime
beforeAll(async () => {
  on = await startRuntime()
})
afterAll(() => on.stop())

const odd = (more: object = {}) => ({
  tasks: {
    list: { run: 'steps.list', with: { items: 4 } },
    half: { run: 'steps.failOdd', after: ['list'], each: '$task.list', retry: { attempts: 1 }, ...more },
  },
})

test.each([
  [0.5, 'succeeded'],
  [0.75, 'failed'],
])('successThreshold %d of items, of which half fail: the run has %s', async (successThreshold, status) => {
  const handle = await on.start(await on.pipeline(odd(), { successThreshold }))
  await handle.result().catch(() => undefined)
  const { run } = await on.status(handle)
  expect((await on.row(run)).status).toBe(status)
})

test('a task that says itself how many items may fail is not overruled', async () => {
  const handle = await on.start(await on.pipeline(odd({ failedItems: 0.5 }), { successThreshold: 1 }))
  expect(await handle.result()).toMatchObject({ status: 'succeeded' })
})

test.each([
  ['debug', ['info', 'error']],
  ['error', ['error']],
])('logLevel %s keeps %j', async (logLevel, levels) => {
  const dag = {
    tasks: {
      a: { run: 'steps.work' },
      b: { run: 'steps.fail', with: { message: 'broken' }, retry: { attempts: 1 }, onFailure: 'continue' },
    },
  }
  const handle = await on.start(await on.pipeline(dag, { logLevel }))
  await handle.result()
  const { run } = await on.status(handle)
  const kept = await on.catalog.db.selectFrom('run_logs').select('level').where('run', '=', run).execute()
  expect([...new Set(kept.map(({ level }) => level))].sort()).toEqual([...levels].sort())
})

test('a run that is started twice with one request id is one run, also after it has ended', async () => {
  const trace = on.file('once')
  const pipeline = await on.pipeline({ tasks: { a: { run: 'steps.work', with: { steps: 1, everyMs: 200, trace } } } })
  const lodeline = await connect({ address: on.temporal.address })
  const start = () => lodeline.start({ type: 'pipeline', pipeline, requestId: 'order-17' })
  const [one, two] = await Promise.all([start(), start()])
  expect((await one.result()).run).toBe((await two.result()).run)
  expect((await (await start()).result()).run).toBe((await one.result()).run)
  expect(on.lines('once').filter((line) => line.startsWith('start'))).toHaveLength(1)
  await lodeline.close()
})
