import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { WorkflowFailedError } from '@temporalio/client'
import { getRun } from '../../catalog/runs.ts'
import { cancelUpdate, pauseUpdate, resumeUpdate, retryUpdate, skipUpdate } from '../../workflows/messages.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

const exec = promisify(execFile)
let on: TestRuntime

beforeAll(async () => {
  on = await startRuntime({ env: { LODELINE_POOLS: '{"narrow": 1}', PLANTED: 'planted-word', LODELINE_STUCK_AFTER: '3s' } })
})
afterAll(() => on.stop())

const step = (more: object = {}) => ({ run: 'steps.work', ...more })

async function failureOf(result: Promise<unknown>): Promise<string> {
  try {
    await result
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause?.message ?? ''
    throw error
  }
  throw new Error('it did not fail')
}

describe('a run', () => {
  test("works from Temporal's own command line, and is found by its search attributes", async () => {
    const pipeline = await on.pipeline({
      tasks: { list: { run: 'steps.list', with: { items: 5 } }, each: step({ after: ['list'], each: '$task.list', queue: 'cpu' }) },
    })
    const args = [
      '--address',
      on.temporal.address,
      'workflow',
      'execute',
      '--type',
      'pipeline',
      '--task-queue',
      'lodeline',
      '--input',
      JSON.stringify({ pipeline }),
      '-o',
      'json',
    ]
    const { stdout } = await exec(on.temporal.program, args)
    const { result } = JSON.parse(stdout)
    expect(result).toMatchObject({ status: 'succeeded', counts: { steps: 5 } })
    expect(await on.tasks(result.run)).toEqual({ list: 'succeeded', each: 'succeeded' })
    expect(await on.row(result.run)).toMatchObject({ status: 'succeeded', counts: { steps: 5 }, error: null })
    const query = `LodelinePipeline="${pipeline}" AND LodelinePhase="succeeded" AND LodelineRun="${result.run}"`
    await on.until('listed', async () => (await on.client.workflow.count(query)).count === 1)
  })

  test('of a wrong name fails at once and names the nearest', async () => {
    const pipeline = await on.pipeline({ tasks: { a: step() } })
    const said = `There is no pipeline ${pipeline}x; the nearest: ${pipeline}`
    expect(await failureOf(on.run(`${pipeline}x`))).toContain(said)
    const execute = ['workflow', 'execute', '--type', 'pipeline', '--task-queue', 'lodeline', '--address', on.temporal.address]
    const told = await exec(on.temporal.program, [...execute, '--input', JSON.stringify({ pipeline: `${pipeline}x` })]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { readonly stdout: string }) => stdout, // some versions end with 1
    )
    expect(told).toContain(`Message: ${said}`)
    expect(told).not.toContain('.ts:') // no stack: it is of no use to whom it is told
  })

  test('of a task that is not there fails with the nearest name, and is kept', async () => {
    const pipeline = await on.pipeline({ tasks: { a: { run: 'steps.wrok' } } })
    expect(await failureOf(on.run(pipeline))).toContain('tasks.a.run: there is no task steps.wrok; the nearest: steps.work')
    const kept = await on.catalog.db
      .selectFrom('runs')
      .select(['status', 'error'])
      .where('pipeline', '=', pipeline)
      .executeTakeFirstOrThrow()
    expect(kept.status).toBe('failed')
    expect(kept.error).toContain('DAG_INVALID')
  })

  test('of another type than the pipeline says so; so do a type and an input that are none', async () => {
    const pipeline = await on.pipeline({ tasks: { a: step() } })
    const start = (type: string, input: unknown) =>
      on.client.workflow.execute(type, { taskQueue: 'lodeline', workflowId: `t-${Math.random()}`, args: [input] })
    expect(await failureOf(start('profiling', { pipeline }))).toContain('is of type pipeline: start it with --type pipeline')
    expect(await failureOf(start('profilng', { pipeline }))).toContain('There is no workflow type profilng')
    const stepping = await on.pipeline(undefined, { type: 'stepping' }) // which a plugin brings
    expect(await start('stepping', { pipeline: stepping }).then(({ status }: { status?: string }) => status)).toBe('succeeded')
    expect(await failureOf(start('pipeline', pipeline))).toContain('must be one JSON object such as {"pipeline":"NAME"}')
    expect(await failureOf(start('pipeline', { pipeline, reproces: true }))).toContain('reproces')
  })

  test('passes parameters, checked, and the window', async () => {
    const pipeline = await on.pipeline({
      params: { n: { type: 'number', required: true } },
      tasks: { a: step({ with: { steps: '$param.n' } }) },
    })
    expect((await on.run(pipeline, { params: { n: 3 }, window: { from: '2026-01-01', to: '2026-01-02' } })).counts).toEqual({ steps: 3 })
    expect(await failureOf(on.run(pipeline, { params: { n: 'x' } }))).toContain('params.n must be a number')
    expect(await failureOf(on.run(pipeline))).toContain('params.n is required')
    expect(await failureOf(on.run(pipeline, { params: { m: 1 } }))).toContain('params.m: the pipeline has no such parameter')
  })
})

