import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Client, Connection, type ScheduleClient, ServiceError } from '@temporalio/client'
import { getDeployment } from '../../catalog/deployments.ts'
import { type Catalog, openCatalog } from '../../catalog/open.ts'
import { getPipeline } from '../../catalog/pipelines.ts'
import { type Pipeline, pipelineSchema } from '../../contracts/pipeline.ts'
import { classifyDeployError } from '../../deploy/errors.ts'
import { intendPause, intendPipeline, intendRedeployment, intendRemoval } from '../../deploy/intents.ts'
import { type ReconcileDeps, reconcile } from '../../deploy/reconcile.ts'
import { startReconciler } from '../../deploy/reconciler.ts'
import { ownMs } from '../support/own-time.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'

let server: TestTemporal
let connection: Connection
let schedules: ScheduleClient
let folder: string
let catalog: Catalog

const pipeline = (name: string, more: object = {}): Pipeline =>
  pipelineSchema.parse({ name, type: 'metadataIngestion', schedule: { every: 'day', at: '02:30' }, ...more })
const deps = (more: Partial<ReconcileDeps> = {}): ReconcileDeps => ({ catalog, schedules, holder: 'test', now: () => new Date(), ...more })
const later = (ms: number) => () => new Date(Date.now() + ms)
const deploy = (document: Pipeline) => intendPipeline(catalog, document, null, new Date())
const deployment = async (name: string) => {
  const found = await getDeployment(catalog.db, name)
  if (found === null) throw new Error(`no deployment of ${name}`)
  return found
}
const describeSchedule = (name: string) => schedules.getHandle(`lodeline/${name}`).describe()
const scheduleIds = async () => {
  const ids: string[] = []
  for await (const schedule of schedules.list()) ids.push(schedule.scheduleId)
  return ids
}

beforeAll(async () => {
  server = await startTemporal()
  connection = Connection.lazy({ address: server.address })
  schedules = new Client({ connection }).schedule
})
afterAll(async () => {
  await connection.close()
  await server.stop()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lodeline-reconcile-'))
  catalog = await openCatalog({ url: `sqlite:${join(folder, 'catalog.db')}` })
})
afterEach(async () => {
  await catalog.close()
  await rm(folder, { recursive: true, force: true })
})

/** What a user does while Temporal is down, with short waits: the client would retry for 20 s. */
const whileDown = (work: () => Promise<unknown>) => connection.withDeadline(Date.now() + 1_500, work)

