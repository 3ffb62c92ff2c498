import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ansi } from '../../lineage/dialects/ansi.ts'
import { DIALECTS, findDialect } from '../../lineage/dialects/index.ts'
import { fingerprint } from '../../lineage/fingerprint.ts'
import { createTokens } from '../../lineage/tokens/tokens.ts'

const of = (dialect: string, sql: string): string => fingerprint(sql, findDialect(dialect) ?? ansi)

test('a name that a variable holds counts, other literals beside it do not', () => {
  const script = (table: string, value: string) => `set t = '${table}'; insert into identifier($t) select a from s where b = '${value}'`
  expect(of('snowflake', script('x.one', 'a'))).not.toBe(of('snowflake', script('x.two', 'a')))
  expect(of('snowflake', script('x.one', 'a'))).toBe(of('snowflake', script('x.one', 'b')))
})

describe('what does not count', () => {
  test.each([
    ['settings that move nothing', 'postgres', "select set_config('app.user', '42', false)", "select set_config('app.user', '43', false)"],
    ['literals', 'redshift', "select a from t where b = 'x' and c > 5", "select a from t where b = 'y''z' and c > -7.5"],
    ['comments and blanks', 'redshift', 'select a /* dbt: {"x": 1} */ from t', 'select a\n  from t -- done'],
    ['case of keywords and unquoted names', 'redshift', 'SELECT a FROM Sales.T', 'select A from sales.t'],
    ['the length of IN lists', 'snowflake', 'select a from t where b in (1, 2, 3)', 'select a from t where b in (9)'],
    [
      'the length of IN lists of tuples',
      'trino',
      "select a from t where (b, c) in ((1, 'x'), (2, 'y'))",
      "select a from t where (b, c) in ((3, 'z'))",
    ],
    ['the number of VALUES rows', 'postgres', "insert into t values (1, 'a'), (2, null), (3, 'c')", "insert into t values (9, 'z')"],
    [
      'the length of IN lists behind many VALUES',
      'postgres',
      `${'insert into t values (1); '.repeat(10)} delete from t where a in (1, 2, 3)`,
      `${'insert into t values (1); '.repeat(10)} delete from t where a in (4)`,
    ],
    ['NULL and negative numbers in VALUES', 'mysql', 'insert into t values (1, 2)', 'insert into t values (-1, NULL)'],
    ['a placeholder instead of a literal', 'mysql', 'select a from t where b = ?', "select a from t where b = 'x'"],
    ['placeholders among literals in IN lists', 'mysql', 'select a from t where b in (?, 1, ?)', 'select a from t where b in (2)'],
    ['a closing semicolon', 'hive', 'select a from t;', 'select a from t'],
    [
      'literals in functions',
      'bigquery',
      "select date_trunc(d, month), substr(a, 1, 2) from t where f(a, 'x')",
      "select date_trunc(d, month), substr(a, 3, 4) from t where f(a, 'y')",
    ],
    [
      'literals in subqueries of a FROM list',
      'redshift',
      "create table x as (select a from (select a from t where b = 'x') u)",
      "create table x as (select a from (select a from t where b = 'y') u)",
    ],
    [
      'the FROM of a function',
      'postgres',
      "select trim('x' from a), extract(year from b) from t",
      "select trim('y' from a), extract(year from b) from t",
    ],
  ])('%s', (_, dialect, one, other) => {
    expect(of(dialect, one)).toBe(of(dialect, other))
  })
})

