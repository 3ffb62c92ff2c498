import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { markPipelineDeleted } from '../../catalog/pipelines.ts'
import { connect, type Lodeline } from '../../client/sdk/index.ts'
import { type CliHome, cliHome } from '../support/cli.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

/** Runs of a real worker on a real server, steered from the command line and from a program. */
let on: TestRuntime
let cli: CliHome
let lodeline: Lodeline
beforeAll(async () => {
  ;[on, cli] = await Promise.all([startRuntime(), cliHome()])
  lodeline = await connect({ address: on.temporal.address })
})
afterAll(async () => {
  await lodeline.close()
  await Promise.all([on.stop(), cli.remove()])
})

const env = () => ({ TEMPORAL_ADDRESS: on.temporal.address, LODELINE_CATALOG_URL: `sqlite:${on.file('catalog.db')}` })
const runs = (...args: string[]) => cli.run(['runs', ...args], { env: env() })
const json = async (...args: string[]) => (await cli.json(['runs', ...args], { env: env() })).data as Record<string, string>
const start = (pipeline: string, more: object = {}) => lodeline.start({ type: 'pipeline', pipeline, ...more })
/** Goes on until the file is there. */
const held = (until: string) => ({ tasks: { a: { run: 'steps.work', with: { until } }, b: { run: 'steps.work', after: ['a'] } } })
const idOf = async (handle: { status(): Promise<{ run: string }> }) => {
  await on.until('begun', async () => (await handle.status()).run !== '')
  return (await handle.status()).run
}

test('pause and resume; what a run refuses is said plainly', async () => {
  const until = on.file('steered')
  const handle = await start(await on.pipeline(held(until)))
  const id = await idOf(handle)
  expect((await runs('resume', id)).stderr).toContain('the run cannot resume: the run is not paused')
  expect(await json('pause', id, '--update-id', 'one')).toEqual({ id, status: 'paused', tasks: [] })
  expect(await json('pause', id, '--update-id', 'one')).toEqual({ id, status: 'paused', tasks: [] })
  expect(await runs('pause', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('the run is paused already') })
  expect((await runs('resume', id)).stdout).toContain(`Run ${id} is running`)
  writeFileSync(until, '')
  expect((await handle.wait()).status).toBe('succeeded')
  expect(await runs('pause', id)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has ended (succeeded): there is nothing to pause'),
  })
  expect(await runs('pause', 'nobody')).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no run `nobody`') })
  await expect(handle.pause()).rejects.toMatchObject({ code: 'RUN_CLOSED' })
  await expect(lodeline.run('lodeline/none').resume()).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
})

test('skip and retry in an open run', async () => {
  const fixed = on.file('open-fixed')
  const wait = (until: string) => ({ run: 'steps.fail', onFailure: 'wait', retry: { attempts: 1 }, with: { until } })
  const handle = await start(await on.pipeline({ tasks: { a: wait(fixed), c: wait('never') } }))
  const id = await idOf(handle)
  await on.until('waiting', async () => (await on.row(id)).status === 'waiting')
  expect(await runs('logs', id, '--task', 'aa')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean `a`') })
  expect(await runs('retry', id, '--task', 'aa')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean `a`') })
  expect(await json('skip', id, '--task', 'c')).toMatchObject({ id, tasks: ['c'] })
  writeFileSync(fixed, '')
  expect(await json('retry', id, '--task', 'a')).toMatchObject({ id, workflowId: handle.workflowId })
  expect((await handle.wait()).status).toBe('succeeded')
  expect(await on.tasks(id)).toEqual({ a: 'succeeded', c: 'skipped' })
})

test('retry of a run that has ended is a new run that keeps what succeeded; rerun keeps nothing but window and input', async () => {
  const [trace, fixed] = [on.file('closed'), on.file('closed-fixed')]
  const pipeline = await on.pipeline({
    params: { n: { type: 'number', required: true } },
    tasks: {
      a: { run: 'steps.work', with: { trace, steps: '$param.n' } },
      gate: { run: 'steps.fail', after: ['a'], with: { until: fixed, code: 'ASSETS_MISSING' } },
    },
  })
  const starts = () => on.lines('closed').filter((line) => line.startsWith('start')).length
  const first = await start(pipeline, { params: { n: 2 }, window: { from: '2026-03-01', to: '2026-03-02' } })
  const id = await idOf(first)
  expect((await first.wait()).status).toBe('failed')
  writeFileSync(fixed, '')
  expect((await runs('retry', id, '--task', 'a')).stderr).toContain('`--from a` runs it')
  const second = await json('retry', id, '--update-id', 'again')
  expect(await json('retry', id, '--update-id', 'again')).toEqual(second)
  const retried = await lodeline.run(second['workflowId'] ?? '').wait()
  expect([retried.status, starts()]).toEqual(['succeeded', 1])
  expect((await runs('retry', retried.run)).stderr).toContain('no task has failed')
  const third = await lodeline.run((await json('retry', id, '--from', 'a'))['workflowId'] ?? '').wait()
  expect([third.status, starts()]).toEqual(['succeeded', 2])
  const fourth = await lodeline.run((await json('rerun', third.run))['workflowId'] ?? '').wait()
  expect([fourth.status, fourth.counts, starts()]).toEqual(['succeeded', { steps: 2 }, 3])
  for (const { run } of [retried, third, fourth]) expect(await on.row(run)).toMatchObject({ window_from: '2026-03-01T00:00:00.000Z' })
  await markPipelineDeleted(on.catalog.db, pipeline, new Date().toISOString())
  expect(await runs('rerun', id)).toMatchObject({ code: 2, stderr: expect.stringContaining(`there is no pipeline \`${pipeline}\``) })
  await on.catalog.db.updateTable('pipelines').set({ deleted_at: null }).where('name', '=', pipeline).execute()
  const program = await first.retry()
  expect([program.isNew, (await program.run.wait()).status, starts()]).toEqual([true, 'succeeded', 3])
})

test('without a worker a run cannot be steered, which is said in time; what was started then goes on', async () => {
  const until = on.file('left-alone')
  const handle = await start(await on.pipeline(held(until)))
  const id = await idOf(handle)
  expect(await lodeline.workers()).toBe(1)
  await on.worker().kill()
  const asked = Date.now()
  const said = expect.stringMatching(/WORKER_ABSENT.* did not answer within 20 s; when a worker is back it may still pause/)
  expect(await runs('pause', id)).toMatchObject({ code: 4, stderr: said })
  expect(Date.now() - asked).toBeLessThan(90_000) // it would wait for ever
  await on.startWorker()
  writeFileSync(until, '')
  await on.until('it has ended', async () => {
    const { status } = await handle.status()
    if (status === 'paused') await handle.resume() // the pause came after all
    return status === 'succeeded'
  })
  expect((await handle.wait()).status).toBe('succeeded')
})