describe('a deployment', () => {
  it('becomes ready, and a second round changes nothing', async () => {
    await deploy(pipeline('plain'))
    expect((await deployment('plain')).phase).toBe('pending')
    expect((await reconcile(deps())).changed).toEqual(['plain'])
    expect(await deployment('plain')).toMatchObject({ phase: 'ready', error: null, paused: false, attempts: 0, drift: null })
    expect((await deployment('plain')).nextRunAt).toMatch(/T02:30:00.000Z$/)
    expect((await reconcile(deps(), { all: true })).changed).toEqual([])
    expect((await describeSchedule('plain')).action).toMatchObject({
      workflowType: 'metadataIngestion',
      taskQueue: 'lodeline',
      args: [{ pipeline: 'plain' }],
    })
  })

  it('hands overlap, catch-up, jitter and pausing on failure to Temporal', async () => {
    const schedule = { every: 'day', at: '02:30', overlap: 'bufferOne', catchUp: '3h', jitter: '5m', pauseOnFailure: true }
    await deploy(pipeline('policies', { schedule }))
    await reconcile(deps())
    const { policies, spec } = await describeSchedule('policies')
    expect(policies).toMatchObject({ overlap: 'BUFFER_ONE', catchupWindow: 3 * 3_600_000, pauseOnFailure: true })
    expect(spec.jitter).toBe(5 * 60_000)
  })

  it('without a schedule needs nothing of Temporal, and loses its schedule when it had one', async () => {
    await deploy(pipeline('by-hand'))
    await reconcile(deps())
    await deploy(pipelineSchema.parse({ name: 'by-hand', type: 'metadataIngestion' }))
    await reconcile(deps())
    expect(await deployment('by-hand')).toMatchObject({ phase: 'manual', nextRunAt: null })
    await expect(describeSchedule('by-hand')).rejects.toThrow(/not found/i)
  })

  it('that is edited is updated and keeps an operator’s pause', async () => {
    await deploy(pipeline('edited'))
    await reconcile(deps())
    await schedules.getHandle('lodeline/edited').pause('maintenance')
    await deploy(pipeline('edited', { schedule: { every: 'day', at: '05:00' } }))
    await reconcile(deps())
    const seen = await describeSchedule('edited')
    expect(seen.spec.calendars?.[0]?.hour).toEqual([{ start: 5, end: 5, step: 1 }])
    expect(seen.state).toMatchObject({ paused: true, note: 'maintenance' })
    expect(await deployment('edited')).toMatchObject({ phase: 'ready', paused: true, drift: null })
  })

  it('with a bad spec fails with the reason, stays, and is ready after an edit', async () => {
    await deploy(pipeline('bad', { schedule: { cron: '99 * * * *' } }))
    await reconcile(deps())
    expect(await deployment('bad')).toMatchObject({
      phase: 'failed',
      nextAttemptAt: null,
      error: { code: 'SCHEDULE_INVALID', message: expect.stringContaining('99') },
    })
    expect(await getPipeline(catalog.db, 'bad')).not.toBeNull()
    await deploy(pipeline('bad', { schedule: { cron: '9 * * * *' } }))
    await reconcile(deps())
    expect(await deployment('bad')).toMatchObject({ phase: 'ready', error: null })
  })

  it('fails with the reason where the namespace is not there, and is looked at again slowly', async () => {
    await deploy(pipeline('nowhere'))
    const elsewhere = new Client({ connection, namespace: 'nowhere' }).schedule
    await reconcile(deps({ schedules: elsewhere }))
    const { phase, error, nextAttemptAt } = await deployment('nowhere')
    expect({ phase, error }).toMatchObject({
      phase: 'failed',
      error: {
        code: 'TEMPORAL_NAMESPACE_UNKNOWN',
        message: 'Temporal has no namespace "nowhere"',
        hint: expect.stringContaining('TEMPORAL_NAMESPACE'),
      },
    })
    expect(Date.parse(nextAttemptAt ?? '') - Date.now()).toBeGreaterThan(200_000)
    await reconcile(deps({ now: later(301_000) }))
    expect(await deployment('nowhere')).toMatchObject({ phase: 'ready', error: null })
  })

  it('never takes over a schedule of somebody else', async () => {
    await schedules.create({
      scheduleId: 'lodeline/foreign',
      spec: { intervals: [{ every: '1h' }] },
      action: { type: 'startWorkflow', workflowType: 'theirs', taskQueue: 'theirs', args: [] },
    })
    await deploy(pipeline('foreign'))
    await reconcile(deps())
    expect(await deployment('foreign')).toMatchObject({ phase: 'failed', error: { code: 'SCHEDULE_FOREIGN' } })
    expect((await describeSchedule('foreign')).action.workflowType).toBe('theirs')
  })
})

describe('the loop of a worker', () => {
  it('does not keep what was just asked for waiting for its next round', async () => {
    const rounds: number[] = []
    const loop = startReconciler(deps(), { everyMs: 3_600_000, onRound: ({ checked }) => rounds.push(checked) })
    while (rounds.length === 0) await pause(20)
    await deploy(pipeline('soon'))
    const asked = Date.now()
    while ((await deployment('soon')).phase !== 'ready' && Date.now() - asked < 120_000) await pause(50)
    expect((await deployment('soon')).phase).toBe('ready')
    await loop.stop()
  })
})

