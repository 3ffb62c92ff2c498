import { describe, expect, test } from '@jest/globals'
import { ansi } from '../../lineage/dialects/ansi.ts'
import { findDialect } from '../../lineage/dialects/index.ts'
import { analyze } from '../../lineage/index.ts'
import { createCursor } from '../../lineage/parser/cursor.ts'
import { queryRules } from '../../lineage/parser/rules.ts'
import { tokenize } from '../../lineage/tokens/tokenizer.ts'
import type { Query, Select } from '../../lineage/tree.ts'

function read(dialectName: string, sql: string): { query: Query; left: string; codes: string[] } {
  const dialect = findDialect(dialectName) ?? ansi
  const tokens = tokenize(sql, dialect)
  const cursor = createCursor(tokens, dialect, {
    ...queryRules,
    statement: () => {
      throw new Error('a query has no statements in it here')
    },
  })
  const query = queryRules.query(cursor)
  const left = cursor.at < tokens.count ? sql.slice(tokens.starts[cursor.at]) : ''
  return { query, left, codes: [...tokens.problems, ...cursor.diagnostics].map((found) => found.code) }
}

function select(dialect: string, sql: string): Select {
  const { body } = read(dialect, sql).query
  if (body.kind !== 'select') throw new Error(`a select was expected, not ${body.kind}`)
  return body
}

