import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { dagSchema, retrySchema, TRIGGER_RULES, taskSchema, timeoutsSchema } from '../../contracts/dag.ts'
import { RUN_STATES, TASK_STATES } from '../../contracts/runs.ts'
import { type CliHome, cliHome, ROOT } from '../support/cli.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

const page = (name: string) => readFileSync(join(ROOT, 'docs', name), 'utf8')
let on: TestRuntime
let cli: CliHome
beforeAll(async () => {
  ;[on, cli] = await Promise.all([startRuntime(), cliHome()])
})
afterAll(() => Promise.all([on.stop(), cli.remove()]))

test('docs/dags.md names every field and every trigger rule; docs/runs.md every state', () => {
  const rows = (text: string) => new Set([...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name))
  const dags = page('dags.md')
  for (const field of [...Object.keys(dagSchema.shape), ...Object.keys(taskSchema.shape), ...TRIGGER_RULES])
    expect(rows(dags)).toContain(field)
  for (const field of [...Object.keys(retrySchema.shape), ...Object.keys(timeoutsSchema.shape)]) expect(dags).toContain(`\`${field}\``)
  for (const state of [...RUN_STATES, ...TASK_STATES]) expect(page('runs.md')).toContain(`\`${state}\``)
})

test('the example of docs/dags.md can be applied and run', async () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(page('dags.md'))?.[1] ?? ''
  const landing = on.file('landing')
  mkdirSync(landing)
  writeFileSync(join(landing, 'one.json'), `${JSON.stringify({ sql: 'insert into MART.T select A from RAW.S' })}\n`)
  const file = await cli.file('example.yaml', example.replaceAll('/srv/landing', landing))
  const env = { TEMPORAL_ADDRESS: on.temporal.address, LODELINE_CATALOG_URL: `sqlite:${on.file('catalog.db')}` }
  expect(await cli.run(['apply', '-f', file], { env })).toMatchObject({ code: 0 })
  const wrong = await cli.run(['pipeline', 'run', 'shop-nightly', '--param', 'mien=true'], { env })
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('params.mien: the pipeline has no such parameter; there are mine'),
  })
  const { data, code } = await cli.json(['pipeline', 'run', 'shop-nightly', '--param', 'mine=true', '--wait'], { env })
  const { tasks } = data as { tasks: readonly { id: string; state: string; startedAt?: string }[] }
  expect({ code, tasks: tasks.map(({ id, state }) => [id, state]) }).toEqual({
    code: 0,
    tasks: [
      ['landed', 'succeeded'],
      ['mine', 'succeeded'],
      ['checked', 'succeeded'],
    ],
  })
  expect(tasks[1]?.startedAt).toBeDefined() // of a child pipeline too
  const { data: mined } = await cli.json(['runs', 'list', '--pipeline', 'shop-history'], { env })
  expect(mined).toMatchObject([{ warnings: [expect.stringContaining('The catalog knows no assets of shop yet')] }])
})
