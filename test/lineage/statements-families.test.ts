import { describe, expect, test } from '@jest/globals'
import { findDialect } from '../../lineage/dialects/index.ts'
import { fingerprint } from '../../lineage/fingerprint.ts'
import { analyze } from '../../lineage/index.ts'

/** kind: inputs -> outputs, of each statement; noise and control flow only by kind. */
function lines(dialect: string, sql: string): readonly string[] {
  return analyze(sql, { dialect }).statements.map(({ kind, inputs, outputs }) => {
    const names = (tables: typeof inputs): string =>
      tables
        .map((table) => table.name.toLowerCase())
        .sort()
        .join(' ')
    return inputs.length + outputs.length === 0 ? kind : `${kind}: ${names(inputs)} -> ${names(outputs)}`.replace(/ +/g, ' ').trim()
  })
}

type Case = readonly [dialect: string, sql: string, expected: readonly string[]]

function check(cases: readonly Case[]): void {
  test.each(cases)('%s: %s', (dialect, sql, expected) => {
    expect(lines(dialect, sql)).toEqual(expected)
    expect(
      analyze(sql, { dialect })
        .statements.flatMap((each) => each.diagnostics)
        .filter((each) => UNREAD.has(each.code)),
    ).toEqual([])
  })
}

/** Codes that say that a part was not understood. */
const UNREAD: ReadonlySet<string> = new Set([
  'SQL_CLAUSE_UNKNOWN',
  'SQL_STATEMENT_UNKNOWN',
  'SQL_EXPRESSION_UNKNOWN',
  'SQL_RELATION_UNKNOWN',
  'SQL_INTERNAL',
])

describe('INSERT', () => {
  check([
    ['snowflake', 'INSERT ALL WHEN a > 1 THEN INTO t1 (x) VALUES (a) INTO t2 ELSE INTO t3 SELECT a FROM s', ['INSERT: s -> t1 t2 t3']],
    ['oracle', 'INSERT INTO t SELECT a FROM s LOG ERRORS INTO err REJECT LIMIT 10', ['INSERT: s -> err t']],
    ['oracle', "INSERT INTO (SELECT a, b FROM t WHERE c = 1) VALUES (1, 'x')", ['INSERT: -> t']],
    [
      'hive',
      'FROM s JOIN u ON s.i = u.i INSERT OVERWRITE TABLE a PARTITION (d) SELECT s.x, s.d INSERT INTO b SELECT u.y',
      ['INSERT: s u -> a b'],
    ],
    [
      'hive',
      "FROM s INSERT OVERWRITE DIRECTORY '/a' SELECT x INSERT OVERWRITE LOCAL DIRECTORY '/b' ROW FORMAT DELIMITED SELECT y",
      ['INSERT: s -> /a /b'],
    ],
    ['spark', "INSERT OVERWRITE DIRECTORY USING parquet OPTIONS (path '/a') SELECT x FROM s", ['INSERT: s -> /a']],
    ['databricks', "INSERT INTO t REPLACE WHERE d = 'x' SELECT * FROM s", ['INSERT: s -> t']],
    ['mysql', 'INSERT IGNORE INTO t SET a = 1, b = (SELECT max(c) FROM s)', ['INSERT: s -> t']],
    ['mysql', 'INSERT INTO t (a) VALUES (1) AS new (x) ON DUPLICATE KEY UPDATE a = new.x', ['INSERT: -> t']],
    ['teradata', 'INS t (1, 2); INSERT t (a, b) SEL x, y FROM s', ['INSERT: -> t', 'INSERT: s -> t']],
    ['sqlserver', "INSERT INTO t EXEC ('SELECT a FROM s')", ['INSERT: s -> t']],
    ['clickhouse', "INSERT INTO TABLE FUNCTION file('x.csv') SELECT a FROM t", ['INSERT: t -> x.csv']],
    ['postgres', 'WITH moved AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM moved', ['INSERT: -> a b']],
  ])
})

describe('UPDATE, DELETE, MERGE', () => {
  check([
    ['sqlserver', 'UPDATE x SET a = s.a, @v = x.b FROM dbo.t AS x JOIN s ON x.i = s.i', ['UPDATE: dbo.t s -> dbo.t']],
    ['mysql', 'UPDATE a JOIN b ON a.i = b.i SET a.x = b.y', ['UPDATE: a b -> a']],
    ['teradata', 'UPDATE t FROM s SET a = s.a WHERE t.i = s.i', ['UPDATE: s -> t']],
    ['mysql', 'DELETE a, b FROM a JOIN b ON a.i = b.i', ['DELETE: a b -> a b']],
    ['sqlserver', 'DELETE TOP (10) FROM x OUTPUT deleted.a INTO log FROM t AS x JOIN s ON s.i = x.i', ['DELETE: s t -> log t']],
    [
      'teradata',
      'MERGE INTO t USING VALUES (:a, :b) AS s (x, y) ON t.a = s.x WHEN MATCHED THEN UPD SET b = s.y WHEN NOT MATCHED THEN INS (s.x, s.y)',
      ['MERGE: -> t'],
    ],
    ['redshift', 'MERGE INTO t USING s ON t.i = s.i REMOVE DUPLICATES', ['MERGE: s -> t']],
    ['databricks', 'APPLY CHANGES INTO t FROM STREAM(s) KEYS (i) SEQUENCE BY ts COLUMNS * EXCEPT (op)', ['MERGE: s -> t']],
  ])
})

