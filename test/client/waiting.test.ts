import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type CliHome, cliHome } from '../support/cli.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

/** `pipeline run --wait`: what is said meanwhile, and when it ends. */
let on: TestRuntime
let cli: CliHome
beforeAll(async () => {
  ;[on, cli] = await Promise.all([startRuntime(), cliHome()])
})
afterAll(() => Promise.all([on.stop(), cli.remove()]))

const env = () => ({ TEMPORAL_ADDRESS: on.temporal.address, LODELINE_CATALOG_URL: `sqlite:${on.file('catalog.db')}` })

test('says why a task is tried again', async () => {
  const until = on.file('mended')
  const pipeline = await on.pipeline({ tasks: { load: { run: 'steps.fail', with: { until, message: 'no route' }, retry: { max: '1s' } } } })
  let heard = ''
  const hear = (stderr: string): void => {
    heard = stderr
  }
  const ran = cli.run(['pipeline', 'run', pipeline, '--wait'], { env: env(), heard: hear })
  await on.until('it is told', () => /load \(\d+ attempts? so far, the last error: no route\)/.test(heard))
  writeFileSync(until, '')
  expect((await ran).code).toBe(0)
})

test('does not wait for a webhook that is away', async () => {
  const pipeline = await on.pipeline({ tasks: { a: { run: 'steps.nothing' } }, onSuccess: [{ webhook: 'http://127.0.0.1:9/' }] })
  const { code, data } = await cli.json(['pipeline', 'run', pipeline, '--wait'], { env: env() })
  expect(code).toBe(0)
  const { workflowId, status, id } = data as { workflowId: string; status: string; id: string }
  expect(status).toBe('succeeded')
  const handle = on.client.workflow.getHandle(workflowId)
  expect((await handle.describe()).status.name).toBe('RUNNING') // it goes on being tried
  await handle.result()
  expect((await on.row(id)).warnings).toEqual(['onSuccess: the webhook number 1 could not be delivered'])
})

test('a parameter that is text may look like a number', async () => {
  const params = { who: { type: 'string' }, which: { type: 'json' } }
  const pipeline = await on.pipeline({
    params,
    tasks: { a: { run: 'steps.silent', with: { gives: { who: '$param.who', which: '$param.which' } } } },
  })
  const run = (...given: string[]) =>
    cli.json(['pipeline', 'run', pipeline, '--wait', ...given.flatMap((one) => ['--param', one])], { env: env() })
  expect(await run('who=12', 'which=[1,{"a":2}]')).toMatchObject({
    code: 0,
    data: { tasks: [{ output: { who: '12', which: [1, { a: 2 }] } }] },
  })
  expect(await run('which=[1')).toMatchObject({ code: 2, data: { error: { code: 'OPTION_UNKNOWN' } } })
})