/** Forms from the vendors' documentation: each is read to its end without a diagnostic, and names these tables. */
// biome-ignore format: a table
const FORMS: readonly (readonly [string, string, string])[] = [
  ['ansi', 'select a from t where b is not distinct from c and d not between 1 and 2 and e like \'x\' escape \'\\\'', 't'],
  ['ansi', 'select a from t natural full outer join u cross join v', 't u v'],
  ['ansi', 'select a, count(*) filter (where b > 1) over (partition by c order by d rows between unbounded preceding and current row exclude ties) from t', 't'],
  ['ansi', 'select a from t group by grouping sets ((a, b), rollup (c), cube (d), ())', 't'],
  ['ansi', 'select a from t fetch first 5 percent rows with ties', 't'],
  ['ansi', 'select (a, b) in (select c, d from u), exists (select 1 from v), a = any (select e from w) from t', 't u v w'],
  ['ansi', 'with recursive r (n) as (select 1 union all select n + 1 from r where n < 5) cycle n set c using p select n from r', ''],
  ['ansi', '(select a from t) union (select b from u) intersect select c from v order by 1 limit 3', 't u v'],
  ['ansi', 'select a from (t join u on t.x = u.x) join v using (x)', 't u v'],
  ['ansi', 'select a from t join u join v on u.x = v.x on t.x = u.x', 't u v'],
  ['ansi', 'select extract(year from a), trim(both \'x\' from b), substring(c from 1 for 2), position(\'x\' in d), overlay(e placing f from 1), cast(g as decimal(10, 2)), interval \'1\' day from t', 't'],
  ['ansi', 'select {{ col }}, ${x}, :p, ? from ${env}_db.t where %s = 1', '${env}_db.t'],
  ['postgres', 'select distinct on (a, b) a from only t, lateral (select 1 from u where u.x = t.x) l where b ilike any (array[\'x\']) for update of t skip locked', 't u'],
  ['postgres', 'select a -> \'x\' ->> 1, b #>> \'{c}\', d @> e, f::int[], (g).h, array[1, 2], row(1, 2), a at time zone \'UTC\', b collate "C" from t', 't'],
  ['postgres', 'select * from rows from (generate_series(1, 2), f(3)) with ordinality as x(a, b, c), json_to_recordset(\'[]\') as y(d int, e text)', ''],
  ['postgres', 'select a from t tablesample bernoulli (10) repeatable (3) where (a, b) overlaps (c, d) order by a using > nulls last', 't'],
  ['postgres', 'select percentile_cont(0.5) within group (order by a desc) from t window w as (partition by b)', 't'],
  ['redshift', 'select c.a, o.b from t c, c.orders o at i, unpivot c.map as v at k', 't'],
  ['redshift', 'select top 10 a, approximate count(distinct b), listagg(distinct c, \',\') within group (order by d) over (partition by e) from t qualify row_number() over (partition by a order by b) = 1', 't'],
  ['redshift', 'select * exclude (a, b) from t pivot (sum(x) as s for y in (\'a\' as p, \'b\')) as z', 't'],
  ['duckdb', 'from t select a, columns(\'x.*\'), * exclude (b) replace (c + 1 as c) where d = 1', 't'],
  ['duckdb', 'select list_transform(l, x -> x + 1), [y * 2 for y in m if y > 1], {\'k\': v, j: w}, map {\'a\': b}, a[1:2], t.s.f.g from t', 't'],
  ['duckdb', 'pivot t on y in (2020, 2021) using sum(x) as s, max(x) group by z', 't'],
  ['duckdb', 'unpivot t on a, b as c, (d, e) into name n value v, w', 't'],
  ['duckdb', 'select a from \'x.parquet\' t asof join read_csv(\'y.csv\', header = true) u on t.a >= u.a positional join v', 'x.parquet v y.csv'],
  ['duckdb', 'select a from t union all by name select b from u using sample 10 percent (bernoulli)', 't u'],
  ['duckdb', 'select lambda x: x + a, sum(b) for_b from t group by all order by all limit 10%', 't'],
  ['sqlite', 'select [a b], `c`, x\'ff\', d glob \'x*\', e match \'y\', f is g from t indexed by i, u not indexed where h in v', 't u v'],
  ['mysql', 'select sql_no_cache straight_join a \'x\', b xor c, d div e, f mod g, h <=> i, not ! j, k regexp \'x\', l -> \'$.m\' from t force index for join (i, j) straight_join u on a = b limit 5, 10 for share', 't u'],
  ['mysql', 'select group_concat(distinct a order by b desc separator \';\'), match (c, d) against (\'x\' in boolean mode), convert(e using utf8mb4), convert(f, char(10)), date_add(g, interval h * 2 day_hour), _utf8mb4\'x\' collate utf8mb4_bin from t partition (p0, p1) as u', 't'],
  ['mysql', 'select a from json_table(\'[]\', \'$[*]\' columns (i for ordinality, a int path \'$.a\' default \'1\' on empty, nested path \'$.b\' columns (c int path \'$.d\'))) as j', ''],
  ['oracle', 'select connect_by_root a, level, prior b, sys_connect_by_path(c, \'/\') from t start with d is null connect by nocycle prior e = f order siblings by g', 't'],
  ['oracle', 'select a.x, b.y from a, b where a.i = b.i (+) and rownum < 5', 'a b'],
  ['oracle', 'select max(a) keep (dense_rank first order by b), listagg(c, \',\' on overflow truncate) within group (order by d) from t as of timestamp (systimestamp - interval \'1\' hour) sample block (10) where q\'[it\'s]\' = e', 't'],
  ['oracle', 'select * from t pivot xml (sum(a) for b in (any)) unpivot include nulls ((v, w) for n in ((c, d) as \'x\', (e, f) as \'y\'))', 't'],
  ['oracle', 'select x.a from t, xmltable(\'/r\' passing t.doc columns a varchar2(10) path \'@a\', b for ordinality) x, table(f(t.c)) y cross apply g(t.d) z', 't'],
  ['sqlserver', 'select top (10) percent with ties x = a, [b c], @v = d, e.value(\'(/r)[1]\', \'int\') from db..t with (nolock, index(i)) as u outer apply f(u.a) g option (maxdop 1, recompile)', 'db.dbo.t'],
  ['sqlserver', 'select a, b from openjson(@j, \'$.x\') with (a int \'$.a\', b nvarchar(max) as json) o cross apply string_split(o.b, \',\') for json path, root(\'r\')', ''],
  ['sqlserver', 'select a from t for system_time between \'2020-01-01\' and \'2021-01-01\' as h inner hash join u on 1 = 1 where b !< 3 and c !> 4 and contains((d, e), \'x\')', 't u'],
  ['sqlserver', 'select iif(a = 1, b, c), try_convert(int, d), next value for s.q, $identity, e at time zone \'UTC\', stuff((select \',\' + f from u for xml path(\'\'), type).value(\'.\', \'nvarchar(max)\'), 1, 1, \'\') from t', 't u'],
  ['synapse', 'select r.a from openrowset(bulk \'https://x/y/*.parquet\', format = \'PARQUET\') with (a int, b varchar(10) \'$.c\') as r', 'https://x/y/*.parquet'],
  ['snowflake', 'select $1:a.b[0]::string, t.$2, metadata$filename from @db.s.stage/x (file_format => \'f\', pattern => \'.*\') t', '@db.s.stage/x'],
  ['snowflake', 'select f.value:a::int, src:b[\'c\'].d, * exclude e rename (f as g) ilike \'%x%\' from t, lateral flatten(input => t.src, outer => true) f', 't'],
  ['snowflake', 'select a from t at (timestamp => \'2020-01-01\'::timestamp) join u before (statement => \'x\') changes (information => default) asof join v match_condition (t.a >= v.a) on t.b = v.b', 't u v'],
  ['snowflake', 'select * from t match_recognize (partition by a order by b measures final first(c) as d, match_number() as e one row per match after match skip past last row pattern (x{2,3} y+ | permute(x, y)) define x as f > lag(f)) as m', 't'],
  ['snowflake', 'select * from t pivot (sum(a) for b in (any order by b) default on null (0)) sample system (3) seed (7)', 't'],
  ['snowflake', 'select a from table(flatten(input => parse_json(\'[]\'))) f, table(f(cast(1 as int))) g, identifier(\'db.s.t\') h', 'db.s.t'],
  ['bigquery', 'select as struct a, b.* except (c) replace (d as e), [1, 2][offset(0)], struct<x int64, y array<string>>(1, []), array(select f from u), if(g, h, i) from `p.d.t_*` b, unnest(b.arr) as x with offset as o where _table_suffix > \'1\'', 'p.d.t_* u'],
  ['bigquery', 'select a from my-proj.d.t for system_time as of timestamp_sub(current_timestamp(), interval 1 hour) tablesample system (10 percent) window w as (order by a)', 'my-proj.d.t'],
  ['bigquery', 'from t |> where a > 1 |> extend b + 1 as c |> set d = e |> drop f |> rename g as h |> aggregate sum(i) as j group and order by k desc |> join u using (k) |> as x |> order by j |> limit 3 |> select k, j', 't u'],
  ['bigquery', 'select a from ml.predict(model `d.m`, table d.t, struct(0.5 as threshold)) left join unnest([1, 2]) as x on true full outer union all by name select b from u', 'd.m d.t u'],
  ['bigquery', 'select array_agg(a ignore nulls order by b limit 1)[safe_offset(0)], any_value(c having max d), date_trunc(e, week(monday)), g.h.i from t g where a in unnest([1, 2]) and b like any (\'x\', \'y\')', 't'],
  ['hive', 'select transform (a, b) row format delimited fields terminated by \'\\t\' using \'script.py\' as (c int, d string) from t', 't'],
  ['hive', 'select a, k, v from t lateral view outer explode(m) x as k, v lateral view posexplode(l) y where a = 1 distribute by a sort by b', 't'],
  ['hive', 'from (select a from t) x select a where a rlike \'x\' group by a with rollup having count(1) > 1', 't'],
  ['spark', 'select /*+ broadcast(t) */ transform(l, (x, i) -> x + i), named_struct(\'a\', b), stack(2, c, d) as (e, f), 1.5bd, a div 2 from t anti join u on t.a = u.a left semi join v using (a) cluster by a', 't u v'],
  ['spark', 'select * from t pivot (sum(a) as s, avg(b) for (c, d) in ((1, 2) as x, (3, 4) as y)) join values (1, 2), (3, 4) as v(e, f)', 't'],
  ['databricks', 'select a:b.c[*].d, raw:[\'k\']::int, x.* except (y), sum(z) filter (where q) from delta.`/p/q` version as of 3 t join c.s.t2@v1 u unpivot include nulls (v for n in (e as `E`, f)) qualify 1 = 1', '/p/q c.s.t2'],
  ['databricks', 'select * from stream(c.s.t) s, read_files(\'s3://b/x\', format => \'csv\') r, table_changes(\'c.s.u\', 1) w', 'c.s.t s3://b/x c.s.u'],
  ['trino', 'select a, t.x, json_value(b, \'lax $.c\' returning varchar default \'x\' on error), try_cast(d as row(e int, f array(varchar))), reduce(g, 0, (s, x) -> s + x, s -> s), "t$partitions".h from cat.s.t for version as of 5 cross join unnest(map(array[1], array[2])) with ordinality as u(k, v, n)', 'cat.s.t'],
  ['trino', 'with function f(x integer) returns integer return x * 2 select f(a) from t', 't'],
  ['trino', 'select * from table(system.runtime.q(input => table(orders) partition by a order by b, k => descriptor(c))) offset 3 rows fetch next 2 rows only', 'orders'],
  ['athena', 'select "$path", a from "awsdatacatalog"."db"."t" for timestamp as of timestamp \'2020-01-01 00:00:00 UTC\' where b = date \'2020-01-01\'', 'awsdatacatalog.db.t'],
  ['teradata', 'locking row for access sel top 5 a (named b), c (format \'9\') (title \'x\'), d (integer), e ** 2, f mod 3 from t qualify rank() over (order by g) = 1 sample 10, 20', 't'],
  ['teradata', 'select a, count(*) from t group by 1 with sum(c) by d', 't'],
  ['teradata', 'select normalize on meets or overlaps a, b from t expand on p as x by interval \'1\' day', 't'],
  ['clickhouse', 'with 1 as k, (select max(a) from u) as m select k, m, quantile(0.5)(b), tupleElement(c, 1), d ? e : f from t final sample 1/10 offset 1/2 array join g as h prewhere i global in v where j limit 3 by k, l limit 10 settings x = 1, y = 2 format JSON', 't u v'],
  ['clickhouse', 'select * apply(sum), columns(\'x\') except (y), a.1, b.:Int64 from t any left join u using a global all inner join v on x = y order by c with fill from 1 to 5 step 1 interpolate (d as d + 1)', 't u v'],
]

