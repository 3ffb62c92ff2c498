import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { analyze } from '../../lineage/index.ts'
import { type FixtureCase, loadFixtures, parseFixtures } from '../support/lineage-fixtures.ts'
import { differences } from '../support/lineage-lines.ts'

const cases = loadFixtures(join(import.meta.dirname, 'fixtures'))

function diff(given: FixtureCase): readonly string[] {
  const { statements } = analyze(given.sql, { dialect: given.dialect, defaults: given.defaults, schemas: given.schema })
  return differences(given, statements)
}

describe('lineage fixtures', () => {
  for (const given of cases) {
    test(`${given.file}:${given.line} ${given.name}`, () => {
      const found = diff(given)
      if (given.todo === null) expect(found).toEqual([])
      // A known fault that is gone must lose its mark.
      else expect(found).not.toEqual([])
    })
  }

  test('there are some in every dialect', () => {
    const dialects = new Set(cases.map((given) => given.dialect))
    const wanted = ['redshift', 'bigquery', 'hive', 'databricks', 'sqlserver', 'synapse', 'snowflake', 'teradata', 'athena', 'postgres']
    expect(wanted.filter((name) => !dialects.has(name))).toEqual([])
  })
})

describe('the fixture loader refuses', () => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['an unknown key', '--: case a\n--: dialect ansi\nSELECT 1\n--: read t', /unknown key read/],
    ['a key twice', '--: case a\n--: dialect ansi\n--: dialect hive\nSELECT 1\n--: reads none', /given twice/],
    ['no SQL', '--: case a\n--: dialect ansi\n--: reads none', /without SQL/],
    ['no expectation', '--: case a\n--: dialect ansi\nSELECT 1', /expects nothing/],
    ['no dialect', '--: case a\nSELECT 1\n--: reads none', /without a dialect/],
    ['SQL before a case', 'SELECT 1\n--: case a', /before the first case/],
  ]
  for (const [what, text, message] of refused) {
    test(what, () => expect(() => parseFixtures(text, 'x.sql')).toThrow(message))
  }
})
