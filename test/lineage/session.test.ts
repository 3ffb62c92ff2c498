import { describe, expect, test } from '@jest/globals'
import type { StatementLineage } from '../../contracts/lineage.ts'
import {
  afterEffects,
  analyze,
  foldScript,
  NEW_SESSION,
  readStatements,
  resolveStatement,
  type TempDefinition,
  tempDependencies,
} from '../../lineage/index.ts'

const snowflake = { dialect: 'snowflake', defaults: { database: 'DB', schema: 'S' } }

/** Edges into lasting tables, with temp tables folded away, as `source -> target`. */
function folded(texts: readonly string[], options = snowflake, definitions = new Map<string, TempDefinition>()): readonly string[] {
  let session = NEW_SESSION
  const edges: string[] = []
  for (const sql of texts) {
    const answer = analyze(sql, { ...options, session })
    session = answer.session
    edges.push(...foldScript(answer.statements, definitions).flatMap(edgesOf))
  }
  return edges
}

function edgesOf({ columns }: StatementLineage): readonly string[] {
  return columns.flatMap(({ output, inputs }) =>
    output.table === null || output.table.temp
      ? []
      : inputs.map((input) => `${input.table?.name}.${input.column} -> ${output.table?.name}.${output.column}`),
  )
}

describe('temp tables are folded by time', () => {
  test('the same text in two sessions with different temp definitions', () => {
    const insert = 'insert into t select a from stg'
    expect(folded(['create temp table stg as select a from src1', insert])).toEqual(['DB.S.SRC1.A -> DB.S.T.A'])
    expect(folded(['create temp table stg as select a from src2', insert])).toEqual(['DB.S.SRC2.A -> DB.S.T.A'])
  })

  test('the same text under two default databases', () => {
    const sql = 'insert into t select a from s'
    expect(folded([sql], { dialect: 'snowflake', defaults: { database: 'A', schema: 'X' } })).toEqual(['A.X.S.A -> A.X.T.A'])
    expect(folded([sql], { dialect: 'snowflake', defaults: { database: 'B', schema: 'X' } })).toEqual(['B.X.S.A -> B.X.T.A'])
  })

  test('a temp table re-created in a session is what it was made of last', () => {
    expect(
      folded([
        'create temp table stg as select a from one',
        'insert into t select a from stg',
        'create or replace temp table stg as select a from two',
        'insert into u select a from stg',
      ]),
    ).toEqual(['DB.S.ONE.A -> DB.S.T.A', 'DB.S.TWO.A -> DB.S.U.A'])
  })

  test('CREATE TEMP with columns, then INSERT, then read', () => {
    expect(
      folded(['create temp table stg (x int, y int)', 'insert into stg select a, b from src', 'insert into t (p) select y from stg']),
    ).toEqual(['DB.S.SRC.B -> DB.S.T.P'])
  })

  test('two inserts add up, an overwrite starts anew', () => {
    const before = ['create temp table stg (x int)', 'insert into stg select a from one', 'insert into stg select b from two']
    expect(folded([...before, 'insert into t select x from stg'])).toEqual(['DB.S.ONE.A -> DB.S.T.X', 'DB.S.TWO.B -> DB.S.T.X'])
    expect(folded([...before, 'insert overwrite into stg select c from three', 'insert into t select x from stg'])).toEqual([
      'DB.S.THREE.C -> DB.S.T.X',
    ])
  })

  test('chains of temp tables', () => {
    expect(
      folded([
        'create temp table a as select x from src',
        'create temp table b as select x + 1 as y from a',
        'create table t as select max(y) as z from b',
      ]),
    ).toEqual(['DB.S.SRC.X -> DB.S.T.Z'])
  })

  test('after DROP the name is the lasting table again', () => {
    expect(folded(['create temp table stg as select a from src', 'drop table stg', 'insert into t select a from stg'])).toEqual([
      'DB.S.STG.A -> DB.S.T.A',
    ])
  })

  test('a renamed temp table keeps what it holds', () => {
    expect(folded(['create temp table a as select x from src', 'alter table a rename to b', 'insert into t select x from b'])).toEqual([
      'DB.S.SRC.X -> DB.S.T.X',
    ])
  })

  test('#t of SQL Server, VOLATILE of Teradata, TEMP of Redshift that hides a lasting table', () => {
    const plain = (dialect: string) => ({ dialect, defaults: { database: null, schema: null } }) as never
    expect(folded(['select a into #x from src', 'insert into t select a from #x'], plain('sqlserver'))).toEqual(['src.a -> t.a'])
    expect(folded(['create volatile table v as (sel a from src) with data', 'insert into t sel a from v'], plain('teradata'))).toEqual([
      'src.a -> t.a',
    ])
    expect(folded(['create temp table o as select a from public.o', 'insert into t select a from o'], plain('redshift'))).toEqual([
      'public.o.a -> t.a',
    ])
  })

  test('a table variable lives in its text', () => {
    const sql = 'DECLARE @v TABLE (k int, v int); INSERT INTO @v SELECT a, b FROM src; INSERT INTO t (x) SELECT v FROM @v'
    expect(folded([sql], { dialect: 'sqlserver', defaults: { database: null, schema: null } } as never)).toEqual(['src.b -> t.x'])
  })

  test('a star over a temp table is its columns', () => {
    expect(folded(['create temp table stg as select a, b as c from src', 'create table t as select * from stg'])).toEqual([
      'DB.S.SRC.A -> DB.S.T.A',
      'DB.S.SRC.B -> DB.S.T.C',
    ])
  })
})

