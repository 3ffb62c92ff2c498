import { describe, expect, it } from '@jest/globals'
import { analyze } from '../../lineage/index.ts'

/** What users of OpenMetadata reported of its lineage, by the number of the report (github.com/open-metadata/OpenMetadata/issues). */

const SCHEMAS = {
  'lake.shop.products': ['product_id', 'product_name', 'model_year', 'list_price', 'brand_id'],
  'lake.shop.brands': ['brand_id', 'brand_name'],
}

function columns(sql: string): readonly string[] {
  const { statements } = analyze(sql, { dialect: 'athena', defaults: { database: 'lake', schema: 'shop' }, schemas: SCHEMAS })
  expect(statements.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))).toEqual([])
  return statements.flatMap((statement) =>
    statement.columns.map(({ output, inputs }) => {
      const from = inputs.map(({ table, column }) => `${table?.parts.slice(1).join('.') ?? '?'}.${column}`).sort()
      return `${output.column} ← ${from.join(', ')}`
    }),
  )
}

describe('column lineage that OpenMetadata users missed', () => {
  it('#21056: CAST around COALESCE', () => {
    expect(columns('CREATE TABLE t AS SELECT CAST(COALESCE(p.points, 0) AS decimal(38, 0)) AS points_52wk FROM earned p')).toEqual([
      'points_52wk ← shop.earned.points',
    ])
  })

  it('#5784: a column that is renamed among many that are not', () => {
    expect(columns('CREATE TABLE shop.clean AS SELECT id, line_1 AS address, company FROM shop.dim_address')).toEqual([
      'id ← shop.dim_address.id',
      'address ← shop.dim_address.line_1',
      'company ← shop.dim_address.company',
    ])
  })

  it('#5619: several tables, columns without qualifier', () => {
    expect(
      columns('CREATE VIEW v AS SELECT product_id, list_price, brand_name FROM products p JOIN brands b ON b.brand_id = p.brand_id'),
    ).toEqual(['product_id ← shop.products.product_id', 'list_price ← shop.products.list_price', 'brand_name ← shop.brands.brand_name'])
  })

  it('#18976: Athena views with CASE, nested CONCAT, and an element of SPLIT', () => {
    const sql = `CREATE VIEW v AS SELECT split(CAST(a.company AS varchar), '.')[1] company
      , concat(concat(CAST(a.part1 AS varchar), '0'), CAST(a.part2 AS varchar)) id
      , trim(BOTH FROM a.kind) kind
      , (CASE WHEN (substr(trim(BOTH FROM COALESCE(n.kind, '')), 1, 1) IN ('T', 'F')) THEN n.rooms ELSE 0 END) rooms
      FROM (flats a LEFT JOIN types n ON (a.kind = n.kind))`
    expect(columns(sql)).toEqual([
      'company ← shop.flats.company',
      'id ← shop.flats.part1, shop.flats.part2',
      'kind ← shop.flats.kind',
      'rooms ← shop.types.rooms',
    ])
  })

  it('#7427, #15423: UNION ALL of CTEs, in a subquery', () => {
    const sql = `INSERT INTO all_sales WITH first AS (SELECT eventid, listid FROM sales),
      both AS (SELECT eventid, listid FROM first WHERE listid > 5 UNION ALL SELECT eventid, listid FROM old_sales)
      SELECT eventid, listid FROM both WHERE listid IN (500, 501)`
    expect(columns(sql)).toEqual([
      'eventid ← shop.old_sales.eventid, shop.sales.eventid',
      'listid ← shop.old_sales.listid, shop.sales.listid',
    ])
  })

  it('#19210, #12074: a derived column used again, through aliases of tables and subqueries', () => {
    const sql = `CREATE TABLE t AS SELECT x.net * 2 AS double_net, x.gross FROM
      (SELECT o.gross - o.tax AS net, o.gross FROM orders o) x`
    expect(columns(sql)).toEqual(['double_net ← shop.orders.gross, shop.orders.tax', 'gross ← shop.orders.gross'])
  })

  it('#28444, #4713: names of three parts are taken as they are written, whatever the default is', () => {
    expect(columns('CREATE TABLE t AS SELECT c.id, o.total FROM crm.main.customers c JOIN orders o ON o.customer = c.id')).toEqual([
      'id ← main.customers.id',
      'total ← shop.orders.total',
    ])
    const { statements } = analyze('SELECT 1 FROM "crm"."main"."customers"', {
      dialect: 'athena',
      defaults: { database: 'lake', schema: 'shop' },
    })
    expect(statements[0]?.inputs.map(({ name }) => name)).toEqual(['crm.main.customers'])
  })

  it('#12492, #12560, #12413, #12458, #10474: a long text is read in time, and what is broken in it costs no other statement', () => {
    const wide = `SELECT ${Array.from({ length: 3_000 }, (_, n) => `coalesce(a.c${n}, b.c${n}) AS c${n}`).join(', ')} FROM a JOIN b ON a.id = b.id`
    const started = process.cpuUsage()
    const { statements } = analyze(`INSERT INTO one ${wide}; SELEC nothing FORM x; INSERT INTO two SELECT id FROM orders`, {
      dialect: 'athena',
      defaults: { database: 'lake', schema: 'shop' },
    })
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1000).toBeLessThan(5_000)
    expect(statements.map(({ outputs }) => outputs.map(({ parts }) => parts.at(-1)))).toEqual([['one'], [], ['two']])
    expect(statements[0]?.columns).toHaveLength(3_000)
  })
})
