import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { TRIGGER_RULES } from '../../contracts/dag.ts'
import { type Upstream, type Verdict, verdict } from '../../workflows/trigger-rules.ts'

const S = { state: 'succeeded', tolerated: false } as const
const F = { state: 'failed', tolerated: false } as const
const U = { state: 'upstreamFailed', tolerated: false } as const
const K = { state: 'skipped', tolerated: false } as const
const R = { state: 'running', tolerated: false } as const
const T = { state: 'failed', tolerated: true } as const

/** Rows: the states of two upstream tasks; columns: what each rule says. w wait, r run, s skip, u upstreamFailed. */
const COLUMNS = [
  'all_success',
  'all_done',
  'all_failed',
  'one_success',
  'one_failed',
  'one_done',
  'none_failed',
  'none_skipped',
  'none_failed_min_one_success',
  'always',
] as const
const TABLE: readonly (readonly [string, readonly Upstream[], string])[] = [
  ['both succeeded', [S, S], 'rrsrsrrrrr'],
  ['one running, one succeeded', [S, R], 'wwsrwrwwwr'],
  ['both running', [R, R], 'wwwwwwwwwr'],
  ['one failed, one succeeded', [S, F], 'ursrrrurur'],
  ['both failed', [F, F], 'urrurrurur'],
  ['one failed, one running', [F, R], 'uwwwrruwur'],
  ['one upstream failed, one succeeded', [U, S], 'ursrrrurur'],
  ['both upstream failed', [U, U], 'urrursurur'],
  ['one skipped, one succeeded', [K, S], 'srsrsrrsrr'],
  ['both skipped', [K, K], 'srssssrssr'],
  ['one skipped, one failed', [K, F], 'ursurrusur'],
  ['one skipped, one running', [K, R], 'swswwwwswr'],
  ['a tolerated failure beside success', [T, S], 'rrsrrrrrrr'],
  ['a tolerated failure alone', [T], 'rrrrrrrrrr'],
]
const LETTERS: Readonly<Record<string, Verdict>> = { w: 'wait', r: 'run', s: 'skip', u: 'upstreamFailed' }

describe('trigger rules', () => {
  for (const [name, upstream, row] of TABLE) {
    test(name, () => {
      const said = COLUMNS.map((rule) => verdict(rule, upstream))
      expect(said).toEqual([...row].map((letter) => LETTERS[letter]))
    })
  }

  const state = fc.constantFrom('none', 'running', 'waiting', 'succeeded', 'failed', 'skipped', 'upstreamFailed', 'cancelled')
  const upstreams = fc.array(fc.record({ state, tolerated: fc.boolean() }) as fc.Arbitrary<Upstream>, { maxLength: 6 })
  const settled = (list: readonly Upstream[]): boolean => list.every((one) => !['none', 'running', 'waiting'].includes(one.state))

  test('every rule decides once all upstream tasks are settled', () => {
    fc.assert(fc.property(upstreams.filter(settled), fc.constantFrom(...TRIGGER_RULES), (list, rule) => verdict(rule, list) !== 'wait'))
  })

  test('a decision stands, whatever the tasks still under way do', () => {
    const later = fc.constantFrom('succeeded', 'failed', 'skipped', 'upstreamFailed')
    fc.assert(
      fc.property(upstreams, fc.array(later, { minLength: 6, maxLength: 6 }), fc.constantFrom(...TRIGGER_RULES), (list, ends, rule) => {
        const early = verdict(rule, list)
        const end = list.map((one, at) => (settled([one]) ? one : { ...one, state: ends[at] ?? 'failed' })) as Upstream[]
        const late = verdict(rule, end)
        // A failure that comes after a skip would have been told as such: Airflow decides early too.
        return early === 'wait' || early === late || (early === 'skip' && late === 'upstreamFailed')
      }),
    )
  })

  test('the order of the upstream tasks does not matter', () => {
    fc.assert(
      fc.property(upstreams, fc.constantFrom(...TRIGGER_RULES), (list, rule) => verdict(rule, list) === verdict(rule, [...list].reverse())),
    )
  })
})