describe('forms of the vendors are read to the end', () => {
  test.each(FORMS)('%s: %s', (dialect, sql, tables) => {
    const { statements } = analyze(sql, { dialect })
    expect(
      statements.flatMap((statement) => statement.diagnostics.map((found) => `${found.code} ${sql.slice(found.start, found.end)}`)),
    ).toEqual([])
    expect(
      statements
        .flatMap((statement) => statement.inputs.map((name) => name.name))
        .map((name) => name.toLowerCase())
        .sort(),
    ).toEqual(
      tables
        .toLowerCase()
        .split(' ')
        .filter((name) => name !== '')
        .sort(),
    )
  })
})

describe('the tree', () => {
  test('is flat in operators, set operations, joins and casts', () => {
    const found = select('ansi', 'select a + b * c - d, e::int::text from t join u on 1 = 1 join v on 2 = 2')
    expect(found.items[0]?.expr).toMatchObject({
      kind: 'operation',
      operands: [{ kind: 'column' }, { kind: 'column' }, { kind: 'column' }, { kind: 'column' }],
    })
    expect(found.items[1]?.expr).toMatchObject({ kind: 'cast', type: 'TEXT', value: { kind: 'column' } })
    expect(found.relations[0]?.joins.map((join) => join.type)).toEqual(['inner', 'inner'])
    const set = read('ansi', 'select 1 union select 2 except select 3').query.body
    expect(set.kind === 'set' && set.arms.map((arm) => arm.operator)).toEqual(['first', 'union', 'except'])
  })

  test('keeps the conditions of CASE apart from its results', () => {
    expect(select('ansi', 'select case a when b then c else d end from t').items[0]?.expr).toMatchObject({
      conditions: [{ parts: [{ text: 'a' }] }, { parts: [{ text: 'b' }] }],
      results: [{ parts: [{ text: 'c' }] }, { parts: [{ text: 'd' }] }],
    })
  })

  test('spans are offsets into the text', () => {
    const sql = 'select  a.b as c from t'
    const item = select('ansi', sql).items[0]
    expect(sql.slice(item?.expr.from, item?.expr.to)).toBe('a.b')
    expect(sql.slice(item?.alias?.from, item?.alias?.to)).toBe('c')
  })

  test('an empty middle part stays, quotes and escapes go', () => {
    const source = select('sqlserver', 'select 1 from [a]]b]..t').relations[0]?.source
    expect(source?.kind === 'table' && source.name.parts.map((part) => part.text)).toEqual(['a]b', '', 't'])
  })

  test('units of time are no columns', () => {
    const [diff, trunc, column] = select('bigquery', 'select date_diff(a, b, day), date_trunc(c, week(monday)), f(day) from t').items
    expect(diff?.expr).toMatchObject({ args: [{ kind: 'column' }, { kind: 'column' }, { kind: 'literal' }] })
    expect(trunc?.expr).toMatchObject({ args: [{ kind: 'column' }, { kind: 'literal' }] })
    expect(column?.expr).toMatchObject({ args: [{ kind: 'column' }] })
  })
})