describe('CREATE, ALTER, DROP', () => {
  check([
    [
      'teradata',
      'CREATE MULTISET VOLATILE TABLE v, NO LOG AS (SELECT a FROM t) WITH DATA ON COMMIT PRESERVE ROWS',
      ['CREATE_TABLE: t -> v'],
    ],
    ['teradata', 'CREATE TABLE a AS b WITH DATA; CREATE TABLE c AS b WITH NO DATA', ['CREATE_TABLE: b -> a', 'CREATE_TABLE: -> c']],
    ['clickhouse', 'CREATE MATERIALIZED VIEW mv TO t AS SELECT a FROM s', ['CREATE_MATERIALIZED_VIEW: s -> t']],
    ['clickhouse', 'CREATE TABLE u AS t', ['CREATE_TABLE: -> u']],
    ['mysql', 'CREATE TABLE t SELECT a FROM s', ['CREATE_TABLE: s -> t']],
    ['hive', 'ALTER TABLE a EXCHANGE PARTITION (d = 1) WITH TABLE b', ['ALTER_TABLE: b -> a']],
    ['sqlserver', 'ALTER TABLE a SWITCH PARTITION 3 TO b PARTITION 3', ['ALTER_TABLE: a -> b']],
    ['redshift', 'ALTER TABLE t APPEND FROM s', ['ALTER_TABLE: s -> t']],
    ['sqlserver', "EXEC sp_rename 'dbo.a', 'b'", ['EXEC: -> dbo.a dbo.b']],
    ['synapse', 'RENAME OBJECT dbo.a TO b', ['RENAME: -> dbo.a dbo.b']],
    ['mysql', 'RENAME TABLE a TO b, c TO d', ['RENAME: -> a b c d']],
    ['mysql', 'DROP TEMPORARY TABLE IF EXISTS a, b', ['DROP_TABLE: -> a b']],
    ['snowflake', 'CREATE STREAM s ON TABLE t', ['CREATE_STREAM: t -> s']],
    ['redshift', "CREATE MODEL m FROM (SELECT a FROM t) TARGET a FUNCTION f IAM_ROLE 'r'", ['CREATE_MODEL: t -> m']],
  ])
})

describe('copies', () => {
  check([
    ['snowflake', 'COPY INTO @st/out/ FROM (SELECT a FROM t)', ['COPY_INTO: t -> @st/out/']],
    ['snowflake', 'PUT file:///tmp/x.csv @~; GET @st file:///tmp/', ['PUT: file:///tmp/x.csv -> @~', 'GET: @st -> file:///tmp/']],
    ['synapse', "COPY INTO t FROM 'https://a/1', 'https://a/2' WITH (FILE_TYPE = 'CSV')", ['COPY_INTO: https://a/1 https://a/2 -> t']],
    ['redshift', "UNLOAD ('SELECT a FROM t WHERE b = ''x''') TO 's3://b/k' PARQUET", ['UNLOAD: t -> s3://b/k']],
    ['athena', "UNLOAD (SELECT a FROM t) TO 's3://b/k' WITH (format = 'JSON')", ['UNLOAD: t -> s3://b/k']],
    [
      'bigquery',
      "LOAD DATA OVERWRITE d.t FROM FILES (format = 'CSV', uris = ['gs://b/1', 'gs://b/2'])",
      ['LOAD: gs://b/1 gs://b/2 -> d.t'],
    ],
    ['bigquery', "EXPORT DATA OPTIONS (uri = 'gs://b/*') AS SELECT a FROM d.t", ['EXPORT: d.t -> gs://b/*']],
    ['hive', "LOAD DATA INPATH '/x' INTO TABLE t PARTITION (d = 1)", ['LOAD: /x -> t']],
    ['postgres', "COPY (INSERT INTO t SELECT a FROM s RETURNING a) TO '/x'", ['COPY: s -> /x t']],
    ['sqlserver', "BULK INSERT dbo.t FROM 'C:\\x.csv' WITH (FIRSTROW = 2)", ['BULK_INSERT: c:\\x.csv -> dbo.t']],
  ])
})

