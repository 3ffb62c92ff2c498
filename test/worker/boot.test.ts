import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePort, startTemporal, type TestTemporal } from '../support/temporal.ts'
import { makeHome, startWorkerProcess, type TestHome, type TestWorker } from '../support/worker.ts'

const ROOT = join(import.meta.dirname, '..', '..')
let temporal: TestTemporal
let home: TestHome
const workers: TestWorker[] = []

beforeAll(async () => {
  temporal = await startTemporal()
  home = await makeHome()
})
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()))
  await temporal.stop()
  await home.remove()
})

async function start(env: Readonly<Record<string, string>> = {}, more: { early?: boolean; address?: string } = {}): Promise<TestWorker> {
  const worker = await startWorkerProcess({ address: temporal.address, home: home.path, env, ...more })
  workers.push(worker)
  return worker
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 120_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error('not in time')
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** Runs it to its end, for starts that fail. */
function runOnce(env: Readonly<Record<string, string>>): { readonly code: number | null; readonly said: string } {
  const { status, stderr } = spawnSync(join(ROOT, 'node_modules', '.bin', 'node'), [join(ROOT, 'worker', 'main.ts')], {
    env: { PATH: process.env.PATH, LODELINE_HOME: home.path, TEMPORAL_ADDRESS: temporal.address, LODELINE_HEALTH_PORT: '0', ...env },
    encoding: 'utf8',
    timeout: 120_000,
  })
  return { code: status, said: stderr }
}

describe('a worker', () => {
  test('says that it is healthy and ready, and what it measures', async () => {
    const worker = await start({ LODELINE_SHUTDOWN_GRACE: '60s', LODELINE_SHUTDOWN_FORCE: '90s' })
    expect(await (await fetch(`${worker.health}/healthz`)).json()).toEqual({ status: 'ok' })
    const ready = await fetch(`${worker.health}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, state: 'running', problems: [] }])
    const metrics = await (await fetch(`${worker.health}/metrics`)).text()
    for (const name of ['lodeline_threads_waiting 0', 'nodejs_eventloop_lag_seconds', 'temporal_worker_task_slots_available'])
      expect(metrics).toContain(name)
    const asked = Date.now()
    expect(await worker.stop()).toBe(0)
    expect(Date.now() - asked).toBeLessThan(30_000) // there is nothing that it gives time
  })

  test('waits for a server that is not there yet, says so, and goes on when it comes', async () => {
    await temporal.kill()
    const port = await freePort()
    const worker = await start({ LODELINE_HEALTH_PORT: String(port) }, { early: true })
    await until(() => worker.log.some(({ message }) => message === `waiting for Temporal at ${temporal.address}`))
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`)
    expect([ready.status, await ready.json()]).toMatchObject([503, { ready: false, problems: [{ code: 'TEMPORAL_UNREACHABLE' }] }])
    await temporal.start()
    await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200)
    expect(await worker.stop()).toBe(0)
  })

  test('can be stopped while it waits', async () => {
    const worker = await start({}, { early: true, address: `127.0.0.1:${await freePort()}` })
    await until(() => worker.log.some(({ message }) => message.startsWith('waiting for Temporal')))
    worker.signal('SIGTERM')
    expect(await worker.exited).toBe(0)
  })

  test('can be stopped while the server is away', async () => {
    const worker = await start()
    await temporal.kill()
    await pause(2_500) // it looks for lost runs meanwhile
    const asked = Date.now()
    worker.signal('SIGTERM')
    expect(await worker.exited).toBe(0)
    expect(Date.now() - asked).toBeLessThan(12_000) // the calls that are under way are tried again for some 17 s
    await temporal.start()
  })

  test('serves without a broken plugin, and shows it', async () => {
    mkdirSync(join(home.path, 'plugins', 'broken'), { recursive: true })
    writeFileSync(join(home.path, 'plugins', 'broken', 'index.js'), 'exports.plugin = { name: "broken", apiVersion: 7 }')
    const worker = await start()
    const { ready, problems } = (await (await fetch(`${worker.health}/readyz`)).json()) as {
      ready: boolean
      problems: { message: string; folder: string }[]
    }
    expect(ready).toBe(true)
    expect(problems).toMatchObject([
      { code: 'PLUGIN_INVALID', folder: join(home.path, 'plugins', 'broken'), message: expect.stringContaining('apiVersion') },
    ])
    await worker.stop()
  })

  test('refuses to start with a reason: a port in use, half of a certificate, a wrong setting', async () => {
    const taken = createServer()
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done))
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const portTaken = runOnce({ LODELINE_HEALTH_PORT: port })
    taken.close()
    expect(portTaken).toMatchObject({ code: 1, said: expect.stringContaining(`PORT_TAKEN: Port ${port} on 127.0.0.1`) })
    expect(runOnce({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/x.pem' })).toMatchObject({ code: 2, said: expect.stringContaining('TLS needs both') })
    expect(runOnce({ LODELINE_THREADS: 'many' })).toMatchObject({ code: 2, said: expect.stringContaining('threads.count') })
  })
})
