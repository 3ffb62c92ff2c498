import { describe, expect, it } from '@jest/globals'
import { analyze, foldScript } from '../../lineage/index.ts'

const pairs = (sql: string, dialect = 'athena'): readonly string[] =>
  analyze(sql, { dialect, defaults: { database: 'db', schema: 's' } }).statements.flatMap(({ joins }) =>
    joins.map(({ left, right }) => [left, right].map(({ table, column }) => `${table.parts.at(-1)}.${column}`).join(' = ')),
  )

describe('columns that a statement sets equal', () => {
  it('are those of ON, through casts and functions, each condition for itself', () => {
    expect(
      pairs('SELECT 1 FROM a JOIN b ON a.id = b.a_id AND lower(a.k) = CAST(b.k AS varchar) AND a.d BETWEEN b.since AND b.till'),
    ).toEqual(['a.id = b.a_id', 'a.k = b.k'])
    expect(pairs('SELECT 1 FROM a JOIN b ON (a.i = b.i OR (a.k = b.k AND a.n + 1 = b.n))')).toEqual(['a.k = b.k', 'a.i = b.i'])
  })

  it('are those of USING, of WHERE across tables, of EXISTS, and of a table with itself', () => {
    expect(pairs('SELECT 1 FROM a JOIN b USING (id, day)')).toEqual(['a.id = b.id', 'a.day = b.day'])
    expect(pairs('SELECT 1 FROM a, b WHERE a.id = b.id AND a.since = a.till AND a.x = 3 AND a.y < b.y')).toEqual(['a.id = b.id'])
    expect(pairs('SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.id = a.id)')).toEqual(['b.id = a.id'])
    expect(pairs('SELECT 1 FROM staff s JOIN staff boss ON s.boss = boss.id')).toEqual(['staff.boss = staff.id'])
  })

  it('are the columns behind CTEs, subqueries and temp tables', () => {
    expect(pairs('WITH c AS (SELECT id AS k FROM a) SELECT 1 FROM c JOIN (SELECT x FROM b) AS s ON c.k = s.x')).toEqual(['a.id = b.x'])
    const script = 'CREATE TEMP TABLE t AS SELECT id AS i, p + q AS r FROM a; SELECT 1 FROM t JOIN b ON t.i = b.k AND t.r = b.r'
    const { statements } = analyze(script, { dialect: 'redshift', defaults: { database: 'db', schema: 's' } })
    const folded = foldScript(statements, new Map())[1]?.joins ?? []
    expect(folded.map(({ left, right }) => [left.table.parts.at(-1), left.column, right.table.parts.at(-1), right.column])).toEqual([
      ['a', 'id', 'b', 'k'],
    ])
  })

  it('are no guess: not a column that several tables could own, nor what a subquery computes', () => {
    expect(pairs('SELECT 1 FROM a JOIN b ON id = a_id')).toEqual([])
    expect(pairs('SELECT 1 FROM a WHERE a.id = (SELECT max(id) FROM b)')).toEqual([])
  })
})