describe('what is odd is said and the rest is read', () => {
  test('an unknown clause in a subquery costs nothing outside of it', () => {
    const { query, codes } = read('ansi', 'select a from (select b from t frobnicate the rows) x where c = 1')
    expect(codes).toEqual(['SQL_CLAUSE_UNKNOWN'])
    expect(query.body.kind === 'select' && query.body.where).toMatchObject({ operator: '=' })
  })

  test.each([
    'select a, from t',
    'select from t',
    'select a from',
    'select (a from t',
    'select case a then from t',
    'with x as (select',
    "select 'a from t",
    'select a from t where',
    ')',
    'from',
    'with',
  ])('%s', (sql) => {
    for (const dialect of ['ansi', 'bigquery', 'snowflake', 'sqlserver']) expect(() => read(dialect, sql)).not.toThrow()
  })

  test.each([
    ['parentheses', `select ${'('.repeat(10_000)}a${')'.repeat(10_000)} from t`],
    ['subqueries', `${'select a from ('.repeat(10_000)}select a from t${') x'.repeat(10_000)}`],
    ['calls', `select ${'f('.repeat(10_000)}a${')'.repeat(10_000)} from t`],
    ['CASE', `select ${'case when a then '.repeat(10_000)}b${' end'.repeat(10_000)} from t`],
    ['common table expressions', `${'with a as ('.repeat(10_000)}select 1${') select 1'.repeat(10_000)}`],
  ])('10,000 nested %s are cut, and that is said', (_, sql) => {
    expect(read('duckdb', sql).codes).toContain('SQL_TOO_DEEP')
  })

  test.each([
    ['operators', `select ${'a + '.repeat(100_000)}a from t`],
    ['IN list', `select a from t where b in (${'c, '.repeat(100_000)}1)`],
    ['casts', `select a${'::int'.repeat(100_000)} from t`],
    ['set operations', `select a from t ${'union all select a from u '.repeat(10_000)}`],
    ['NOT', `select ${'not '.repeat(100_000)}a from t`],
  ])('long chains of %s are read', (_, sql) => {
    expect(read('duckdb', sql)).toMatchObject({ left: '', codes: [] })
  })
})