describe('failures', () => {
  test('say why a task is tried again, until it succeeds', async () => {
    const until = on.file('mended')
    const pipeline = await on.pipeline({ tasks: { a: { run: 'steps.fail', with: { until, message: 'no route' }, retry: { max: '1s' } } } })
    const handle = await on.start(pipeline)
    await on.until('begun', async () => (await on.status(handle)).run !== '')
    const { run } = await on.status(handle)
    const task = async () => (await getRun(on.catalog.db, run))?.tasks[0]
    await on.until('an attempt failed', async () => (await task())?.error !== undefined)
    expect(await task()).toMatchObject({ state: 'running', error: { code: 'INTERNAL', message: 'no route' } })
    writeFileSync(until, '')
    await handle.result()
    expect((await task())?.error).toBeUndefined()
  })

  test('of a plugin that gives nothing there are none; one that gives something else is named', async () => {
    await on.run(await on.pipeline({ tasks: { a: { run: 'steps.silent' } } }))
    const odd = on.run(await on.pipeline({ tasks: { a: { run: 'steps.silent', with: { gives: [1] } } } }))
    expect(await failureOf(odd)).toContain('The task steps.silent gave a list: a task gives an object')
  })

  test('of a kind that a second attempt may solve are retried; others end the task', async () => {
    const pipeline = await on.pipeline({
      tasks: {
        flaky: { run: 'steps.fail', with: { trace: on.file('flaky'), message: 'down' }, retry: { attempts: 3, first: '10ms' } },
        denied: {
          run: 'steps.fail',
          with: { trace: on.file('denied'), code: 'ASSETS_MISSING', message: 'no assets' },
          retry: { attempts: 3, first: '10ms' },
        },
        after: step({ after: ['denied'] }),
        cleanup: step({ after: ['after'], trigger: 'all_done' }),
      },
    })
    const handle = await on.start(pipeline)
    expect(await failureOf(handle.result())).toContain('Task flaky failed: down (and 1 more failed)')
    expect(on.lines('flaky')).toHaveLength(3)
    expect(on.lines('denied')).toHaveLength(1)
    const { run } = await on.status(handle)
    expect(await on.tasks(run)).toEqual({ flaky: 'failed', denied: 'failed', after: 'upstreamFailed', cleanup: 'succeeded' })
    expect(await on.row(run)).toMatchObject({ status: 'failed', error: { code: 'INTERNAL' } })
  })

  test('never carry a secret', async () => {
    const pipeline = await on.pipeline({ tasks: { a: { run: 'steps.fail', with: { message: 'env:PLANTED' }, retry: { attempts: 1 } } } })
    const handle = await on.start(pipeline)
    expect(await failureOf(handle.result())).toBe('Task a failed: ***')
    const { run } = await on.status(handle)
    const logs = await on.catalog.db.selectFrom('run_logs').selectAll().where('run', '=', run).execute()
    expect(logs).toHaveLength(1)
    for (const kept of [await on.row(run), logs, on.worker().log, await handle.fetchHistory()])
      expect(JSON.stringify(kept)).not.toContain('planted')
  })

  test('a result that is more than a reference fails the task, once', async () => {
    const pipeline = await on.pipeline({ tasks: { a: { run: 'steps.large' } } })
    expect(await failureOf(on.run(pipeline))).toMatch(/The result of task a is 3000\d\d bytes; at most 262144/)
  })

  test('of items fail the task only above the share; the items that succeeded are not repeated', async () => {
    const dag = (failedItems: number) => ({
      tasks: {
        list: { run: 'steps.list', with: { items: 6 } },
        each: {
          run: 'steps.failOdd',
          after: ['list'],
          each: '$task.list',
          failedItems,
          onFailure: 'wait',
          with: { trace: on.file(`odd${failedItems}`), until: on.file('odd-fixed') },
        },
      },
    })
    const lenient = await on.run(await on.pipeline(dag(0.5)))
    expect(lenient.status).toBe('succeeded')
    const handle = await on.start(await on.pipeline(dag(0.4)))
    await on.until('waiting', async () => (await on.status(handle)).status === 'waiting')
    const { run, tasks } = await on.status(handle)
    expect(tasks[1]).toMatchObject({ state: 'waiting', items: { total: 6, done: 3, failed: 3 }, error: { code: 'ASSETS_MISSING' } })
    const items = await on.catalog.db
      .selectFrom('task_items')
      .select(['position', 'state'])
      .where('run', '=', run)
      .orderBy('position')
      .execute()
    expect(items.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'succeeded', 'failed', 'succeeded', 'failed'])
    writeFileSync(on.file('odd-fixed'), '')
    await handle.executeUpdate(retryUpdate, { args: [{}] })
    expect(await handle.result()).toMatchObject({ status: 'succeeded' })
    expect([...on.lines('odd0.4')].sort()).toEqual([
      'item 0',
      'item 1',
      'item 1',
      'item 2',
      'item 3',
      'item 3',
      'item 4',
      'item 5',
      'item 5',
    ])
  })
})