describe('what counts', () => {
  test.each([
    ['names', 'redshift', 'select a from t', 'select a from u'],
    ['the case of quoted names', 'snowflake', 'select a from "T"', 'select a from "t"'],
    ['the case of tables where it counts', 'bigquery', 'select a from d.T', 'select a from d.t'],
    ['positions in ORDER BY and GROUP BY', 'redshift', 'select a, b from t order by 1', 'select a, b from t order by 2'],
    ['how many constants a select list has', 'redshift', 'insert into t select 1, a from u', 'insert into t select 1, 2, a from u'],
    ['paths in COPY', 'redshift', "copy t from 's3://b/x'", "copy t from 's3://b/y'"],
    ['paths in UNLOAD', 'redshift', "unload ('select a from t') to 's3://b/x'", "unload ('select b from t') to 's3://b/x'"],
    ['paths right behind FROM', 'duckdb', "select a from'x.parquet'", "select a from'y.parquet'"],
    ['paths in FROM', 'duckdb', "select a from 'x.parquet'", "select a from 'y.parquet'"],
    ['paths in table functions', 'databricks', "select a from read_files('/x')", "select a from read_files('/y')"],
    [
      'locations of tables',
      'athena',
      "create external table t (a int) location 's3://b/x'",
      "create external table t (a int) location 's3://b/y'",
    ],
    ['names in IDENTIFIER', 'snowflake', "select a from identifier('t')", "select a from identifier('u')"],
    [
      'names of variables in IDENTIFIER',
      'databricks',
      "declare variable v string default 't'; select a from identifier(v)",
      "declare variable v string default 'u'; select a from identifier(v)",
    ],
    [
      'the search path in set_config',
      'postgres',
      "select set_config('search_path', 'a', false)",
      "select set_config('search_path', 'b', false)",
    ],
    ['what dictGet looks up', 'clickhouse', "select dictGet('d', 'a', 5)", "select dictGet('d', 'b', 5)"],
    ['SQL in EXECUTE IMMEDIATE', 'snowflake', "execute immediate 'delete from t'", "execute immediate 'delete from u'"],
    ['SQL in sp_executesql', 'sqlserver', "exec sp_executesql N'delete from t'", "exec sp_executesql N'delete from u'"],
    ['positions of stages', 'snowflake', 'select $1 from @s', 'select $2 from @s'],
    ['fields of JSON', 'snowflake', "select a['x'] from t", "select a['y'] from t"],
    ['fields behind arrows', 'postgres', "select a ->> 'x' from t", "select a ->> 'y' from t"],
    ['string aliases', 'mysql', "select a as 'x' from t", "select a as 'y' from t"],
    ['values of PIVOT', 'snowflake', "select * from t pivot (sum(a) for b in ('x'))", "select * from t pivot (sum(a) for b in ('y'))"],
    ['directories', 'hive', "insert overwrite directory '/x' select a from t", "insert overwrite directory '/y' select a from t"],
    ['names of columns in IN lists', 'ansi', 'select a from t where b in (c, 1)', 'select a from t where b in (d, 1)'],
    [
      'NULL behind the rows of VALUES',
      'oracle',
      'insert into t values (1); delete from u where a is null',
      'insert into t values (1); delete from u where a is true',
    ],
  ])('%s', (_, dialect, one, other) => {
    expect(of(dialect, one)).not.toBe(of(dialect, other))
  })
})

test('buffers that held another text before say nothing of this one', () => {
  const texts = [
    "exec p; exec sp_rename 'a', 'b'; select 'x'",
    'exec p',
    "select a, (b) from t where c in (1, 2, 'x') -- y",
    'insert into t values (1, 2), (3, 4)',
    `select ${'a, '.repeat(3_000)} 'é' from été`,
    'select [a] from b',
    "select N'x', 'it''s', 1.5e3, #t.a from #t",
  ]
  const buffers = createTokens(16)
  for (const dialect of DIALECTS)
    for (const sql of [...texts, ...texts.toReversed()])
      expect(fingerprint(sql, dialect, {}, buffers)).toBe(fingerprint(sql, dialect, {}, createTokens(16)))
})

test('dates and UUIDs in names fold where asked', () => {
  const dialect = findDialect('bigquery') ?? ansi
  const one = 'select a from `p.d.events_20240131` join tmp_2024_01_31 using (a)'
  const other = 'select a from `p.d.events_20240201` join tmp_2024_02_01 using (a)'
  expect(fingerprint(one, dialect)).not.toBe(fingerprint(other, dialect))
  expect(fingerprint(one, dialect, { foldDates: true })).toBe(fingerprint(other, dialect, { foldDates: true }))
})

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/)
const number = fc.nat().map(String)

describe('whatever the names and literals', () => {
  test('a select keeps its fingerprint under other literals and gets another under other names', () => {
    fc.assert(
      fc.property(
        name,
        name,
        fc.array(number, { minLength: 1, maxLength: 5 }),
        fc.array(number, { minLength: 1, maxLength: 5 }),
        (column, table, some, others) => {
          const sql = (list: string[], from: string): string =>
            `select x_${column} from t_${from} where y in (${list.join(', ')}) and z < ${list[0]}`
          expect(of('redshift', sql(some, table))).toBe(of('redshift', sql(others, table)))
          expect(of('redshift', sql(some, table))).not.toBe(of('redshift', sql(some, `${table}2`)))
        },
      ),
    )
  })

  test.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))('%s: never throws, always 16 digits', (_, dialect) => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', '1', ' ', '(', ')', ',', "'", '"', ';', 'in', 'values', '.', '-', '\n', 'from '),
          maxLength: 60,
        }),
        (sql) => {
          expect(fingerprint(sql, dialect)).toMatch(/^[0-9a-f]{16}$/)
        },
      ),
    )
  })
})
