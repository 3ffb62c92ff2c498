import { afterAll, expect, test } from '@jest/globals'
import { miningBench, ndjson, twoThreads } from '../support/mining.ts'

const threads = twoThreads()
afterAll(() => threads.close())

type Levels = 'database, schema' | 'database'

/** Table edges of texts that ran one after the other in one session, in an object each. */
async function edges(dialect: string, levels: Levels, texts: readonly string[]): Promise<readonly string[]> {
  const bench = await miningBench(threads)
  try {
    for (const [index, text] of texts.entries())
      bench.put(`${String(index).padStart(2, '0')}.json`, ndjson([{ QUERY_TEXT: text, SESSION_ID: 's' }]))
    const twoLevels = levels === 'database'
    await bench.mine({
      dialect,
      levels: twoLevels ? ['database'] : ['database', 'schema'],
      defaults: { database: twoLevels ? null : 'shop', schema: 'core' },
    })
    const rows = await bench.catalog.db
      .selectFrom('process_edges as edge')
      .innerJoin('assets as source', 'source.id', 'edge.source')
      .innerJoin('assets as target', 'target.id', 'edge.target')
      .innerJoin('processes', 'processes.id', 'edge.process')
      .select(['source.path as from', 'target.path as to'])
      .where('level', '=', 'table')
      .orderBy('processes.position')
      .execute()
    const name = (path: string): string => (JSON.parse(path) as string[]).join('.')
    return rows.map(({ from, to }) => `${name(from)} -> ${name(to)}`)
  } finally {
    await bench.close()
  }
}

const copy = (table: string): string => `insert into ${table} select x from t`

test.each([
  [
    'snowflake',
    'database, schema',
    [copy('a'), 'use schema sales', copy('b'), 'use database other', copy('c'), 'use role r', copy('d'), 'create schema made', copy('e')],
    [
      'shop.core.T -> shop.core.A',
      'shop.SALES.T -> shop.SALES.B',
      'OTHER.PUBLIC.T -> OTHER.PUBLIC.C',
      'OTHER.PUBLIC.T -> OTHER.PUBLIC.D',
      'OTHER.MADE.T -> OTHER.MADE.E',
    ],
  ],
  [
    'redshift',
    'database, schema',
    [
      copy('a'),
      "set search_path to '$user', sales, public",
      copy('b'),
      'use other',
      copy('c'),
      'set statement_timeout to 1',
      copy('d'),
      'set search_path = fin',
      copy('e'),
      'reset search_path',
      copy('f'),
    ],
    [
      'shop.core.t -> shop.core.a',
      'shop.sales.t -> shop.sales.b',
      'other.public.t -> other.public.c',
      'other.public.t -> other.public.d',
      'other.fin.t -> other.fin.e',
      'other.public.t -> other.public.f',
    ],
  ],
  [
    'sqlserver',
    'database, schema',
    ['USE [My Db]', copy('a'), 'USE sales; SET NOCOUNT ON', copy('b')],
    ['My Db.dbo.t -> My Db.dbo.a', 'sales.dbo.t -> sales.dbo.b'],
  ],
  ['bigquery', 'database, schema', ["SET @@dataset_id = 'sales'", copy('a')], ['shop.sales.t -> shop.sales.a']],
  ['hive', 'database', ['use sales', `insert into table a select x from t`], ['sales.t -> sales.a']],
  ['teradata', 'database', ['DATABASE sales', copy('a'), 'SET SESSION DATABASE fin', copy('b')], ['SALES.T -> SALES.A', 'FIN.T -> FIN.B']],
] as const)('what a session of %s moves to holds in its later records, of later objects too', async (dialect, levels, texts, expected) => {
  expect((await edges(dialect, levels, texts)).map((edge) => edge.toLowerCase())).toEqual(expected.map((edge) => edge.toLowerCase()))
})

test.each([
  [
    'snowflake',
    'database, schema',
    [
      "SET target = 'mart.final'",
      "set (ignored, src) = ('a b', 'x'); -- no names",
      "SET src = 'shop.raw.source'",
      'insert into identifier($target) select x from identifier( $SRC )',
      "SET target = 'mart.other'",
      'insert into identifier($target) select x from table($src)',
      'UNSET target',
      'insert into identifier($target) select x from identifier($src)',
      "insert into plain select x from t where note = 'identifier($src)' and day > $src",
    ],
    ['shop.RAW.SOURCE -> shop.MART.FINAL', 'shop.RAW.SOURCE -> shop.MART.OTHER', 'shop.core.T -> shop.core.PLAIN'],
  ],
  [
    'hive',
    'database',
    ['SET hivevar:db=mart', 'SET hive.exec.dynamic.partition=true', 'insert into table ${hivevar:db}.a select x from ${db}.t'],
    ['mart.t -> mart.a'],
  ],
] as const)('names that a session of %s puts into variables hold in its later records', async (dialect, levels, texts, expected) => {
  expect((await edges(dialect, levels, texts)).map((edge) => edge.toLowerCase())).toEqual(expected.map((edge) => edge.toLowerCase()))
})
