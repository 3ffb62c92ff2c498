import { expect, test } from '@jest/globals'
import { nextRunAt } from '../../client/cli/schedules.ts'
import { scheduleSchema } from '../../contracts/pipeline.ts'

test('a next run that has passed since Temporal told it gives way to the one that follows', () => {
  const schedule = scheduleSchema.parse({ every: '1m' })
  const told = { nextRunAt: '2026-01-01T00:01:00.000Z' }
  const at = (time: string) => nextRunAt(told, schedule, Date.parse(time))
  expect(at('2026-01-01T00:00:40Z')).toBe('2026-01-01T00:01:00.000Z')
  expect(at('2026-01-01T00:01:20Z')).toBe('2026-01-01T00:02:00.000Z')
  expect(nextRunAt({ nextRunAt: null }, schedule, 0)).toBeNull() // paused
  expect(nextRunAt(told, scheduleSchema.parse({ every: 'day', endAt: '2026-01-01' }), Date.parse('2026-01-02'))).toBeNull()
})
