import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { PIPELINE_TYPES } from '../../contracts/pipeline-types.ts'
import { type Bundle, workflowBundle } from '../../worker/bundle.ts'

/** Histories of real runs, kept: a change to workflows/ that would break open runs breaks here first. */
const FOLDER = join(import.meta.dirname, 'histories')
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
const ROOT = join(import.meta.dirname, '..', '..')
const cache = mkdtempSync(join(tmpdir(), 'bundle-'))
const logger = new DefaultLogger('ERROR', () => undefined)
let bundle: Bundle

beforeAll(async () => {
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } } })
  bundle = await workflowBundle({ root: ROOT, cache, logger })
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

interface Recorded {
  readonly events: readonly { readonly eventType: string; readonly [attributes: string]: unknown }[]
}
const started = (history: Recorded) =>
  history.events[0]?.workflowExecutionStartedEventAttributes as { workflowId: string; workflowType: { name: string } }
const replay = (history: Recorded) =>
  Worker.runReplayHistory({ workflowBundle: { codePath: bundle.codePath } }, history, started(history).workflowId)
const historyOf = (file: string): Recorded => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))

describe('recorded histories', () => {
  for (const file of files) test(`${file} replays`, () => expect(replay(historyOf(file))).resolves.toBeUndefined())

  test('are there for every workflow type', () => {
    const types = new Set(files.map((file) => started(historyOf(file)).workflowType.name))
    expect([...PIPELINE_TYPES].filter((type) => !types.has(type))).toEqual([])
  })

  test('a changed order of activities does not pass', async () => {
    const history = historyOf('branches-and-triggers.json')
    const scheduled = history.events.find(({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED')
    Object.assign(scheduled?.activityTaskScheduledEventAttributes ?? {}, { activityType: { name: 'readItems' } })
    await expect(replay(history)).rejects.toThrow(/TMPRL1100|Nondeterminism|does not match/)
  })
})
