import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { StoreBench } from '../support/catalogs.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

/** Several worker processes that share a catalog and a server, as on several machines. */
const QUEUES = ['control', 'io', 'cpu', 'push'] as const

async function withFleet({ newUrl }: StoreBench, use: (on: TestRuntime) => Promise<void>): Promise<void> {
  const on = await startRuntime({
    catalogUrl: await newUrl(),
    env: { LODELINE_POOLS: '{"narrow": 1}', LODELINE_SERVES: 'workflows,control,push' },
  })
  try {
    await on.startWorker({ LODELINE_SERVES: 'io,cpu' })
    await on.startWorker({ LODELINE_SERVES: 'workflows,control,io,cpu,push' })
    await use(on)
  } finally {
    await on.stop()
  }
}

onEveryStore('a fleet of workers', (bench) => {
  test('shares the queues and the pools, and loses nothing when one of it is killed', async () => {
    await withFleet(bench, async (on) => {
      const trace = on.file('fleet')
      const work = (more: object) => ({ run: 'steps.work', with: { steps: 8, everyMs: 60, trace }, retry: { first: '100ms' }, ...more })
      const queues = Object.fromEntries(QUEUES.map((queue) => [queue, work({ queue })]))
      const pooled = (queue: string) => work({ queue, pool: 'narrow', with: { steps: 3, everyMs: 60, trace: on.file('pooled') } })
      const dag = {
        tasks: {
          list: { run: 'steps.list', with: { items: 12 } },
          each: work({ after: ['list'], each: '$task.list', width: 6, queue: 'cpu' }),
          ...queues,
          one: pooled('io'),
          two: pooled('cpu'),
          three: pooled('control'),
        },
      }
      const handle = await on.start(await on.pipeline(dag))
      await on.until('under way', () => on.lines('fleet').length > 30)
      await on.worker().kill()
      expect(await handle.result()).toMatchObject({ status: 'succeeded', counts: { steps: 8 * (12 + QUEUES.length) + 9 } })
      // At most one of the pool at a time, whichever process had it: every step is of the attempt that started last. One that was killed
      // begins again when its slot is free again, which others may have had before.
      let last: string | undefined
      for (const line of on.lines('pooled')) {
        const [what, task] = line.split(' ')
        if (what === 'start') last = task
        else expect(task).toBe(last)
      }
    })
  })
})

describe('one slot', () => {
  let on: TestRuntime
  beforeAll(async () => {
    // One partition: a worker asks one at a time, which may hold only low ones.
    const partitions = { 'matching.numTaskqueueReadPartitions': 1, 'matching.numTaskqueueWritePartitions': 1 }
    on = await startRuntime({ env: { LODELINE_SLOTS_CPU: '1' }, dynamic: partitions })
  })
  afterAll(() => on.stop())

  /** Tasks that the server holds until the slot is free. */
  const backlog = async (): Promise<number> => {
    const { stats } = await on.client.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: 'lodeline-cpu' },
      taskQueueType: 2, // of activities
      reportStats: true,
    })
    return Number(stats?.approximateBacklogCount ?? 0)
  }

  test('is given to what has priority', async () => {
    const trace = on.file('order')
    const task = (more: object) => ({ run: 'steps.work', queue: 'cpu', with: { steps: 1, everyMs: 300, trace }, ...more })
    const until = on.file('order-ready')
    const first = await on.start(await on.pipeline({ tasks: { first: task({ with: { steps: 1, trace, until } }) } }))
    await on.until('the slot is taken', () => on.lines('order').length > 0)
    const lows = Object.fromEntries([1, 2, 3, 4].map((n) => [`low${n}`, task({ priority: 5 })]))
    const low = await on.start(await on.pipeline({ tasks: lows }))
    await on.until('the others wait', async () => (await backlog()) === 4)
    const high = await on.start(await on.pipeline({ tasks: { high: task({ priority: 1 }) } }))
    await on.until('it waits behind them', async () => (await backlog()) === 5)
    writeFileSync(until, '')
    await Promise.all([first, low, high].map((handle) => handle.result()))
    const started = on.lines('order').flatMap((line) => (line.startsWith('start ') ? [line.split(' ')[1]] : []))
    // A worker may have asked before the high one was there; not twice.
    expect(started.indexOf('high')).toBeLessThanOrEqual(2)
    expect(started).toHaveLength(6)
  })
})