describe('session state', () => {
  test('survives being stored as JSON', () => {
    const { session } = analyze('use schema x; create temp table stg as select a from src', snowflake)
    const resumed = JSON.parse(JSON.stringify(session)) as typeof session
    const [statement] = analyze('insert into t select * from stg', { ...snowflake, session: resumed }).statements
    expect(statement?.inputs.map((table) => [table.name, table.temp])).toEqual([['DB.X.STG', true]])
    expect(statement?.columns.map(({ output }) => output.column)).toEqual(['A'])
  })

  test('tells which statements made the temp tables that a statement depends on', () => {
    let session = NEW_SESSION
    for (const [id, sql] of [
      ['q1', 'create temp table a (x int)'],
      ['q2', 'insert into a select y from src'],
      ['q3', 'create temp table b as select 1 as z'],
    ] as const) {
      for (const read of readStatements(sql, 'snowflake'))
        session = afterEffects(session, resolveStatement(read, { ...snowflake, session }).effects, id)
    }
    const dependencies = (sql: string) =>
      readStatements(sql, 'snowflake').map((read) => tempDependencies(read, session, snowflake.defaults).flatMap((each) => each.madeBy))
    expect(dependencies('select * from a')).toEqual([['q2']])
    expect(dependencies('select * from a join b on a.x = b.z')).toEqual([['q2', 'q3']])
    expect(dependencies('select * from c')).toEqual([[]])
  })
})

describe('RESULT_SCAN(LAST_QUERY_ID())', () => {
  const made = 'select a, b as c from src'
  const scan = 'insert into t (x) select c from table(result_scan(last_query_id()))'

  test('reads the last query of the session, in whatever text it stood', () => {
    expect(folded([made, scan])).toEqual(['DB.S.SRC.B -> DB.S.T.X'])
    expect(folded([made, 'select c from table(result_scan(last_query_id()))', scan])).toEqual(['DB.S.SRC.B -> DB.S.T.X'])
  })

  test('knows nothing after a statement that is no query, nor of another session', () => {
    expect(folded([made, 'create table other (z int)', scan])).toEqual([])
    expect(folded([scan])).toEqual([])
  })

  test('is placed where the text scans it', () => {
    const { session } = analyze(made, snowflake)
    const [statement] = analyze(scan, { ...snowflake, session }).statements
    const [input] = statement?.columns[0]?.inputs ?? []
    expect(scan.slice(input?.start, input?.end)).toBe('c')
  })
})