describe('an operator', () => {
  test('retries a waiting task, which the run waited for', async () => {
    const fixed = on.file('fixed-1')
    const pipeline = await on.pipeline({
      tasks: { a: { run: 'steps.fail', onFailure: 'wait', retry: { attempts: 1 }, with: { until: fixed } }, b: step({ after: ['a'] }) },
    })
    const handle = await on.start(pipeline)
    await on.until('waiting', async () => (await on.status(handle)).status === 'waiting')
    await on.until('written down', async () => (await on.row((await on.status(handle)).run)).status === 'waiting')
    await expect(handle.executeUpdate(retryUpdate, { args: [{ tasks: ['c'] }] })).rejects.toMatchObject({
      cause: { message: 'there is no task c; there are a, b' },
    })
    writeFileSync(fixed, '')
    expect(await handle.executeUpdate(retryUpdate, { args: [{}] })).toMatchObject({ tasks: ['a'] })
    expect((await handle.result()) as object).toMatchObject({ status: 'succeeded' })
  })

  test('pauses and resumes', async () => {
    const until = on.file('paused')
    const pipeline = await on.pipeline({ tasks: { a: step({ with: { until } }), b: step({ after: ['a'] }) } })
    const handle = await on.start(pipeline)
    await on.until('running', async () => (await on.status(handle)).tasks[0]?.state === 'running')
    await handle.executeUpdate(pauseUpdate, { args: [{}] })
    writeFileSync(until, '')
    await on.until('a is done', async () => (await on.status(handle)).tasks[0]?.state === 'succeeded')
    expect((await on.status(handle)).tasks[1]?.state).toBe('none')
    await on.until('written down', async () => (await on.row((await on.status(handle)).run)).status === 'paused')
    await expect(handle.executeUpdate(pauseUpdate, { args: [{}] })).rejects.toMatchObject({
      cause: { message: 'the run is paused already' },
    })
    await handle.executeUpdate(resumeUpdate)
    expect(await handle.result()).toMatchObject({ status: 'succeeded' })
  })

  test('skips a running task, which stops', async () => {
    const trace = on.file('skipped')
    const pipeline = await on.pipeline({
      tasks: { a: step({ with: { steps: 1000, everyMs: 50, trace } }), b: step({ after: ['a'], trigger: 'none_failed' }) },
    })
    const handle = await on.start(pipeline)
    await on.until('steps', () => on.lines('skipped').length > 2)
    await handle.executeUpdate(skipUpdate, { args: [{ tasks: ['a'] }] })
    const { run } = (await handle.result()) as { run: string }
    expect(await on.tasks(run)).toEqual({ a: 'skipped', b: 'succeeded' })
    await on.until('stopped', () => on.lines('skipped').at(-1) === 'stop a')
  })

  test('is shown as being cancelled for as long as a task does not heed it', async () => {
    const until = on.file('heard')
    const handle = await on.start(await on.pipeline({ tasks: { a: { run: 'steps.deaf', with: { until } } } }))
    await on.until('begun', async () => (await on.status(handle)).tasks[0]?.state === 'running')
    const { run } = await on.status(handle)
    await handle.cancel()
    await on.until('it says so', async () => (await on.row(run)).status === 'cancelling')
    expect(await on.tasks(run)).toEqual({ a: 'running' })
    writeFileSync(until, '')
    await on.until('it has ended', async () => (await on.row(run)).status === 'cancelled')
  })

  for (const how of ['handle', 'update'] as const) {
    test(`cancels in the middle of a task, by ${how}, and it really stops`, async () => {
      const name = `cancelled-${how}`
      const pipeline = await on.pipeline({
        tasks: { a: step({ with: { steps: 10_000, everyMs: 50, trace: on.file(name) } }), b: step({ after: ['a'] }) },
      })
      const handle = await on.start(pipeline)
      await on.until('steps', () => on.lines(name).length > 2)
      const { run } = await on.status(handle)
      if (how === 'handle') await handle.cancel()
      else await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] })
      await on.until('it says that it ended', async () => (await on.row(run)).status === 'cancelled')
      expect((await on.tasks(run)).a).toBe('cancelled') // not before its tasks have
      expect(await failureOf(handle.result())).toMatch(/cancell?ed/i)
      expect(on.lines(name).at(-1)).toBe('stop a')
      expect((await handle.describe()).status.name).toBe('CANCELLED')
      expect(await on.row(run)).toMatchObject({ status: 'cancelled', error: { code: 'RUN_CANCELLED' } })
      expect(await on.tasks(run)).toEqual({ a: 'cancelled', b: 'none' })
    })
  }

  test('resumes a closed run: what succeeded is kept, what is named runs again with what follows', async () => {
    const trace = on.file('resumed')
    const fixed = on.file('fixed-2')
    const dag = {
      tasks: {
        list: { run: 'steps.list', with: { items: 2 } },
        each: step({ after: ['list'], each: '$task.list', with: { trace } }),
        gate: { run: 'steps.fail', after: ['each'], with: { until: fixed, code: 'ASSETS_MISSING' } },
        end: step({ after: ['gate'], with: { steps: '$task.list.shown' } }),
      },
    }
    const pipeline = await on.pipeline(dag)
    const first = await on.start(pipeline, { window: { from: '2026-03-01', to: '2026-03-02' } })
    await failureOf(first.result())
    const { run } = await on.status(first)
    writeFileSync(fixed, '')
    const second = await on.run(pipeline, { resumeFrom: run })
    expect(second).toMatchObject({ status: 'succeeded', counts: { steps: 2 } })
    expect(on.lines('resumed').filter((line) => line.startsWith('start'))).toHaveLength(2)
    expect(await on.row(second.run)).toMatchObject({ window_from: '2026-03-01T00:00:00.000Z', window_to: '2026-03-02T00:00:00.000Z' })
    const third = await on.run(pipeline, { resumeFrom: second.run, rerun: ['each'] })
    expect(third.counts).toEqual({ steps: 4 })
    expect(on.lines('resumed').filter((line) => line.startsWith('start'))).toHaveLength(4)
  })
})

