import { describe, expect, test } from '@jest/globals'
import { findDialect } from '../../lineage/dialects/index.ts'
import { readStatements } from '../../lineage/read-statements.ts'
import type { Name, Statement } from '../../lineage/tree.ts'

function read(dialect: string, sql: string): ReturnType<typeof readStatements> {
  const rules = findDialect(dialect)
  if (rules === null) throw new Error(`no dialect ${dialect}`)
  return readStatements(sql, rules)
}

function keywords(dialect: string, sql: string): readonly string[] {
  return read(dialect, sql).statements.map((statement) => statement.keyword)
}

function texts(dialect: string, sql: string): readonly string[] {
  return read(dialect, sql).statements.map((statement) => sql.slice(statement.from, statement.to))
}

function only<K extends Statement['kind']>(dialect: string, sql: string, kind: K): Extract<Statement, { kind: K }> {
  const [first] = read(dialect, sql).statements
  if (first?.kind !== kind) throw new Error(`${sql}: ${first?.kind ?? 'nothing'} is no ${kind}`)
  // the kind was just compared
  return first as Extract<Statement, { kind: K }>
}

function written(name: Name | null | undefined): string {
  return name?.parts.map((part) => part.text).join('.') ?? ''
}

describe('statement boundaries', () => {
  test('a semicolon ends a statement, but not inside literals, names and comments', () => {
    expect(texts('postgres', 'select \';\' as "a;b" -- ; no\n; select 2 /* ; */;')).toEqual(['select \';\' as "a;b"', 'select 2'])
  })

  test('SQL Server needs none: a statement starts where the one before cannot go on', () => {
    const sql =
      "create table x (a int) insert into x select a from y update x set a = 1 from z where x.a = z.a delete x if exists (select 1 from q) drop table q select 'go' into #t from x"
    expect(keywords('sqlserver', sql)).toEqual(['CREATE TABLE', 'INSERT', 'UPDATE', 'DELETE', 'IF', 'SELECT'])
  })

  test('GO ends a batch only on a line of its own', () => {
    expect(keywords('sqlserver', 'select a from t\nGO\nselect go from go_t\nGO 5\nselect 1')).toEqual(['SELECT', 'SELECT', 'SELECT'])
  })

  test("DELIMITER's word ends statements, and bodies keep their semicolons", () => {
    const sql = 'DELIMITER $$\nCREATE PROCEDURE p() BEGIN INSERT INTO t SELECT a FROM s; SELECT 1; END$$\nDELIMITER ;\nSELECT 2;'
    expect(keywords('mysql', sql)).toEqual(['CREATE PROCEDURE', 'SELECT'])
    expect(only('mysql', sql, 'routine').body).toHaveLength(1)
  })

  test('lines for the client are no statements', () => {
    expect(keywords('teradata', '.LOGON tdp/u,p\nSEL a FROM t;\n.QUIT')).toEqual(['SELECT'])
    expect(keywords('postgres', '\\set x 1\nselect 1;\n\\q')).toEqual(['SELECT'])
    expect(keywords('sqlserver', ':setvar db prod\nselect 1\n:r other.sql\nselect 2')).toEqual(['SELECT', 'SELECT'])
    expect(keywords('oracle', 'begin null; end;\n/\nselect 1 from dual;\n')).toEqual(['BEGIN', 'SELECT'])
  })

  test("psql's in-line data is data", () => {
    expect(keywords('postgres', "COPY t FROM stdin;\n1\tit's\n2\tinsert into\n\\.\nSELECT 1;")).toEqual(['COPY', 'SELECT'])
  })

  test('one bad statement costs no other', () => {
    expect(keywords('ansi', 'select 1; frobnicate the table; insert into t select (a from b; select 2')).toEqual([
      'SELECT',
      'FROBNICATE',
      'INSERT',
      'SELECT',
    ])
  })

  test('a cut text is read as far as it goes, and the cut is said', () => {
    const { statements, diagnostics } = read('snowflake', "insert into t select a from s; insert into u select b from s where c = 'x")
    expect(statements.map((statement) => statement.kind)).toEqual(['insert', 'insert'])
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain('SQL_TRUNCATED')
    expect(read('snowflake', 'select a from t').diagnostics).toEqual([])
  })
})