describe('what happens behind our back', () => {
  it('a removed schedule is made again, paused if it was', async () => {
    await deploy(pipeline('removed'))
    await reconcile(deps())
    await intendPause(catalog, 'removed', true, new Date())
    await reconcile(deps())
    expect((await describeSchedule('removed')).state.paused).toBe(true)
    await schedules.getHandle('lodeline/removed').delete()
    expect((await reconcile(deps(), { all: true })).changed).toEqual(['removed'])
    expect((await describeSchedule('removed')).state.paused).toBe(true)
    expect(await deployment('removed')).toMatchObject({ phase: 'ready', paused: true, drift: { what: 'the schedule was gone' } })
  })

  it('a schedule that was made another job altogether is still ours, and healed', async () => {
    await deploy(pipeline('turned'))
    await reconcile(deps())
    const action = { type: 'startWorkflow' as const, workflowType: 'other', taskQueue: 'other', args: [{ pipeline: 'zzz' }] }
    await schedules.getHandle('lodeline/turned').update((previous) => ({ ...previous, action }))
    await reconcile(deps(), { all: true })
    expect((await describeSchedule('turned')).action.args).toEqual([{ pipeline: 'turned' }])
    expect(await deployment('turned')).toMatchObject({ phase: 'ready', drift: { what: 'the schedule was replaced from outside' } })
  })

  it('a changed schedule is shown as drift and healed', async () => {
    await deploy(pipeline('changed'))
    await reconcile(deps())
    await schedules.getHandle('lodeline/changed').update((previous) => ({ ...previous, spec: { intervals: [{ every: '1m' }] } }))
    await reconcile(deps(), { all: true })
    expect((await describeSchedule('changed')).spec.intervals ?? []).toEqual([])
    expect(await deployment('changed')).toMatchObject({ phase: 'ready', drift: { what: 'the schedule was changed from outside' } })
    expect((await reconcile(deps(), { all: true })).changed).toEqual([])
  })

  it('a pause is theirs and stays; ours is undone by our resume', async () => {
    await deploy(pipeline('paused'))
    await reconcile(deps())
    await schedules.getHandle('lodeline/paused').pause('theirs')
    expect((await reconcile(deps(), { all: true })).changed).toEqual([])
    expect(await deployment('paused')).toMatchObject({ phase: 'ready', paused: true })
    await intendPause(catalog, 'paused', false, new Date())
    await reconcile(deps())
    expect((await describeSchedule('paused')).state.paused).toBe(false)
  })
})

describe('when Temporal is away', () => {
  it('a deployment waits with the reason and becomes ready when it returns; a removal leaves a tombstone until then', async () => {
    await deploy(pipeline('leaving'))
    await reconcile(deps())
    await server.kill()
    await deploy(pipeline('waiting'))
    await intendRemoval(catalog, 'leaving', new Date())
    await whileDown(() => reconcile(deps()))
    expect(await deployment('waiting')).toMatchObject({ phase: 'pending', attempts: 1, error: { code: 'TEMPORAL_UNREACHABLE' } })
    expect((await deployment('waiting')).nextAttemptAt).not.toBeNull()
    expect((await deployment('leaving')).phase).toBe('deleting')
    expect(await getPipeline(catalog.db, 'leaving')).toBeNull()
    await server.start()
    await reconcile(deps({ now: later(10_000) }))
    expect(await deployment('waiting')).toMatchObject({ phase: 'ready', error: null, attempts: 0 })
    expect(await getDeployment(catalog.db, 'leaving')).toBeNull()
    await expect(describeSchedule('leaving')).rejects.toThrow(/not found/i)
  })

  it('the loop of a worker stops at once, and leaves what it was at as it was', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `away-${i}`)
    for (const name of names) await deploy(pipeline(name))
    await server.kill()
    // Never closed: what is left behind is still tried again, and the SDK throws when it does so on a closed connection.
    const left = new Client({ connection: Connection.lazy({ address: server.address }) })
    const loop = startReconciler(deps({ schedules: left.schedule }))
    await pause(1_000)
    expect(await ownMs(loop.stop())).toBeLessThan(2_000)
    for (const name of names) expect(await deployment(name)).toMatchObject({ phase: 'pending', attempts: 0, error: null })
    await server.start()
    // What is left behind may yet make a schedule before another does: that is none of its changes, and no duplicate.
    const { checked, problems } = await reconcile(deps({ holder: 'another' }))
    expect({ checked, problems }).toEqual({ checked: names.length, problems: [] })
    for (const name of names) expect((await deployment(name)).phase).toBe('ready')
  })

  it('everything is deployed again after it lost its state', async () => {
    await deploy(pipeline('kept-1'))
    await deploy(pipeline('kept-2', { schedule: { every: '6h' } }))
    await reconcile(deps())
    await server.kill()
    await server.forget()
    await server.start()
    expect((await reconcile(deps(), { all: true })).changed).toEqual(['kept-1', 'kept-2'])
    expect(await deployment('kept-2')).toMatchObject({ phase: 'ready', drift: { what: 'the schedule was gone' } })
    expect((await describeSchedule('kept-1')).state.paused).toBe(false)
  })
})

