import { afterAll, describe, expect, test } from '@jest/globals'
import { timeInBytes, timeOf } from '../../activities/mining/threads/times.ts'
import { miningBench, ndjson, twoThreads } from '../support/mining.ts'

const threads = twoThreads()
afterAll(() => threads.close())

const SECOND = '2026-01-02T03:04:05.000Z'
const MINUTE = '2026-01-02T03:04:00.000Z'

describe('times of logs', () => {
  test.each([
    ['2026-01-02T03:04:05Z', SECOND],
    ['2026-01-02 03:04:05', SECOND],
    ['2026-01-02 03:04:05.000000000', SECOND],
    ['2026-01-02 03:04:05 UTC', SECOND],
    ['2026-01-02 05:04:05 +0200', SECOND],
    ['2026-01-01 19:04:05.000-08', SECOND],
    ['2026-01-02 03:04', MINUTE],
    ['20260102T030405Z', SECOND],
    ['20260102 03:04:05', SECOND],
    ['2026/01/02 03:04:05', SECOND],
    ['1/2/2026 3:04:05 AM', SECOND],
    ['Jan  2 2026  3:04AM', MINUTE],
    ['02.01.2026 03:04:05', SECOND],
    ['Fri, 02 Jan 2026 03:04:05 GMT', SECOND],
    ['Fri Jan 02 03:04:05 UTC 2026', SECOND],
    [1_767_323_045, SECOND],
    [1_767_323_045_000, SECOND],
    ['1767323045000000', SECOND],
    ['1767323045', SECOND],
  ])('%s', (told, expected) => {
    expect(new Date(timeOf(told)).toISOString()).toBe(expected)
  })

  test.each([
    'garbage',
    'garbage 5',
    'hello world 2026',
    'query 12:30 of 2026',
    '2026-13-01T00:00:00Z',
    '2026-01-99T00:00:00Z',
    '2026-01-02T25:00:00Z',
    '2026-01-02 03:99:00',
    -5,
    0,
    20_260_102,
    '',
    null,
    {},
  ])('none: %j', (told) => {
    expect(timeOf(told)).toBeNaN()
  })

  test('are the same from bytes, or left to the slower way', () => {
    const inBytes = (text: string) => timeInBytes(Buffer.from(text), 0, text.length)
    expect(inBytes('2026-01-02 03:04:05.250')).toBe(timeOf('2026-01-02 03:04:05.250'))
    expect(inBytes('2026-01-02T25:04:05Z')).toBeNaN()
    expect(inBytes('2026-01-42T05:04:05Z')).toBeNaN()
  })

  test('that cannot be read are counted and said; absent ones are nothing to say', async () => {
    const bench = await miningBench(threads)
    const read = (time: unknown) => ({ QUERY_TEXT: 'select x from orders', START_TIME: time })
    bench.put('a.json', ndjson([read('2026-01-02T03:04:05Z'), read('yesterday'), read('soon enough'), read(null), read('')]))
    const { counts, warnings } = await bench.mine()
    expect(counts).toMatchObject({ records: 5, unreadTimes: 2 })
    expect(warnings.join('\n')).toContain('The time of 2 records cannot be read')
    await bench.close()
  })
})