describe('bodies and texts inside texts', () => {
  test('a body in dollar quotes is read, with spans of the whole text', () => {
    const sql = 'CREATE PROCEDURE p() RETURNS STRING LANGUAGE SQL AS $$ BEGIN INSERT INTO t SELECT a FROM s; END $$'
    const [block] = only('snowflake', sql, 'routine').body
    if (block?.kind !== 'block') throw new Error('no block')
    const [insert] = block.body
    expect(sql.slice(insert?.from, insert?.to)).toBe('INSERT INTO t SELECT a FROM s')
  })

  test('a literal with doubled quotes is mapped back to where its characters stand', () => {
    const sql = "unload ('select a from t where b = ''x'' and c in (select d from u)') to 's3://b/k'"
    const { query, target } = only('redshift', sql, 'copy')
    expect(written(target)).toBe('s3://b/k')
    expect(query && sql.slice(query.from, query.to)).toBe("select a from t where b = ''x'' and c in (select d from u)")
  })

  test('dynamic SQL is read from its literals; what is computed is a variable', () => {
    const { statements, diagnostics } = read(
      'oracle',
      "BEGIN EXECUTE IMMEDIATE 'INSERT INTO t SELECT a FROM ' || v_name || ' WHERE x = 1'; END;",
    )
    const [block] = statements
    if (block?.kind !== 'block') throw new Error('no block')
    const [execute] = block.body
    if (execute?.kind !== 'execute') throw new Error('no execute')
    expect(execute.body?.map((statement) => statement.keyword)).toEqual(['INSERT'])
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['SQL_DYNAMIC'])
  })

  test.each([
    ['sqlserver', "EXEC('insert into t select a from s')"],
    ['sqlserver', "EXEC sp_executesql N'insert into t select a from s where b = @b', N'@b int', @b = 1"],
    ['snowflake', 'EXECUTE IMMEDIATE $$insert into t select a from s$$'],
    ['bigquery', 'EXECUTE IMMEDIATE "insert into t select a from s"'],
    ['postgres', 'DO $$ BEGIN insert into t select a from s; END $$'],
  ])('%s: %s', (dialect, sql) => {
    const [first] = only(dialect, sql, 'execute').body ?? []
    const inner = first?.kind === 'block' ? first.body[0] : first
    expect(inner?.kind).toBe('insert')
  })

  test('a body in another language is left alone, and said', () => {
    const sql = "CREATE FUNCTION f(x FLOAT) RETURNS FLOAT LANGUAGE JAVASCRIPT AS 'return select(x) from y;'"
    expect(only('snowflake', sql, 'routine').opaque).toBe(true)
    expect(read('snowflake', sql).diagnostics).toHaveLength(1)
  })

  test("a macro's statements stand in brackets", () => {
    expect(
      only('teradata', 'CREATE MACRO m (x INTEGER) AS (INS t SEL a FROM s; UPD t SET a = :x;);', 'routine').body.map((each) => each.kind),
    ).toEqual(['insert', 'update'])
  })
})

describe('scripts', () => {
  test('branches and loops hold their statements', () => {
    const sql =
      'IF a > 1 THEN INSERT INTO t SELECT 1; ELSEIF a > 0 THEN UPDATE t SET a = 1; ELSE DELETE FROM t; END IF; WHILE x < 3 DO SET x = x + 1; END WHILE; SELECT 1;'
    const { statements } = read('bigquery', sql)
    expect(statements.map((statement) => statement.keyword)).toEqual(['IF', 'WHILE', 'SELECT'])
    const [branch] = statements
    expect(branch?.kind === 'block' ? branch.body.map((each) => each.kind) : []).toEqual(['insert', 'update', 'delete'])
  })

  test('a loop over a query keeps the query', () => {
    const { query, body } = only('oracle', 'FOR r IN (SELECT a FROM s) LOOP INSERT INTO t VALUES (r.a); END LOOP;', 'block')
    expect(query?.kind).toBe('query')
    expect(body.map((each) => each.kind)).toEqual(['insert'])
  })

  test('TRY and CATCH, ELSE without semicolons', () => {
    const sql = 'BEGIN TRY INSERT INTO t SELECT a FROM s END TRY BEGIN CATCH IF @@TRANCOUNT > 0 ROLLBACK ELSE PRINT 1 END CATCH SELECT 2'
    expect(keywords('sqlserver', sql)).toEqual(['BEGIN', 'BEGIN', 'SELECT'])
  })

  test('BEGIN starts a transaction or a block', () => {
    expect(only('snowflake', 'BEGIN TRANSACTION', 'other').keyword).toBe('BEGIN')
    expect(only('snowflake', 'BEGIN LET x := 1; RETURN x; END;', 'block').body).toHaveLength(2)
    expect(keywords('redshift', 'BEGIN; INSERT INTO t SELECT 1; END;')).toEqual(['BEGIN', 'INSERT', 'END'])
  })
})
