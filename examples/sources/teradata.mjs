import { columnsOf } from './tables.mjs'

/** DBC.ColumnsV's type codes. */
const TYPES = { bigint: 'I8', int: 'I', text: 'CV', money: 'D', date: 'DA', timestamp: 'TS', json: 'JN' }
const stamp = (date) => date.toISOString().replace('T', ' ').replace('Z', '')

export const teradata = {
  name: 'teradata',
  /** DBC.QryLogV joined with DBC.QryLogSqlV, the rows of a text put together. */
  record: (query) => ({
    ProcID: 30719,
    QueryID: String(307190000000000000 + query.id),
    SessionID: query.session,
    UserName: query.user.toUpperCase(),
    DefaultDatabase: query.schema ?? 'Shop_Mart',
    StatementType: query.verb,
    ErrorCode: query.failed ? 3807 : 0,
    StartTime: stamp(query.start),
    FirstRespTime: stamp(query.end),
    NumResultRows: query.rows,
    TotalIOCount: Math.round(query.bytes / 4096),
    SqlTextInfo: query.sql,
  }),
  schema: {
    file: 'teradata.csv',
    rows: [...columnsOf()].map(({ table, column, type, ordinal }) => ({
      DatabaseName: 'Shop_Raw',
      TableName: table,
      ColumnName: column,
      ColumnId: 1024 + ordinal,
      ColumnType: TYPES[type],
      ColumnLength: type === 'text' ? 256 : 8,
      Nullable: 'Y',
      CommentString: '',
    })),
  },
  ddl: [
    `CREATE MULTISET TABLE Shop_Stg.stg_orders, NO FALLBACK (order_id BIGINT NOT NULL, customer_id BIGINT, order_date DATE FORMAT 'YYYY-MM-DD', status VARCHAR(32), amount DECIMAL(18,2)) PRIMARY INDEX (order_id) PARTITION BY RANGE_N(order_date BETWEEN DATE '2025-01-01' AND DATE '2027-12-31' EACH INTERVAL '1' DAY)`,
    `CREATE MULTISET TABLE Shop_Mart.daily_revenue (day_dt DATE, country CHAR(2), category VARCHAR(64), orders INTEGER, revenue DECIMAL(18,2), margin DECIMAL(18,2)) PRIMARY INDEX (day_dt, country)`,
    `CREATE SET TABLE Shop_Mart.dim_customer (customer_id BIGINT, full_name VARCHAR(200), country CHAR(2), segment VARCHAR(16)) UNIQUE PRIMARY INDEX (customer_id)`,
    `REPLACE VIEW Shop_Mart.order_overview AS LOCKING ROW FOR ACCESS
SEL o.order_id, o.order_date, c.email, c.country, o.amount (DECIMAL(18,2)) AS total FROM Shop_Stg.stg_orders o, Shop_Raw.customers c WHERE c.customer_id = o.customer_id`,
  ],
  etl: (day) => [
    {
      user: 'etl_batch',
      schema: 'Shop_Stg',
      statements: [
        "SET QUERY_BAND = 'job=nightly;' FOR SESSION",
        'DATABASE Shop_Stg',
        `CREATE VOLATILE TABLE vt_orders AS (
  SELECT order_id, customer_id, order_date, UPPER(status) AS status, amount FROM Shop_Raw.orders
  WHERE order_date >= DATE '${day.date}' QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1
) WITH DATA PRIMARY INDEX (order_id) ON COMMIT PRESERVE ROWS`,
        `MERGE INTO stg_orders AS t USING vt_orders AS s ON t.order_id = s.order_id AND t.order_date = s.order_date
WHEN MATCHED THEN UPDATE SET status = s.status, amount = s.amount
WHEN NOT MATCHED THEN INSERT (s.order_id, s.customer_id, s.order_date, s.status, s.amount)`,
        'COLLECT STATISTICS COLUMN (order_id) ON Shop_Stg.stg_orders',
        'DROP TABLE vt_orders',
        `DEL FROM Shop_Mart.fct_orders ALL`,
        `INS INTO Shop_Mart.fct_orders (order_id, customer_id, order_date, category, country, net_amount, cost)
SEL o.order_id, o.customer_id, o.order_date, p.category, c.country, i.quantity * i.unit_price - ZEROIFNULL(i.discount), i.quantity * p.cost_price
FROM Shop_Stg.stg_orders o INNER JOIN Shop_Raw.order_items i ON i.order_id = o.order_id INNER JOIN Shop_Raw.products p ON p.product_id = i.product_id INNER JOIN Shop_Raw.customers c ON c.customer_id = o.customer_id`,
        `DELETE FROM Shop_Mart.daily_revenue WHERE day_dt = DATE '${day.date}'`,
        `INSERT INTO Shop_Mart.daily_revenue SELECT order_date, country, category, COUNT(DISTINCT order_id), SUM(net_amount), SUM(net_amount - cost) FROM Shop_Mart.fct_orders WHERE order_date = DATE '${day.date}' GROUP BY 1, 2, 3`,
        `UPDATE d FROM Shop_Mart.dim_customer d, (SELECT customer_id, SUM(net_amount) AS spent FROM Shop_Mart.fct_orders GROUP BY 1) v
SET segment = CASE WHEN v.spent > 1000 THEN 'gold' ELSE 'normal' END WHERE d.customer_id = v.customer_id`,
        `DELETE FROM Shop_Mart.dim_customer WHERE customer_id IN (SELECT customer_id FROM Shop_Raw.gdpr_requests WHERE kind = 'erase')`,
        `CREATE TABLE Shop_Mart.orders_${day.compact} AS (SELECT * FROM Shop_Stg.stg_orders WHERE order_date = DATE '${day.date}') WITH DATA NO PRIMARY INDEX`,
        `CREATE TABLE Shop_Mart.fct_backup_${day.compact} AS Shop_Mart.fct_orders WITH DATA`,
        'END QUERY LOGGING ON etl_batch',
      ],
    },
  ],
  reads: (pick) =>
    pick([
      () => ({
        sql: `SEL TOP ${pick.int(5, 50)} country, SUM(revenue) FROM daily_revenue WHERE day_dt > DATE '${pick.date()}' GROUP BY 1 ORDER BY 2 DESC`,
      }),
      () => ({ sql: `SELECT * FROM Shop_Mart.order_overview WHERE order_id = ${pick.int(1, 90000)}` }),
      () => ({
        sql: `LOCKING ROW FOR ACCESS SELECT segment, COUNT(*) FROM dim_customer WHERE country = '${pick.country()}' GROUP BY segment`,
      }),
      () => ({
        schema: 'Shop_Raw',
        sql: `SELECT category, AVG(list_price) FROM products WHERE category LIKE ANY ('${pick.category()}%', 'misc%') GROUP BY category`,
      }),
      () => ({ sql: `SELECT order_date, SUM(net_amount) OVER (ORDER BY order_date ROWS ${pick.int(2, 30)} PRECEDING) FROM fct_orders` }),
      () => ({ sql: 'HELP TABLE Shop_Mart.fct_orders' }),
    ]),
  failures: [
    'SEL reveneu FROM Shop_Mart.daily_revenue',
    'INSERT INTO Shop_Mart.nope SELECT * FROM Shop_Raw.orders',
    'SELECT * FROM Finance.ledger',
  ],
}