describe('a resumed run', () => {
  test('repeats no item that succeeded, also when it is resumed again; what is named runs whole', async () => {
    const trace = on.file('odd-resumed')
    const fixed = on.file('odd-resumed-fixed')
    const each = { run: 'steps.failOdd', after: ['list'], each: '$task.list', with: { trace, until: fixed } }
    const pipeline = await on.pipeline({ tasks: { list: { run: 'steps.list', with: { items: 4 } }, each } })
    const runs: string[] = []
    for (let round = 0; round < 3; round++) {
      const handle = await on.start(pipeline, round === 0 ? {} : { resumeFrom: runs.at(-1) })
      expect(await failureOf(handle.result())).toContain('2 of 4 items failed')
      runs.push((await on.status(handle)).run)
    }
    const seen = (n: number): number => on.lines('odd-resumed').filter((line) => line === `item ${n}`).length
    expect([seen(0), seen(1), seen(2), seen(3)]).toEqual([1, 3, 1, 3])
    writeFileSync(fixed, '')
    expect((await on.run(pipeline, { resumeFrom: runs.at(-1) })).status).toBe('succeeded')
    expect([seen(0), seen(1), seen(2), seen(3)]).toEqual([1, 4, 1, 4])
    expect((await on.run(pipeline, { resumeFrom: runs.at(-1), rerun: ['each'] })).status).toBe('succeeded')
    expect([seen(0), seen(1), seen(2), seen(3)]).toEqual([2, 5, 2, 5])
  })
})

