import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, Connection, type ScheduleClient } from '@temporalio/client'
import { listDeployments } from '../../catalog/deployments.ts'
import { type Catalog, openCatalog } from '../../catalog/open.ts'
import { pipelineSchema } from '../../contracts/pipeline.ts'
import { intendPipeline } from '../../deploy/intents.ts'
import { startReconciler } from '../../deploy/reconciler.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'

const PIPELINES = 500
const WITHIN_MS = 60_000
/** On a machine that is busy with other things: so many times what a plain client takes for as many schedules. */
const TIMES_PLAIN = 10
const GIVE_UP_MS = 240_000
const AWAY_MS = 1_500

let server: TestTemporal
let connection: Connection
let schedules: ScheduleClient
let folder: string
let catalog: Catalog

beforeAll(async () => {
  server = await startTemporal()
  connection = Connection.lazy({ address: server.address })
  schedules = new Client({ connection }).schedule
  folder = await mkdtemp(join(tmpdir(), 'lodeline-many-'))
  catalog = await openCatalog({ url: `sqlite:${join(folder, 'catalog.db')}` })
})
afterAll(async () => {
  await catalog.close()
  await connection.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + GIVE_UP_MS; !(await holds()); await pause(25)) {
    if (Date.now() > deadline) throw new Error(`not within ${GIVE_UP_MS / 1000} s: ${what}`)
  }
}

/** How long it takes, beside whatever else the machine does now, to make as many schedules and nothing more. */
async function plainMs(): Promise<number> {
  const started = Date.now()
  const numbers = Array.from({ length: PIPELINES }, (_, n) => n).values()
  const lane = async (): Promise<void> => {
    for (const n of numbers) {
      const action = { type: 'startWorkflow', workflowType: 'none', taskQueue: 'none', args: [] } as const
      await schedules.create({ scheduleId: `plain-${n}`, spec: { calendars: [{ hour: 2, minute: 30 }] }, action })
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
  return Date.now() - started
}

const ready = async () => (await listDeployments(catalog.db)).filter(({ phase }) => phase === 'ready').length

test('500 pipelines are deployed in under a minute, though Temporal is killed in the middle and comes back', async () => {
  const names = Array.from({ length: PIPELINES }, (_, n) => `p-${String(n).padStart(3, '0')}`)
  for (const name of names) {
    const document = pipelineSchema.parse({ name, type: 'metadataIngestion', schedule: { every: 'day', at: '02:30', jitter: '30m' } })
    await intendPipeline(catalog, document, null, new Date())
  }
  const started = Date.now()
  const reconciler = startReconciler({ catalog, schedules, holder: 'many', now: () => new Date() }, { everyMs: 1_000 })
  await until('some are ready', async () => (await ready()) > PIPELINES / 4)
  await server.kill()
  const before = await ready()
  expect(before).toBeLessThan(PIPELINES) // it really was in the middle
  await pause(AWAY_MS)
  await server.start()
  await until('all are ready', async () => (await ready()) === PIPELINES)
  const took = Date.now() - started
  await reconciler.stop()
  expect(took).toBeLessThan(took < WITHIN_MS ? WITHIN_MS : TIMES_PLAIN * (await plainMs()))
  // Each one is in Temporal, once, as it was asked for; none is left with an error or half done.
  const seen = await Promise.all(names.map((name) => schedules.getHandle(`lodeline/${name}`).describe()))
  expect(seen.map(({ action }) => action.args)).toEqual(names.map((pipeline) => [{ pipeline }]))
  expect(seen.map(({ spec }) => spec.calendars?.[0]?.minute)).toEqual(names.map(() => [{ start: 30, end: 30, step: 1 }]))
  const settled = { error: null, attempts: 0, nextAttemptAt: null, drift: null }
  expect(await listDeployments(catalog.db)).toMatchObject(names.map((pipeline) => ({ pipeline, phase: 'ready', ...settled })))
})
