import { describe, expect, test } from '@jest/globals'
import { analyze } from '../../lineage/index.ts'

const COUNT = 80
const tables = Array.from({ length: COUNT }, (_, i) => `t${i}`)
const of = (columns: string, sql = ''): string => `INSERT INTO out SELECT ${columns} FROM ${tables.join(', ')} ${sql}`

function inputsOf(sql: string, schemas: Record<string, readonly string[]>, dialect = 'trino') {
  const [statement] = analyze(sql, { dialect, schemas }).statements
  return {
    diagnostics: statement?.diagnostics.map(({ code }) => code),
    columns: statement?.columns.map(({ inputs }) =>
      inputs.map(({ table, column, candidates }) => (candidates ? candidates.length : `${table?.name}.${column}`)),
    ),
  }
}

describe('a FROM of eighty tables', () => {
  test('a name without qualifier is found in the table that has it, wherever that stands', () => {
    const schemas = Object.fromEntries(tables.map((table, i) => [table, ['id', `c${i}`]]))
    expect(inputsOf(of('c0, c64, C79'), schemas).columns).toEqual([['t0.c0'], ['t64.c64'], ['t79.c79']])
  })

  test('a table whose columns are not known may have it, unless another is known to', () => {
    const schemas = Object.fromEntries(tables.slice(1).map((table) => [table, ['id']]))
    expect(inputsOf(of('a'), schemas).columns).toEqual([['t0.a']])
    expect(inputsOf(of('id'), schemas).columns).toEqual([['t1.id']])
  })

  test('of very many that may have it the first fifty are given, and it is said once', () => {
    const { columns, diagnostics } = inputsOf(of('a, b'), {})
    expect(columns).toEqual([[50], [50]])
    expect(diagnostics).toEqual(['SQL_COLUMN_UNKNOWN'])
  })

  test('USING makes one column of all', () => {
    const joins = tables.slice(1).map((table) => `JOIN ${table} USING (k)`)
    const schemas = Object.fromEntries(tables.map((table, i) => [table, ['k', `c${i}`]]))
    const { columns } = inputsOf(`INSERT INTO out SELECT k, c79 FROM t0 ${joins.join(' ')}`, schemas)
    expect(columns).toEqual([['t0.k'], ['t79.c79']])
  })
})
