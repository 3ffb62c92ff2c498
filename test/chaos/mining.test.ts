import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openCatalog } from '../../catalog/open.ts'
import { catalogContent } from '../support/catalog-content.ts'
import { miningBench, ndjson, twoThreads } from '../support/mining.ts'
import { orderedLog } from '../support/mining-log.ts'
import { applyMining } from '../support/mining-pipeline.ts'
import { random } from '../support/random.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'
import { type S3Server, startS3 } from '../support/s3.ts'
import type { TestWorker } from '../support/worker.ts'

const RECORDS = 200_000
const OBJECTS = 20
const KILLS = 8
const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e6))

let on: TestRuntime
let s3: S3Server

beforeAll(async () => {
  ;[on, s3] = await Promise.all([startRuntime({ env: { LODELINE_THREADS: '1' } }), startS3()])
})
afterAll(async () => {
  await Promise.all([on.stop(), s3.stop()])
})

/** What mining the same objects gives when nobody disturbs it. */
async function undisturbed(objects: readonly (readonly [string, string])[]): Promise<string> {
  const threads = twoThreads()
  const bench = await miningBench(threads)
  try {
    for (const [name, content] of objects) bench.put(name, content)
    await bench.mine()
    return await catalogContent(bench.catalog)
  } finally {
    await bench.close()
    await threads.close()
  }
}

/** Kills one of two workers again and again, the server once, until it is told to stop. */
async function disturb(next: () => number, workers: TestWorker[], stop: AbortSignal): Promise<string[]> {
  const done: string[] = []
  const serverAt = 2 + Math.floor(next() * (KILLS - 3))
  for (let kill = 0; kill < KILLS && !stop.aborted; kill++) {
    await delay(700 + next() * 2500, undefined, { signal: stop }).catch(() => undefined)
    if (stop.aborted) break
    if (kill === serverAt) {
      await on.temporal.kill()
      done.push('server')
      await delay(500 + next() * 1500)
      await on.temporal.start()
    } else {
      const index = Math.floor(next() * workers.length)
      await workers[index]?.kill()
      done.push(`worker ${index}`)
      workers[index] = await on.startWorker()
    }
  }
  return done
}

test(`${RECORDS} records mined while workers and the server are killed give what an undisturbed run gives (CHAOS_SEED=${SEED})`, async () => {
  const next = random(SEED)
  const records = orderedLog(SEED, RECORDS)
  const size = RECORDS / OBJECTS
  const objects = Array.from(
    { length: OBJECTS },
    (_, index) => [`part-${String(index).padStart(2, '0')}.json`, ndjson(records.slice(index * size, (index + 1) * size))] as const,
  )
  await s3.createBucket('chaos')
  for (const [name, content] of objects) await s3.put('chaos', name, content)
  await applyMining(on, s3, { name: 'history', bucket: 'chaos', options: { shardBytes: 1_000_000, width: 2 } })

  const workers = [on.worker(), await on.startWorker()]
  const stop = new AbortController()
  const handle = await on.client.workflow.start('s3QueryMining', {
    taskQueue: 'lodeline',
    workflowId: 'chaos/mining',
    args: [{ pipeline: 'history' }],
  })
  const disturbing = disturb(next, workers, stop.signal)
  const ended = await patiently(() => on.client.workflow.getHandle(handle.workflowId).result())
  stop.abort()
  const kills = await disturbing
  const failed = records.filter(({ STATUS }) => STATUS === 'FAIL').length
  expect(kills.length).toBeGreaterThan(2)
  expect(ended).toMatchObject({ status: 'succeeded', counts: { objects: OBJECTS, records: RECORDS, failedRecords: failed } })

  const catalog = await openCatalog({ url: `sqlite:${on.file('catalog.db')}` })
  try {
    const [content, expected] = [await catalogContent(catalog), await undisturbed(objects)]
    expect(content.length).toBeGreaterThan(100_000)
    expect(firstDifference(content, expected)).toBeNull()
  } finally {
    await catalog.close()
  }
}, 400_000)

/** The client's calls fail while the server is away. */
async function patiently<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof Error && error.name === 'WorkflowFailedError') throw error
      await delay(300)
    }
  }
}

/** Both are megabytes long. */
function firstDifference(one: string, other: string): readonly [string | undefined, string | undefined] | null {
  const [a, b] = [one.split('\n'), other.split('\n')]
  for (let line = 0; line < Math.max(a.length, b.length); line++) if (a[line] !== b[line]) return [a[line], b[line]]
  return null
}
