import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type CliHome, cliHome } from '../support/cli.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

/** What is seen of a run while it is under way, by processes that only read the catalog. */
let on: TestRuntime
let cli: CliHome
beforeAll(async () => {
  ;[on, cli] = await Promise.all([startRuntime(), cliHome()])
})
afterAll(() => Promise.all([on.stop(), cli.remove()]))

const env = () => ({ TEMPORAL_ADDRESS: on.temporal.address, LODELINE_CATALOG_URL: `sqlite:${on.file('catalog.db')}` })
const show = async (id: string) =>
  (await cli.json(['runs', 'show', id], { env: env() })).data as {
    status: string
    counts: { steps?: number }
    tasks: { id: string; state: string; attempts: number; startedAt?: string; items?: { total: number; done: number } }[]
  }

test('counts, tasks and items grow while a run is under way; following ends by itself, with its exit code', async () => {
  const until = on.file('item-')
  const finish = (...items: readonly number[]) => items.forEach((n) => void writeFileSync(`${until}${n}`, ''))
  const pipeline = await on.pipeline({
    tasks: {
      list: { run: 'steps.list', with: { items: 6 } },
      each: { run: 'steps.work', after: ['list'], each: '$task.list', width: 1, with: { steps: 10, until } },
      gate: { run: 'steps.fail', after: ['each'], with: { code: 'ASSETS_MISSING', message: 'no gate' } },
    },
  })
  const handle = await on.start(pipeline)
  await on.until('begun', async () => (await on.status(handle)).run !== '')
  const id = (await on.status(handle)).run
  const heard: string[] = []
  const followed = cli.run(['runs', 'show', id, '--follow'], { env: env(), heard: (stderr) => void heard.push(stderr) })
  const logged = cli.run(['runs', 'logs', id, '--follow'], { env: env() })
  const seen = async () => {
    const { status, counts, tasks } = await show(id)
    const each = tasks.find((task) => task.id === 'each')
    return { status, steps: counts.steps ?? 0, state: each?.state, done: each?.items?.done ?? 0 }
  }
  await on.until('the first item is under way', async () => (await seen()).steps === 9)
  expect(await seen()).toEqual({ status: 'running', steps: 9, state: 'running', done: 0 })
  finish(0, 1, 2)
  await on.until('three are done, and the fourth is under way', async () => (await seen()).steps === 39)
  await on.until('they are counted', async () => (await seen()).done === 3)
  expect(await seen()).toEqual({ status: 'running', steps: 39, state: 'running', done: 3 })
  expect((await show(id)).tasks.find((task) => task.id === 'each')).toMatchObject({ attempts: 1, startedAt: expect.any(String) })
  await on.until('the follower tells of them', () => heard.join().includes('each 3/6'))
  finish(3, 4, 5)
  const [shown, logs] = await Promise.all([followed, logged])
  expect(shown.code).toBe(3)
  expect(shown.stdout).toContain('no gate')
  expect(logs.code).toBe(0)
  expect(logs.stdout.match(/done with each/g)).toHaveLength(6)
})

test('what became of each item can be seen: what it was, what it gave, why it failed', async () => {
  const pipeline = await on.pipeline({
    tasks: {
      list: { run: 'steps.list', with: { items: 3 } },
      odd: { run: 'steps.failOdd', after: ['list'], each: '$task.list', failedItems: 0.5 },
    },
  })
  const { run } = await on.run(pipeline)
  const shown = await cli.run(['runs', 'show', run], { env: env() })
  expect(shown.stdout).toContain(`\`lodeline runs items ${run} --state failed\``)
  expect((await cli.json(['runs', 'items', run], { env: env() })).data).toMatchObject([
    { task: 'odd', position: 0, state: 'succeeded', item: { n: 0 }, output: { n: 0 } },
    { task: 'odd', position: 1, state: 'failed', item: { n: 1 }, error: { code: 'ASSETS_MISSING', message: 'item 1 is odd' } },
    { task: 'odd', position: 2, state: 'succeeded', item: { n: 2 }, output: { n: 2 } },
  ])
  const failed = await cli.run(['runs', 'items', run, '--state', 'failed', '--task', 'odd'], { env: env() })
  expect(failed.stdout.split('\n').filter((line) => line.includes('odd'))).toHaveLength(1)
})
