import { writeFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { putConnection } from '../../catalog/connections.ts'
import { connectionSchema } from '../../contracts/pipeline.ts'
import { PIPELINE_TYPES } from '../../contracts/pipeline-types.ts'
import { cancelUpdate, pauseUpdate, resumeUpdate, retryUpdate, skipUpdate } from '../../workflows/messages.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

/**
 * Records one history of every shape of run and of every workflow type, for replay.test.ts: `node test/replay/record.ts [NAME…]`.
 * Record a shape anew only when runs of the old shape can no longer be open; else the change to workflows/ needs `patched`.
 */
const FOLDER = join(import.meta.dirname, 'histories')
type Shape = (on: TestRuntime) => Promise<WorkflowHandle>

const step = (more: object = {}) => ({ run: 'steps.work', ...more })
const settled = (handle: WorkflowHandle): Promise<unknown> => handle.result().catch(() => undefined)

async function begin(on: TestRuntime, dag: unknown, input: object = {}): Promise<WorkflowHandle> {
  return on.start(await on.pipeline(dag), input)
}

async function whole(on: TestRuntime, dag: unknown, input: object = {}): Promise<WorkflowHandle> {
  const handle = await begin(on, dag, input)
  await settled(handle)
  return handle
}

/** Two small objects of a Snowflake log, published to a file. */
async function queryLog(on: TestRuntime): Promise<object> {
  const folder = on.file('log')
  await mkdir(folder)
  for (const name of ['a.json', 'b.json']) {
    await writeFile(
      join(folder, name),
      `${JSON.stringify({ QUERY_TEXT: `insert into mart.${name[0]} select x from shop.orders` })}\n{broken\n`,
    )
  }
  const at = new Date().toISOString()
  await putConnection(
    on.catalog.db,
    connectionSchema.parse({ name: 'shop', connector: 'snowflake', config: { defaultDatabase: 'DB' } }),
    null,
    at,
  )
  const sinks = [{ sink: 'openlineage', config: { file: on.file('events.ndjson') } }]
  return { connection: 'shop', options: { queryLog: { kind: 's3', bucket: `file://${folder}` }, maxDeadLetterShare: 1 }, sinks }
}

const SHAPES: Readonly<Record<string, Shape>> = {
  'branches-and-triggers': (on) =>
    whole(on, {
      tasks: {
        a: step(),
        bad: { run: 'steps.fail', with: { code: 'ASSETS_MISSING' } },
        after: step({ after: ['bad'] }),
        cleanup: step({ after: ['after', 'a'], trigger: 'all_done' }),
        never: step({ after: ['a'], when: { value: '$task.a.steps', op: '>', than: 5 } }),
      },
    }),
  'retries-then-fails': (on) => whole(on, { tasks: { a: { run: 'steps.fail', retry: { attempts: 3, first: '10ms' } } } }),
  'mapped-with-failures': (on) =>
    whole(on, {
      tasks: {
        list: { run: 'steps.list', with: { items: 7 } },
        each: { run: 'steps.failOdd', after: ['list'], each: '$task.list', width: 2, failedItems: 0.5, queue: 'cpu' },
      },
    }),
  'continues-as-new': (on) =>
    whole(on, {
      tasks: {
        list: { run: 'steps.list', with: { items: 60 } },
        each: { run: 'steps.nothing', after: ['list'], each: '$task.list', width: 5 },
      },
    }),
  'sensor-and-callbacks': async (on) => {
    const file = on.file('arrived')
    const handle = await begin(on, {
      timeout: '1h',
      onSuccess: [{ webhook: 'http://127.0.0.1:1/' }],
      tasks: { a: { run: 'steps.waitFor', with: { file } }, b: step({ after: ['a'] }) },
    })
    setTimeout(() => writeFileSync(file, ''), 600)
    await settled(handle)
    return handle
  },
  'waits-and-is-retried': async (on) => {
    const fixed = on.file('fixed')
    const handle = await begin(on, {
      tasks: { a: { run: 'steps.fail', onFailure: 'wait', with: { until: fixed, code: 'ASSETS_MISSING' } }, b: step({ after: ['a'] }) },
    })
    await on.until('waiting', async () => (await on.status(handle)).status === 'waiting')
    writeFileSync(fixed, '')
    await handle.executeUpdate(retryUpdate, { args: [{}] })
    await settled(handle)
    return handle
  },
  'paused-and-skipped': async (on) => {
    const handle = await begin(on, {
      tasks: { a: step({ with: { steps: 500, everyMs: 50 } }), b: step({ after: ['a'], trigger: 'none_failed' }) },
    })
    await on.until('running', async () => (await on.status(handle)).tasks[0]?.state === 'running')
    await handle.executeUpdate(pauseUpdate, { args: [{}] })
    await handle.executeUpdate(skipUpdate, { args: [{ tasks: ['a'] }] })
    await handle.executeUpdate(resumeUpdate)
    await settled(handle)
    return handle
  },
  cancelled: async (on) => {
    const handle = await begin(on, { tasks: { a: step({ with: { steps: 500, everyMs: 50 } }), b: step({ after: ['a'] }) } })
    await on.until('running', async () => (await on.status(handle)).tasks[0]?.state === 'running')
    await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] })
    await settled(handle)
    return handle
  },
  'timed-out': (on) => whole(on, { timeout: '500ms', tasks: { a: step({ with: { steps: 500, everyMs: 50 } }) } }),
  'child-pipelines': async (on) => {
    const child = await on.pipeline({ params: { n: { type: 'number' } }, tasks: { a: step() } })
    return whole(on, {
      tasks: {
        list: { run: 'steps.list', with: { items: 2 } },
        each: { run: `pipeline:${child}`, after: ['list'], each: '$task.list', with: { n: '$item.n' } },
        one: { run: `pipeline:${child}`, with: { n: 1 } },
      },
    })
  },
  'wrong-name': async (on) => {
    const handle = await on.start('nobody')
    await settled(handle)
    return handle
  },
  ...Object.fromEntries(PIPELINE_TYPES.filter((type) => type !== 'pipeline').map((type) => [`type-${type}`, typeShape(type)])),
}

