import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { analyze } from '../../lineage/index.ts'
import { loadFixtures } from '../support/lineage-fixtures.ts'
import { extremes, MUTATIONS } from '../support/mutations.ts'
import { random } from '../support/random.ts'

const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const texts = fixtures.map((given) => given.sql)

/** Tells a hang from work: far above the 50 ms + 1 ms/KB that `npm run bench:robustness` holds, since a test may run cold and beside others. */
const PATIENCE = 8
const TRIES = 3
const limitMs = (sql: string): number => PATIENCE * (50 + sql.length / 1024)

/** CPU time, the least of a few tries: what else the machine does is no fault of the text. */
function timed(sql: string, dialect: string): number {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < TRIES && least > limitMs(sql); attempt++) {
    const start = process.cpuUsage()
    read(sql, dialect)
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

/** The engine turns its own faults into a diagnostic: here they are what is looked for. */
function read(sql: string, dialect: string): void {
  for (const { diagnostics } of analyze(sql, { dialect }).statements) {
    const fault = diagnostics.find((each) => each.code === 'SQL_INTERNAL')
    if (fault) throw new Error(`${fault.message} (${dialect}): ${JSON.stringify(sql.slice(0, 500))}`)
  }
}

describe('no text makes the engine throw or hang', () => {
  test('mutated texts (seeded)', () => {
    const next = random(20_261_121)
    const slow: string[] = []
    for (let i = 0; i < 6_000; i++) {
      const given = fixtures[i % fixtures.length]
      if (!given) continue
      let sql = given.sql
      for (let rounds = 1 + Math.floor(next() * 3); rounds > 0; rounds--)
        sql = MUTATIONS[Math.floor(next() * MUTATIONS.length)]?.(sql, next, texts) ?? sql
      if (timed(sql, given.dialect) > limitMs(sql)) slow.push(sql)
    }
    expect(slow).toEqual([])
  })

  test('found by mutating: names that never end, rows that come from themselves', () => {
    for (const [sql, dialect] of [
      [' SET(BUL.*/c r', 'sqlserver'],
      ['FOR r IN (SELECT r.b FROM t) DO INSERT INTO u SELECT r.b; END FOR', 'bigquery'],
      [`SELECT 1 AS a; ${'SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())); '.repeat(2_000)}`, 'snowflake'],
    ] as const)
      expect(timed(sql, dialect)).toBeLessThan(limitMs(sql) * 4) // the last one resolves fifty results a statement
  })

  test('many relations, named by columns that any of them could have', () => {
    const each = (count: number, of: (i: number) => string, between = ' '): string =>
      Array.from({ length: count }, (_, i) => of(i)).join(between)
    for (const sql of [
      `SELECT * FROM t0 ${each(4_000, (i) => `JOIN t${i + 1} ON a = b`)}`,
      `SELECT * FROM t0 ${each(4_000, (i) => `JOIN t${i + 1} ON a${i} = b${i}`)}`,
      `SELECT * FROM t0 ${each(4_000, (i) => `JOIN t${i + 1} USING (k)`)}`,
      `SELECT ${each(3_000, (i) => `c${i}`, ', ')} FROM ${each(3_000, (i) => `t${i}`, ', ')}`,
      `WITH ${each(4_000, (i) => `c${i} AS (SELECT a FROM t${i})`, ', ')} SELECT a FROM ${each(4_000, (i) => `c${i}`, ', ')}`,
      `SELECT * FROM t ${each(4_000, (i) => `PIVOT (SUM(a) FOR b IN (1, 2)) p${i}`)}`,
    ])
      expect(timed(sql, 'snowflake')).toBeLessThan(limitMs(sql))
  })

  test('a hundred thousand conditions', () => {
    for (const operator of ['AND', 'OR']) {
      const sql = `SELECT a FROM t WHERE ${Array.from({ length: 100_000 }, (_, i) => `a = ${i}`).join(` ${operator} `)}`
      expect(timed(sql, 'snowflake')).toBeLessThan(limitMs(sql))
    }
  })

  test('every prefix of every fixture', () => {
    for (const { sql, dialect } of fixtures) {
      for (let end = 0; end < sql.length; end++) read(sql.slice(0, end), dialect)
    }
  })

  for (const [what, sql] of Object.entries(extremes(10_000))) {
    test(`10,000 ${what}`, () => {
      for (const dialect of ['ansi', 'sqlserver', 'snowflake', 'bigquery']) expect(timed(sql, dialect)).toBeLessThan(limitMs(sql))
    })
  }
})
