import { describe, expect, test } from '@jest/globals'
import type { BatchAnswer } from '../../contracts/lineage-batch.ts'
import { answerLine, NEW_BATCH } from '../../lineage/batch.ts'

function answers(...lines: readonly (string | object)[]): readonly BatchAnswer[] {
  let state = NEW_BATCH
  return lines.map((line) => {
    const answer = answerLine(typeof line === 'string' ? line : JSON.stringify(line), state)
    state = answer.state
    return JSON.parse(answer.line) as BatchAnswer
  })
}

describe('lineage batch', () => {
  test('one line in, one line out, with all keys of the contract', () => {
    const [answer] = answers({
      id: 7,
      sql: 'INSERT INTO t (x) SELECT sum(a) FROM s WHERE b = 1',
      dialect: 'postgres',
      defaultDatabase: 'db',
      defaultSchema: 'sc',
      sessionId: null,
      schema: {},
    })
    expect(answer).toEqual({
      id: 7,
      statements: [
        {
          index: 0,
          kind: 'INSERT',
          inputs: ['db.sc.s'],
          outputs: ['db.sc.t'],
          columns: [
            { output: { table: 'db.sc.t', column: 'x' }, inputs: [{ table: 'db.sc.s', column: 'a', transformation: 'AGGREGATION' }] },
          ],
          indirect: [{ table: 'db.sc.s', column: 'b', kind: 'FILTER' }],
          confidence: expect.any(Number),
          diagnostics: [],
        },
      ],
      error: null,
    })
  })

  test('a bad line is an answer, the next line is read', () => {
    const [bad, wrong, good] = answers('{"id": 1,', { id: 2 }, { id: 3, sql: 'SELECT a FROM t', dialect: 'ansi' })
    expect(bad?.error).toBe('not JSON')
    expect(wrong).toEqual({ id: 2, statements: [], error: 'sql is missing or no string' })
    expect(good?.statements).toHaveLength(1)
  })

  test('lines in a row with one session id are one session', () => {
    const read = { sql: 'SELECT * FROM stg', dialect: 'snowflake' }
    const make = { sql: 'CREATE TEMP TABLE stg AS SELECT a FROM src', dialect: 'snowflake' }
    const columns = (answer: BatchAnswer | undefined) => answer?.statements[0]?.columns.map(({ output }) => output.column)
    const [, same, other] = answers({ ...make, sessionId: 's1' }, { ...read, sessionId: 's1' }, { ...read, sessionId: 's2' })
    expect(columns(same)).toEqual(['A'])
    expect(columns(other)).toEqual(['*'])
    const [, without] = answers(make, read)
    expect(columns(without)).toEqual(['*'])
  })

  test('USE of one line completes the names of the next', () => {
    const [, next] = answers(
      { sql: 'USE DATABASE d', dialect: 'snowflake', sessionId: 's' },
      { sql: 'SELECT a FROM t', dialect: 'snowflake', sessionId: 's' },
    )
    expect(next?.statements[0]?.inputs).toEqual(['D.PUBLIC.T'])
  })

  test('several tables that could own a column are candidates', () => {
    const [answer] = answers({ sql: 'SELECT c FROM a JOIN b ON a.x = b.x', dialect: 'ansi' })
    expect(answer?.statements[0]?.columns[0]?.inputs).toEqual([
      { table: null, column: 'c', transformation: 'IDENTITY', candidates: ['a', 'b'] },
    ])
  })

  test('a dialect that is not known is read as ansi, and said', () => {
    const [answer] = answers({ sql: 'SELECT a FROM t', dialect: 'klingon' })
    expect(answer?.statements[0]?.inputs).toEqual(['t'])
    expect(answer?.statements[0]?.diagnostics.map(({ code }) => code)).toEqual(['SQL_DIALECT_UNKNOWN'])
  })
})
