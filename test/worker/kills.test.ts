import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { getRun, listRuns } from '../../catalog/runs.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

/** Long after a worker that stops by itself has stopped, on a busy machine too. */
const FORCED_MS = 120_000
let on: TestRuntime

beforeAll(async () => {
  on = await startRuntime({ env: { LODELINE_SHUTDOWN_FORCE: `${FORCED_MS}ms` } })
})
afterAll(() => on.stop())

const steps = (count: number, trace: string, more: object = {}) => ({
  run: 'steps.work',
  with: { steps: count, everyMs: 50, trace: on.file(trace) },
  retry: { first: '100ms' },
  ...more,
})

describe('a run survives', () => {
  test('the kill of its worker in the middle of a task: another goes on from the checkpoint, and counts are exact', async () => {
    const handle = await on.start(await on.pipeline({ tasks: { a: steps(60, 'killed'), b: steps(1, 'killed', { after: ['a'] }) } }))
    await on.until('half way', () => on.lines('killed').length > 25)
    await on.worker().kill()
    const { run } = await on.catalog.db
      .selectFrom('runs')
      .select('id as run')
      .where('workflow_id', '=', handle.workflowId)
      .executeTakeFirstOrThrow()
    expect((await on.row(run)).status).toBe('running') // true: Temporal still runs it
    const inAMinute = Date.now() + 60_001 // the signs that were left before the kill are all too old then, and every later one is not
    expect(await getRun(on.catalog.db, run, inAMinute)).toMatchObject({
      status: 'stalled',
      warnings: [expect.stringMatching(/^No worker has been up since .*; the run goes on/)],
    })
    expect((await listRuns(on.catalog.db, { status: ['stalled'], now: inAMinute })).map(({ id }) => id)).toEqual([run])
    expect(await listRuns(on.catalog.db, { status: ['running'], now: inAMinute })).toEqual([])
    await on.startWorker()
    await on.until('the new worker left a sign', async () => (await getRun(on.catalog.db, run, inAMinute))?.status === 'running')
    expect(await handle.result()).toMatchObject({ status: 'succeeded', counts: { steps: 61 } })
    const starts = on.lines('killed').filter((line) => line.startsWith('start a'))
    expect(starts).toHaveLength(2)
    expect(Number(starts[1]?.split(' ').at(-1))).toBeGreaterThan(5)
    expect((await on.row(run)).counts).toEqual({ steps: 61 })
  })

  test('the stop of its worker: the process ends in time, and the task goes on elsewhere without waiting for the heartbeat', async () => {
    const handle = await on.start(await on.pipeline({ tasks: { a: steps(100, 'stopped') } }))
    await on.until('under way', () => on.lines('stopped').length > 10)
    const old = on.worker()
    await on.startWorker()
    const asked = Date.now()
    expect(await old.stop()).toBe(0)
    expect(Date.now() - asked).toBeLessThan(FORCED_MS / 2) // after the two seconds of grace, not by force
    expect(await handle.result()).toMatchObject({ status: 'succeeded', counts: { steps: 100 } })
    const seen = on.lines('stopped').filter((line) => line.startsWith('step'))
    expect(new Set(seen).size).toBe(100)
    expect(seen.length).toBeLessThan(103)
  })

  test('the kill of the Temporal server', async () => {
    const handle = await on.start(await on.pipeline({ tasks: { a: steps(20, 'server'), b: steps(20, 'server', { after: ['a'] }) } }))
    await on.until('under way', () => on.lines('server').length > 5)
    await on.temporal.kill()
    await pause(2_000) // the worker finds that it is away
    await on.temporal.start()
    expect(await handle.result()).toMatchObject({ status: 'succeeded', counts: { steps: 40 } })
  })

  test('not its termination: it becomes lost', async () => {
    const handle = await on.start(await on.pipeline({ tasks: { a: steps(1000, 'terminated') } }))
    await on.until('under way', () => on.lines('terminated').length > 3)
    const { run } = await on.status(handle)
    await handle.terminate('gone')
    await on.until('lost', async () => (await on.row(run)).status === 'lost')
    expect((await on.row(run)).error?.code).toBe('RUN_LOST')
    await on.until('the task stopped', () => on.lines('terminated').at(-1) === 'stop a')
  })

  test('not the loss of all that Temporal had: it becomes lost, and the same worker goes on with new runs', async () => {
    const handle = await on.start(await on.pipeline({ tasks: { a: steps(1000, 'forgotten') } }))
    await on.until('under way', () => on.lines('forgotten').length > 3)
    const { run } = await on.status(handle)
    await on.temporal.kill()
    await on.temporal.forget()
    await on.temporal.start()
    await on.until('lost', async () => (await on.row(run)).status === 'lost')
    const name = await on.pipeline({ tasks: { a: steps(2, 'afterwards') } })
    expect(await on.run(name)).toMatchObject({ status: 'succeeded', counts: { steps: 2 } })
  })

  test('items of a killed worker are not run twice when they had succeeded', async () => {
    const dag = {
      tasks: {
        list: { run: 'steps.list', with: { items: 12 } },
        each: steps(2, 'items', { after: ['list'], each: '$task.list', width: 3 }),
      },
    }
    const handle = await on.start(await on.pipeline(dag))
    await on.until('under way', () => on.lines('items').filter((line) => line.startsWith('start')).length > 5)
    await on.worker().kill()
    await on.startWorker()
    expect(await handle.result()).toMatchObject({ status: 'succeeded', counts: { steps: 24 } })
    expect(on.lines('items').filter((line) => line.startsWith('start')).length).toBeLessThanOrEqual(15)
  })
})