function typeShape(type: string): Shape {
  return async (on) => {
    const dag =
      type === 's3QueryMining' || type === 'profiling'
        ? undefined
        : {
            tasks: {
              list: { run: 'steps.list', with: { items: 2 } },
              each: { run: 'steps.nothing', after: ['list'], each: '$task.list', queue: 'io' },
            },
          }
    const pipeline = await on.pipeline(dag, { type, ...(type === 's3QueryMining' ? await queryLog(on) : {}) })
    const handle = await on.client.workflow.start(type, { taskQueue: 'lodeline', workflowId: `test/${type}`, args: [{ pipeline }] })
    await settled(handle)
    return handle
  }
}

/** Names of this machine, its folders and stacks are nothing to keep; a replay does not look at them. */
function withoutMachine(value: unknown, home: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutMachine(one, home))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (typeof one !== 'string') return [key, withoutMachine(one, home)]
      if (key === 'identity') return [key, 'worker']
      if (key === 'stackTrace') return [key, '']
      if (key === 'name') return [key, one.replace(/^\d+@.*/, 'sticky')]
      return [
        key,
        key === 'data' ? Buffer.from(Buffer.from(one, 'base64').toString('utf8').replaceAll(home, '/home')).toString('base64') : one,
      ]
    }),
  )
}

const wanted = process.argv.slice(2)
const on = await startRuntime({ dynamic: { 'limit.historyCount.suggestContinueAsNew': 120 } })
try {
  await mkdir(FOLDER, { recursive: true })
  for (const [name, shape] of Object.entries(SHAPES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const handle = await shape(on)
    const runs: string[] = []
    for await (const { runId } of on.client.workflow.list({ query: `WorkflowId = "${handle.workflowId}"` })) runs.push(runId)
    for (const [at, runId] of runs.reverse().entries()) {
      const history = await on.client.workflow.getHandle(handle.workflowId, runId).fetchHistory()
      const file = join(FOLDER, `${name}${runs.length > 1 ? `.${at + 1}` : ''}.json`)
      await rm(file, { force: true })
      await writeFile(file, `${JSON.stringify(withoutMachine(JSON.parse(historyToJSON(history)), on.home))}\n`)
    }
    process.stdout.write(`${name}: ${runs.length} histories\n`)
  }
} finally {
  await on.stop()
}