describe('routines and scripts', () => {
  check([
    [
      'sqlserver',
      'CREATE TRIGGER tr ON dbo.t AFTER INSERT AS INSERT INTO audit SELECT a FROM inserted',
      ['CREATE_TRIGGER: dbo.t -> audit'],
    ],
    [
      'sqlserver',
      'CREATE PROC p @a int WITH RECOMPILE AS IF @a = 1 INSERT INTO t SELECT b FROM s ELSE DELETE u\nGO\nSELECT 1',
      ['CREATE_PROCEDURE: s -> t u', 'SELECT'],
    ],
    [
      'sqlserver',
      'CREATE FUNCTION f (@a int) RETURNS @r TABLE (x int) AS BEGIN INSERT INTO @r SELECT a FROM t RETURN END',
      ['CREATE_FUNCTION: t ->'],
    ],
    [
      'oracle',
      'CREATE FUNCTION f (a NUMBER) RETURN NUMBER DETERMINISTIC IS v NUMBER; BEGIN SELECT b INTO v FROM t; RETURN v; END;',
      ['CREATE_FUNCTION: t ->'],
    ],
    [
      'oracle',
      'CREATE PACKAGE BODY k AS PROCEDURE p IS CURSOR c IS SELECT a FROM s; BEGIN FOR r IN c LOOP INSERT INTO t VALUES (r.a); END LOOP; END p; END k;\n/\nDELETE FROM u',
      ['CREATE_PROCEDURE: s -> t', 'DELETE: -> u'],
    ],
    ['mysql', 'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO t SELECT a FROM s', ['CREATE_EVENT: s -> t']],
    [
      'snowflake',
      "CREATE TASK k WAREHOUSE = w WHEN SYSTEM$STREAM_HAS_DATA('x') AS MERGE INTO t USING s ON t.i = s.i WHEN NOT MATCHED THEN INSERT (i) VALUES (s.i)",
      ['CREATE_TASK: s -> t'],
    ],
    ['postgres', 'CREATE RULE r AS ON INSERT TO v DO INSTEAD (INSERT INTO t SELECT a FROM s; DELETE FROM u)', ['CREATE_RULE: s -> t u']],
    ['bigquery', 'FOR r IN (SELECT a FROM d.s) DO DELETE FROM d.t WHERE x = r.a; END FOR', ['FOR: d.s ->', 'DELETE: d.s -> d.t']],
  ])
})

describe('dynamic SQL', () => {
  check([
    [
      'sqlserver',
      "DECLARE @q nvarchar(max) = N'INSERT INTO t '; SET @q += N'SELECT a FROM s'; EXEC sp_executesql @q",
      ['DECLARE', 'SET', 'EXECUTE: s -> t'],
    ],
    [
      'snowflake',
      "BEGIN LET q := 'DELETE FROM t WHERE a IN (SELECT a FROM s)'; EXECUTE IMMEDIATE :q; END",
      ['LET', 'EXECUTE_IMMEDIATE: s -> t'],
    ],
    ['bigquery', "EXECUTE IMMEDIATE CONCAT('INSERT INTO d.t ', 'SELECT a FROM d.s')", ['EXECUTE_IMMEDIATE: d.s -> d.t']],
    ['postgres', "DO $$ BEGIN EXECUTE format('INSERT INTO t SELECT a FROM %I', x); END $$", ['DO: -> t']],
  ])

  test('what a variable holds counts for a fingerprint where it is executed, and only there', () => {
    const rules = findDialect('sqlserver')
    if (rules === null) throw new Error('no sqlserver')
    expect(fingerprint("SET @q = N'DROP TABLE a'; EXEC (@q)", rules)).not.toBe(fingerprint("SET @q = N'DROP TABLE b'; EXEC (@q)", rules))
    expect(fingerprint("SET @q = N'a'; EXEC dbo.p @q, 1", rules)).toBe(fingerprint("SET @q = N'b'; EXEC dbo.p @q, 2", rules))
  })
})

describe('noise is read to its end and has no lineage', () => {
  check([
    [
      'teradata',
      "SET QUERY_BAND = 'a=b;' FOR SESSION; COLLECT STATISTICS COLUMN (a) ON t; HELP TABLE t; BT; ET",
      ['SET', 'COLLECT', 'HELP', 'BT', 'ET'],
    ],
    [
      'sqlserver',
      "PRINT 'x' RAISERROR('y', 16, 1) SAVE TRAN s COMMIT GRANT SELECT, UPDATE ON t TO u",
      ['PRINT', 'RAISERROR', 'SAVEPOINT', 'COMMIT', 'GRANT'],
    ],
    [
      'hive',
      'ADD JAR x.jar; MSCK REPAIR TABLE t; ANALYZE TABLE t COMPUTE STATISTICS; SHOW PARTITIONS t',
      ['ADD', 'MSCK', 'ANALYZE', 'SHOW'],
    ],
    [
      'postgres',
      'VACUUM (FULL) t; REFRESH MATERIALIZED VIEW mv; LISTEN x; RELEASE SAVEPOINT s',
      ['VACUUM', 'REFRESH', 'LISTEN', 'SAVEPOINT'],
    ],
    ['sqlserver', 'UPDATE STATISTICS t ALTER INDEX ALL ON t REBUILD SELECT 1', ['STATISTICS', 'ALTER_INDEX', 'SELECT']],
  ])
})