describe('tasks', () => {
  test('sensors wait without holding a worker', async () => {
    const file = on.file('arrived')
    const handle = await on.start(
      await on.pipeline({ tasks: { sensor: { run: 'steps.waitFor', with: { file } }, a: step({ after: ['sensor'] }) } }),
    )
    await on.until(
      'asked twice',
      async () =>
        ((await handle.fetchHistory()).events?.filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes).length ?? 0) >= 2,
    )
    writeFileSync(file, '')
    expect(await handle.result()).toMatchObject({ status: 'succeeded' })
  })

  test("wait for another pipeline's success, for this run's window", async () => {
    const first = await on.pipeline({ tasks: { a: step() } })
    const second = await on.pipeline({
      tasks: { ready: { run: 'wait.pipeline', with: { pipeline: first, every: '200ms' } }, a: step({ after: ['ready'] }) },
    })
    await on.run(first, { window: { from: '2026-01-01', to: '2026-01-02' } })
    const handle = await on.start(second, { window: { from: '2026-01-02', to: '2026-01-03' } })
    await on.until('asked', async () => (await on.status(handle)).tasks[0]?.state === 'running')
    const { run } = await on.run(first, { window: { from: '2026-01-02', to: '2026-01-03' } })
    expect(await handle.result()).toMatchObject({ status: 'succeeded' })
    const row = await on.catalog.db
      .selectFrom('task_runs')
      .select('output')
      .where('run', '=', (await on.status(handle)).run)
      .where('task', '=', 'ready')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(row.output ?? '')).toEqual({ run })
    const wrong = await on.pipeline({ tasks: { ready: { run: 'wait.pipeline', with: { pipeline: 'nobody' } } } })
    expect(await failureOf(on.run(wrong))).toContain('There is no pipeline nobody to wait for')
  })

  test('wait for objects, and say so when they never come', async () => {
    const folder = on.file('landing')
    mkdirSync(folder)
    const ready = { run: 'wait.object', with: { log: { kind: 's3', bucket: `file://${folder}`, suffixes: ['.done'] }, every: '200ms' } }
    const handle = await on.start(await on.pipeline({ tasks: { ready, a: step({ after: ['ready'] }) } }))
    await on.until('asked', async () => (await on.status(handle)).tasks[0]?.state === 'running')
    const never = await on.start(
      await on.pipeline({ tasks: { ready: { ...ready, with: { ...ready.with, atLeast: 9 }, timeouts: { total: '1s' } } } }),
    )
    writeFileSync(`${folder}/today.done`, '')
    expect(await handle.result()).toMatchObject({ status: 'succeeded' })
    expect(await failureOf(never.result())).toBe('Task ready failed: ready was not ready within 1s')
  })

  test('of one pool run one after the other, over all runs', async () => {
    const trace = on.file('pooled')
    const dag = {
      tasks: {
        a: step({ pool: 'narrow', with: { steps: 3, everyMs: 50, trace } }),
        b: step({ pool: 'narrow', with: { steps: 3, everyMs: 50, trace } }),
      },
    }
    const pipeline = await on.pipeline(dag)
    await Promise.all([on.run(pipeline), on.run(pipeline)])
    const lines = on.lines('pooled').map((line) => line.split(' ')[0])
    expect(lines).toEqual(Array.from({ length: 4 }, () => ['start', 'step', 'step', 'step']).flat())
  })

  test('may be pipelines of their own, also for each item', async () => {
    const child = await on.pipeline({ params: { n: { type: 'number' } }, tasks: { a: step({ with: { steps: '$param.n' } }) } })
    const parent = await on.pipeline({
      tasks: {
        list: { run: 'steps.list', with: { items: 3 } },
        one: { run: `pipeline:${child}`, with: { n: 2 } },
        each: { run: `pipeline:${child}`, after: ['list'], each: '$task.list', with: { n: '$item.n' } },
      },
    })
    const summary = await on.run(parent)
    expect(summary.status).toBe('succeeded')
    const runs = await on.catalog.db.selectFrom('runs').select(['status', 'counts']).where('pipeline', '=', child).execute()
    expect(runs.map(({ counts }) => JSON.parse(counts).steps ?? 0).sort()).toEqual([0, 1, 2, 2])
  })

  test('a pipeline that starts itself is refused', async () => {
    const name = await on.pipeline({ tasks: { a: step() } })
    await on.pipeline({ tasks: { a: { run: `pipeline:${name}` } } }, { name })
    expect(await failureOf(on.run(name))).toContain(`${name} → ${name}`)
  })

  test('a run that takes too long is stopped', async () => {
    const trace = on.file('slow')
    const handle = await on.start(await on.pipeline({ timeout: '5s', tasks: { a: step({ with: { steps: 10_000, everyMs: 50, trace } }) } }))
    expect(await failureOf(handle.result())).toBe('The run took longer than 5s')
    expect(on.lines('slow').at(-1)).toBe('stop a')
    expect(await on.row((await on.status(handle)).run)).toMatchObject({ status: 'failed', error: { code: 'RUN_TIMEOUT' } })
  })

  test('webhooks are called at the end, again when the receiver is away', async () => {
    const bodies: { text: string; status: string }[] = []
    const receiver = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += chunk))
      request.on('end', () => {
        if (bodies.push(JSON.parse(body)) === 1) response.writeHead(503)
        response.end()
      })
    })
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
    const address = receiver.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`
    const pipeline = await on.pipeline({
      onSuccess: [{ webhook: url }],
      onFailure: [{ webhook: 'http://127.0.0.1:1/' }],
      tasks: { a: step() },
    })
    await on.run(pipeline)
    receiver.close()
    expect(bodies.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
    expect(bodies[0]?.text).toMatch(new RegExp(`^Pipeline ${pipeline} succeeded after \\d+ s$`))
  })

  test('a pipeline that runs before one it comes after says so', async () => {
    const before = await on.pipeline({ tasks: { a: step() } })
    const after = await on.pipeline({ tasks: { a: step() } }, { after: [before] })
    const early = await on.run(after)
    expect((await on.row(early.run)).warnings).toEqual([`${after} comes after ${before}, which has not succeeded yet`])
    await on.run(before)
    expect((await on.row((await on.run(after)).run)).warnings).toEqual([])
  })

  test('a task that beats but moves nothing is warned of, once', async () => {
    const dag = { tasks: { slow: step({ with: { steps: 1, everyMs: 8_000 } }), steady: step({ with: { steps: 80, everyMs: 100 } }) } }
    const { run } = await on.run(await on.pipeline(dag))
    expect((await on.row(run)).warnings).toEqual([expect.stringMatching(/^Task slow has moved nothing for \d+ s \(attempt 1\)$/)])
  })

  test('logs are kept with the run', async () => {
    const { run } = await on.run(await on.pipeline({ tasks: { a: step() } }))
    const logs = await on.catalog.db.selectFrom('run_logs').select(['task', 'level', 'message']).where('run', '=', run).execute()
    expect(logs).toEqual([{ task: 'a', level: 'info', message: 'done with a' }])
  })
})