describe('what a refusal of Temporal means', () => {
  const grpc = (code: number, details: string) => new ServiceError('it failed', { cause: Object.assign(new Error('x'), { code, details }) })
  const cases: readonly [string, unknown, string, string][] = [
    ['no rights', grpc(7, 'Request unauthorized.'), 'failed', 'TEMPORAL_ACCESS_DENIED'],
    ['no valid key', grpc(16, 'invalid API key'), 'failed', 'TEMPORAL_ACCESS_DENIED'],
    ['a bad spec', grpc(3, 'invalid schedule spec'), 'failed', 'SCHEDULE_INVALID'],
    ['no answer in time', grpc(4, 'deadline'), 'pending', 'TEMPORAL_UNREACHABLE'],
    ['nobody there', grpc(14, 'connect ECONNREFUSED'), 'pending', 'TEMPORAL_UNREACHABLE'],
    ['anything unknown', new Error('odd'), 'pending', 'TEMPORAL_UNREACHABLE'],
  ]
  it.each(cases)('%s', (_, error, phase, code) => expect(classifyDeployError(error)).toMatchObject({ phase, error: { code } }))
})

describe('two reconcilers and half-done work', () => {
  it('two at once make one schedule each, and agree', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `both-${i}`)
    for (const name of names) await deploy(pipeline(name))
    const [one, two] = await Promise.all([reconcile(deps({ holder: 'one' })), reconcile(deps({ holder: 'two' }))])
    expect([...one.changed, ...two.changed].sort()).toEqual([...names].sort())
    expect([...one.problems, ...two.problems]).toEqual([])
    for (const name of names) expect((await deployment(name)).phase).toBe('ready')
    expect((await scheduleIds()).filter((id) => id.startsWith('lodeline/both-')).length).toBeLessThanOrEqual(names.length)
  })

  it('killed between Temporal’s answer and our write, it converges without a duplicate', async () => {
    await deploy(pipeline('half'))
    const broken = { ...catalog, db: catalog.db } satisfies Catalog
    let calls = 0
    const dying = new Proxy(schedules, {
      get(target, property, receiver) {
        if (property !== 'create') return Reflect.get(target, property, receiver)
        return async (...args: Parameters<ScheduleClient['create']>) => {
          await target.create(...args)
          calls += 1
          throw new Error('killed here') // the schedule is made, and we never learn it
        }
      },
    })
    await reconcile({ ...deps(), catalog: broken, schedules: dying })
    expect(calls).toBe(1)
    expect((await deployment('half')).phase).toBe('pending')
    await reconcile(deps({ now: later(10_000) }))
    expect(await deployment('half')).toMatchObject({ phase: 'ready', error: null, drift: null })
  })

  it('a lease is kept for as long as its holder works', async () => {
    await deploy(pipeline('slowly'))
    const slow = new Proxy(schedules, {
      get(target, property, receiver) {
        if (property !== 'create') return Reflect.get(target, property, receiver)
        return async (...args: Parameters<ScheduleClient['create']>) => {
          await pause(1_500)
          return target.create(...args)
        }
      },
    })
    const first = reconcile(deps({ schedules: slow, holder: 'slow', leaseMs: 600 }))
    await pause(1_000) // longer than the lease
    expect((await reconcile(deps({ holder: 'other', leaseMs: 600 }))).changed).toEqual([])
    expect((await first).changed).toEqual(['slowly'])
  })

  it('a lease that its holder never gave back runs out', async () => {
    await deploy(pipeline('leased'))
    await catalog.db
      .updateTable('deployments')
      .set({ lease_holder: 'dead', lease_until: new Date(Date.now() + 60_000).toISOString() })
      .execute()
    expect((await reconcile(deps())).changed).toEqual([])
    expect((await reconcile(deps({ now: later(61_000) }))).changed).toEqual(['leased'])
  })

  it('redeploying by hand begins the attempts anew', async () => {
    await deploy(pipeline('again', { schedule: { cron: '99 * * * *' } }))
    await reconcile(deps())
    await intendRedeployment(catalog, 'again', new Date())
    expect(await deployment('again')).toMatchObject({ phase: 'pending', attempts: 0, error: null })
  })
})
