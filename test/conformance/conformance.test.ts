import { describe, expect, test } from '@jest/globals'
import { score, suites } from './run.ts'

/** Share of cases fully right that no change may fall below; the goal is 98 (sqlfluff 97). */
const LEAST: Readonly<Record<string, number>> = {
  datahub: 98,
  datahub_aggregator: 98,
  datahub_procedure: 98,
  openlineage: 98,
  polyglot_lineage: 98,
  sqlfluff: 97,
  sqlglot_lineage: 98,
  sqllineage: 98,
  statement_kinds: 98,
}

describe('conformance', () => {
  const scores = score()
  if (scores === null) {
    test('no cases beside this checkout, nothing is scored', () => expect(suites()).toEqual([]))
    return
  }
  for (const [suite, least] of Object.entries(LEAST)) {
    test(`${suite}: at least ${least} % fully right, none without an answer`, () => {
      const found = scores[suite]
      expect(found?.missing).toBe(0)
      expect(found?.notes).toEqual([])
      expect(found?.fullPct).toBeGreaterThanOrEqual(least)
    })
  }
})
