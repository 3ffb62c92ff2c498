import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { connect, openPipelines, type Pipelines } from '../../client/sdk/index.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'

let server: TestTemporal
let connection: Connection
let client: Client
let home: string
let pipelines: Pipelines

const PATIENCE_MS = 120_000

beforeAll(async () => {
  server = await startTemporal()
  connection = Connection.lazy({ address: server.address })
  client = new Client({ connection })
  home = await mkdtemp(join(tmpdir(), 'lodeline-sdk-'))
  const env = { PATH: process.env['PATH'] }
  pipelines = await openPipelines({ address: server.address, home, env })
})
afterAll(async () => {
  await pipelines.close()
  await connection.close()
  await server.stop()
  await rm(home, { recursive: true, force: true })
})

const documents = (...names: readonly string[]) => ({
  connections: [{ name: 'shop', connector: 'snowflake', config: { defaultDatabase: 'SHOP' } }],
  pipelines: names.map((name) => ({
    name,
    type: 's3QueryMining' as const,
    connection: 'shop',
    options: { queryLog: { kind: 's3', bucket: 's3://logs', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'planted' } },
    schedule: { every: 'day' as const, at: '02:30' },
  })),
})
const changes = async (...names: readonly string[]) =>
  (await pipelines.apply(documents(...names), { prune: true })).map(({ name, change }) => `${change} ${name}`)
const scheduled = (name: string) => client.schedule.getHandle(`lodeline/${name}`).describe()

test('a program writes pipelines as a document does: checked, secrets encrypted, pruned by who manages them', async () => {
  await expect(
    pipelines.apply({ pipelines: [{ ...documents('a').pipelines[0], name: 'a', type: 's3QueryMining', connection: 'shp' }] }),
  ).rejects.toMatchObject({
    code: 'DOCUMENT_INVALID',
    message: expect.stringContaining('there is no connection `shp`'),
  })
  expect((await pipelines.apply(documents('daily', 'gone'), { dryRun: true })).length).toBe(3)
  expect(await pipelines.list()).toEqual([])
  expect(await changes('daily', 'gone')).toEqual(['create shop', 'create daily', 'create gone'])
  expect(await changes('daily')).toEqual(['same shop', 'same daily', 'remove gone'])
  expect(JSON.stringify((await pipelines.get('daily')).document)).not.toContain('planted')
  await expect(pipelines.get('dayly')).rejects.toMatchObject({ code: 'PIPELINE_UNKNOWN', message: expect.stringContaining('`daily`') })
})

test('a wrong address or namespace is said, and changes nothing of what others deployed', async () => {
  await pipelines.deploy()
  const notTemporal = createServer((_, response) => void response.writeHead(404).end())
  await new Promise<void>((done) => notTemporal.listen(0, '127.0.0.1', done))
  const port = (notTemporal.address() as AddressInfo).port // a TCP server's
  const env = { PATH: process.env['PATH'] }
  const wrong = await openPipelines({ address: server.address, namespace: 'nowhere', home, env })
  await expect(wrong.deploy()).rejects.toMatchObject({ code: 'TEMPORAL_NAMESPACE_UNKNOWN', message: 'Temporal has no namespace "nowhere"' })
  const lodeline = await connect({ address: server.address, namespace: 'nowhere', home, env })
  const started = lodeline.start({ type: 's3QueryMining', pipeline: 'daily' })
  await expect(started).rejects.toMatchObject({ code: 'TEMPORAL_NAMESPACE_UNKNOWN' })
  await expect(lodeline.workers()).rejects.toMatchObject({ code: 'TEMPORAL_NAMESPACE_UNKNOWN' })
  await expect(connect({ address: `127.0.0.1:${port}`, home, env })).rejects.toMatchObject({ code: 'TEMPORAL_UNREACHABLE' })
  expect(await pipelines.list()).toMatchObject([{ deployment: { phase: 'ready', error: null } }])
  await Promise.all([wrong.close(), lodeline.close()])
  notTemporal.close()
})

test('it deploys, pauses, resumes, runs past slots again and removes, as the command line does', async () => {
  expect(await pipelines.deploy()).toMatchObject([{ pipeline: 'daily', phase: 'ready', paused: false, error: null }])
  expect(await pipelines.pause('daily')).toMatchObject([{ phase: 'ready', paused: true }])
  expect((await scheduled('daily')).state.paused).toBe(true)
  expect(await pipelines.resume('daily')).toMatchObject([{ phase: 'ready', paused: false }])
  expect((await scheduled('daily')).state.paused).toBe(false)

  const interval = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-03T00:00:00Z') }
  const slots = (await pipelines.backfill('daily', interval)).map((slot) => slot.toISOString())
  expect(slots).toEqual(['2026-01-01T02:30:00.000Z', '2026-01-02T02:30:00.000Z'])
  const first = client.workflow.getHandle('lodeline/daily-2026-01-01T02:30:00Z')
  for (const deadline = Date.now() + PATIENCE_MS; ; await pause(100)) {
    const found = await first.describe().catch(() => null)
    if (found !== null) break
    if (Date.now() > deadline) throw new Error('the first slot was not started')
  }
  await expect(pipelines.backfill('daily', { from: interval.to, to: interval.to })).rejects.toMatchObject({ code: 'OPTION_UNKNOWN' })

  await pipelines.remove('daily')
  expect(await pipelines.list()).toEqual([])
  await expect(scheduled('daily')).rejects.toThrow(/not found/i)
})

test('Temporal being away is no error: what is asked for is written down, and done when it is back', async () => {
  await changes('late')
  await server.kill()
  expect(await pipelines.deploy('late')).toMatchObject([
    { pipeline: 'late', phase: 'pending', error: { code: 'TEMPORAL_UNREACHABLE', message: expect.stringContaining(server.address) } },
  ])
  await server.start()
  expect(await pipelines.redeploy('late')).toMatchObject([{ pipeline: 'late', phase: 'ready', attempts: 0 }])
  expect((await scheduled('late')).action.args).toEqual([{ pipeline: 'late' }])
})
