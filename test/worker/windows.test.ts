import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { getPipeline } from '../../catalog/pipelines.ts'
import { desiredSchedule } from '../../deploy/schedules/desired.ts'
import { nextRuns } from '../../deploy/schedules/spec.ts'
import { startRuntime, type TestRuntime } from '../support/runtime.ts'

let on: TestRuntime
beforeAll(async () => {
  on = await startRuntime()
})
afterAll(() => on.stop())

/** Local noon is an hour earlier after the first change and an hour later after the second; 02:30 does not exist on the day of the first and comes twice on that of the second. */
const cases: readonly [string, object, string, string, number][] = [
  ['to summer time', { every: 'day', at: '12:00', timeZone: 'Europe/Berlin' }, '2026-03-27', '2026-03-31', 4],
  ['back', { cron: '0 12 * * *', timeZone: 'America/New_York' }, '2026-10-30', '2026-11-03', 4],
  ['to summer time, at the hour that is left out', { every: 'day', at: '02:30', timeZone: 'Europe/Berlin' }, '2026-03-27', '2026-03-31', 3],
  [
    'to summer time at midnight, which a week loses its slot by',
    { every: 'week', weekday: 'sunday', at: '00:00', timeZone: 'America/Santiago' },
    '2026-08-28',
    '2026-09-21',
    3,
  ],
  ['back, at the hour that comes twice', { every: 'day', at: '01:30', timeZone: 'America/New_York' }, '2026-10-30', '2026-11-03', 5],
]

test.each(cases)('a backfill over the change of clocks %s gives windows that meet', async (_, schedule, from, to, slots) => {
  const name = await on.pipeline({ tasks: { a: { run: 'steps.work' } } }, { schedule, paused: true })
  const stored = await getPipeline(on.catalog.db, name)
  const wanted = stored === null ? null : desiredSchedule(stored.document)
  if (stored?.document.schedule === undefined || wanted === null) throw new Error('no schedule')
  const handle = await on.client.schedule.create({ ...wanted, scheduleId: `test/${name}` })
  await handle.backfill({ start: new Date(from), end: new Date(to), overlap: 'BUFFER_ALL' })
  const runs = () => on.catalog.db.selectFrom('runs').selectAll().where('pipeline', '=', name).orderBy('window_to').execute()
  await on.until('all have run', async () => (await runs()).filter(({ status }) => status === 'succeeded').length === slots)
  const windows = (await runs()).map((run) => [run.window_from, run.window_to])
  const expected = nextRuns(stored.document.schedule, new Date(from), slots).map((at) => at.toISOString())
  expect(windows.map(([, end]) => end)).toEqual(expected)
  expect(windows.slice(1).map(([start]) => start)).toEqual(expected.slice(0, -1))
  await handle.delete()
})
