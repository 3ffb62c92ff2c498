import { describe, expect, it } from '@jest/globals'
import { type ScheduleDocument, scheduleSchema } from '../../contracts/pipeline.ts'
import { nextRuns, previousSlot, temporalSpec } from '../../deploy/schedules/spec.ts'

const read = (document: object): ScheduleDocument => scheduleSchema.parse(document)
const runs = (document: object, after: string, count = 3) => nextRuns(read(document), new Date(after), count).map((at) => at.toISOString())

describe('next runs of a schedule', () => {
  const cases: readonly [string, object, string, readonly string[]][] = [
    [
      'hourly at a minute',
      { every: 'hour', at: ':15' },
      '2026-01-01T00:15:00Z',
      ['2026-01-01T01:15:00.000Z', '2026-01-01T02:15:00.000Z', '2026-01-01T03:15:00.000Z'],
    ],
    [
      'daily',
      { every: 'day', at: '02:30' },
      '2026-01-01T02:29:00Z',
      ['2026-01-01T02:30:00.000Z', '2026-01-02T02:30:00.000Z', '2026-01-03T02:30:00.000Z'],
    ],
    [
      'weekly',
      { every: 'week', weekday: 'monday', at: '03:00' },
      '2026-01-01T00:00:00Z',
      ['2026-01-05T03:00:00.000Z', '2026-01-12T03:00:00.000Z', '2026-01-19T03:00:00.000Z'],
    ],
    [
      'monthly',
      { every: 'month', day: 28, at: '04:00' },
      '2026-01-29T00:00:00Z',
      ['2026-02-28T04:00:00.000Z', '2026-03-28T04:00:00.000Z', '2026-04-28T04:00:00.000Z'],
    ],
    [
      'every six hours, from the epoch',
      { every: '6h' },
      '2026-01-01T05:00:00Z',
      ['2026-01-01T06:00:00.000Z', '2026-01-01T12:00:00.000Z', '2026-01-01T18:00:00.000Z'],
    ],
    [
      'cron',
      { cron: '*/30 9-10 * * MON-FRI' },
      '2026-01-02T10:00:00Z',
      ['2026-01-02T10:30:00.000Z', '2026-01-05T09:00:00.000Z', '2026-01-05T09:30:00.000Z'],
    ],
    [
      'in a time zone, over the change to summer time',
      { every: 'day', at: '12:00', timeZone: 'Europe/Berlin' },
      '2026-03-27T12:00:00Z',
      ['2026-03-28T11:00:00.000Z', '2026-03-29T10:00:00.000Z', '2026-03-30T10:00:00.000Z'],
    ],
    [
      'not before its start, which counts itself',
      { every: 'day', startAt: '2027-01-01T00:00:00Z' },
      '2026-01-01T00:00:00Z',
      ['2027-01-01T00:00:00.000Z', '2027-01-02T00:00:00.000Z', '2027-01-03T00:00:00.000Z'],
    ],
    ['not after its end', { every: 'day', endAt: '2026-01-02T12:00:00Z' }, '2026-01-01T12:00:00Z', ['2026-01-02T00:00:00.000Z']],
  ]
  it.each(cases)('%s', (_, document, after, expected) => expect(runs(document, after)).toEqual(expected))
})

describe('the slot before', () => {
  const berlin = { timeZone: 'Europe/Berlin' }
  const cases: readonly [string, object, string, string][] = [
    ['hourly', { every: 'hour', at: ':15' }, '2026-03-01T05:15:00Z', '2026-03-01T04:15:00.000Z'],
    ['weekly', { every: 'week' }, '2026-03-09T00:00:00Z', '2026-03-02T00:00:00.000Z'],
    ['monthly, over the year', { every: 'month' }, '2026-01-01T00:00:00Z', '2025-12-01T00:00:00.000Z'],
    ['every six hours', { every: '6h' }, '2026-03-01T06:00:00Z', '2026-03-01T00:00:00.000Z'],
    ['of a moment between slots', { every: 'day', at: '02:30' }, '2026-03-01T14:05:10Z', '2026-03-01T02:30:00.000Z'],
    ['cron, over a weekend', { cron: '0 9-17 * * MON-FRI' }, '2026-03-02T09:00:00Z', '2026-02-27T17:00:00.000Z'],
    ['cron, rare', { cron: '0 0 29 2 *' }, '2028-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['before the first', { every: 'day', startAt: '2026-03-01T00:00:00Z' }, '2026-03-01T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['a day of 23 hours', { every: 'day', at: '12:00', ...berlin }, '2026-03-29T10:00:00Z', '2026-03-28T11:00:00.000Z'],
    ['a day of 25 hours', { every: 'day', at: '12:00', ...berlin }, '2026-10-25T11:00:00Z', '2026-10-24T10:00:00.000Z'],
    ['over a day that had no such time', { every: 'day', at: '02:30', ...berlin }, '2026-03-30T00:30:00Z', '2026-03-28T01:30:00.000Z'],
    [
      'of a time that came twice',
      { every: 'day', at: '01:30', timeZone: 'America/New_York' },
      '2026-11-01T06:30:00Z',
      '2026-11-01T05:30:00.000Z',
    ],
  ]
  it.each(cases)('%s', (_, document, slot, before) => expect(previousSlot(read(document), new Date(slot))?.toISOString()).toBe(before))
})

describe('a schedule that Temporal would refuse is refused by us, with the field', () => {
  const cases: readonly [object, string][] = [
    [{ cron: '61 * * * *' }, 'schedule.cron: "61 * * * *": Invalid value for minute: 61'],
    [{ cron: '* * * *' }, 'schedule.cron: "* * * *" is not five fields'],
    [{ cron: '0 0 L * *' }, 'schedule.cron'],
    [{ every: 'day', at: '25:00' }, 'schedule.at: "25:00" is no time of day'],
    [{ every: 'hour', at: '02:15' }, 'schedule.at: "02:15" is not of the form ":15"'],
    [{ every: 'day', weekday: 'monday' }, 'schedule.weekday: only goes with `every: week`'],
    [{ every: '15m', at: '02:00' }, 'schedule.at: an interval'],
    [{ every: '0m' }, 'schedule.every: 0m is shorter than a minute'],
    [{ cron: '0 0 31 2 *' }, 'schedule.cron: "0 0 31 2 *" never comes'],
    [{ every: 'month', startAt: '2026-05-02', endAt: '2026-05-30' }, 'schedule.endAt: is before the first run'],
    [{ every: 'day', timeZone: 'Mars/Olympus' }, 'schedule.timeZone: "Mars/Olympus" is not known'],
    [{ every: 'day', startAt: '1999-01-01' }, 'schedule.startAt: the year must be 2000 to 2100'],
    [{ every: 'day', startAt: '2027-01-02', endAt: '2027-01-01' }, 'schedule.endAt: is not after startAt'],
    [{ every: 'day', catchUp: '5s' }, 'schedule.catchUp: is shorter than 10 s'],
    [{ every: 'day', jitter: 'soon' }, 'schedule.jitter: "soon" is no duration'],
  ]
  it.each(cases)('%j', (document, message) => expect(() => temporalSpec(read(document))).toThrow(message))
})
