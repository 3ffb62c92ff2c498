import { columnsOf } from './tables.mjs'

const TYPES = {
  bigint: 'bigint',
  int: 'int',
  text: 'string',
  money: 'decimal(18,2)',
  date: 'date',
  timestamp: 'timestamp',
  json: 'struct<cart:struct<total:decimal(18,2)>,items:array<struct<sku:string,qty:int>>>',
}

export const hive = {
  name: 'hive',
  /** What Hive's LineageLogger hook writes, one object a line, with the session and outcome of the hook's own log joined. */
  record: (query) => ({
    version: '1.0',
    user: query.user,
    timestamp: Math.floor(query.start.getTime() / 1000),
    duration: query.durationMs,
    jobIds: [],
    engine: 'tez',
    database: query.schema ?? 'default',
    sessionId: `hive-${query.session}`,
    hash: query.uuid.replaceAll('-', ''),
    queryText: query.sql,
    status: query.failed ? 'FAILED' : 'FINISHED',
  }),
  schema: {
    file: 'hive.ndjson',
    rows: [...columnsOf()].map(({ table, column, type, ordinal }) => ({
      db_name: 'raw',
      tbl_name: table,
      column_name: column,
      type_name: TYPES[type],
      integer_idx: ordinal - 1,
      comment: null,
    })),
  },
  ddl: [
    'CREATE DATABASE IF NOT EXISTS staging',
    `CREATE EXTERNAL TABLE IF NOT EXISTS raw.clicks (event_id STRING, customer_id BIGINT, page STRING) PARTITIONED BY (dt STRING) STORED AS PARQUET LOCATION 'hdfs://nn:8020/landing/clicks'`,
    `CREATE TABLE IF NOT EXISTS staging.stg_orders (order_id BIGINT, customer_id BIGINT, status STRING, amount DECIMAL(18,2)) PARTITIONED BY (order_date DATE) CLUSTERED BY (customer_id) INTO 8 BUCKETS STORED AS ORC TBLPROPERTIES ('transactional'='true')`,
    `CREATE TABLE mart.daily_revenue (country STRING, category STRING, orders BIGINT, revenue DECIMAL(18,2)) PARTITIONED BY (day DATE) STORED AS ORC`,
    `CREATE TABLE mart.funnel_views (customer_id BIGINT, page STRING, hits BIGINT) STORED AS ORC`,
    `CREATE TABLE mart.funnel_buys (customer_id BIGINT, sku STRING, qty BIGINT) STORED AS ORC`,
    `CREATE VIEW IF NOT EXISTS mart.active_customers AS SELECT c.customer_id, c.email, o.last_order FROM raw.customers c JOIN (SELECT customer_id, max(order_date) AS last_order FROM staging.stg_orders GROUP BY customer_id) o ON o.customer_id = c.customer_id`,
  ],
  etl: (day) => [
    {
      user: 'oozie',
      schema: 'staging',
      statements: [
        'SET hive.exec.dynamic.partition.mode=nonstrict',
        'USE staging',
        `ALTER TABLE raw.clicks ADD IF NOT EXISTS PARTITION (dt='${day.date}') LOCATION 'hdfs://nn:8020/landing/clicks/${day.date}'`,
        `LOAD DATA INPATH 'hdfs://nn:8020/landing/orders/${day.date}' INTO TABLE raw.orders`,
        `CREATE TEMPORARY TABLE tmp_orders AS
SELECT order_id, customer_id, upper(status) AS status, amount, order_date FROM (
  SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS rn FROM raw.orders WHERE order_date >= '${day.date}'
) t WHERE rn = 1`,
        `INSERT OVERWRITE TABLE stg_orders PARTITION (order_date) SELECT order_id, customer_id, status, amount, order_date FROM tmp_orders`,
        `DROP TABLE tmp_orders`,
        `INSERT OVERWRITE TABLE mart.daily_revenue PARTITION (day='${day.date}')
SELECT c.country, p.category, count(DISTINCT o.order_id), sum(i.quantity * i.unit_price)
FROM staging.stg_orders o JOIN raw.order_items i ON i.order_id = o.order_id JOIN raw.products p ON p.product_id = i.product_id JOIN raw.customers c ON c.customer_id = o.customer_id
WHERE o.order_date = '${day.date}' GROUP BY c.country, p.category`,
        `FROM raw.web_events e
INSERT OVERWRITE TABLE mart.funnel_views SELECT e.customer_id, e.page, count(*) WHERE e.event_type = 'view' GROUP BY e.customer_id, e.page
INSERT INTO TABLE mart.funnel_buys SELECT e.customer_id, e.session_key, count(*) WHERE e.event_type = 'purchase' GROUP BY e.customer_id, e.session_key`,
        `CREATE TABLE mart.skus_${day.compact} STORED AS ORC AS SELECT e.customer_id, item.sku AS sku, item.qty AS qty FROM raw.web_events e LATERAL VIEW OUTER explode(e.payload.items) x AS item`,
        `MERGE INTO mart.dim_customer t USING raw.customers s ON t.customer_id = s.customer_id WHEN MATCHED THEN UPDATE SET email = s.email, country = s.country WHEN NOT MATCHED THEN INSERT VALUES (s.customer_id, s.email, s.country)`,
        `INSERT OVERWRITE DIRECTORY 'hdfs://nn:8020/exports/revenue/${day.date}' SELECT * FROM mart.daily_revenue WHERE day = '${day.date}'`,
        `DELETE FROM mart.dim_customer WHERE customer_id IN (SELECT customer_id FROM raw.gdpr_requests WHERE kind = 'erase')`,
        `CREATE TABLE mart.orders_copy_${day.compact} AS SELECT * FROM staging.stg_orders WHERE order_date = '${day.date}'`,
        'ANALYZE TABLE mart.daily_revenue COMPUTE STATISTICS',
      ],
    },
  ],
  reads: (pick) =>
    pick([
      () => ({
        schema: 'mart',
        sql: `SELECT country, sum(revenue) FROM daily_revenue WHERE day > '${pick.date()}' GROUP BY country ORDER BY 2 DESC LIMIT ${pick.int(3, 50)}`,
      }),
      () => ({ schema: 'mart', sql: `SELECT email FROM active_customers WHERE last_order < date_sub(current_date, ${pick.int(10, 90)})` }),
      () => ({ schema: 'raw', sql: `SELECT count(*) FROM orders WHERE status = '${pick(['open', 'paid'])}'` }),
      () => ({
        schema: 'default',
        sql: `SELECT page, sum(hits) h FROM mart.funnel_views GROUP BY page SORT BY h DESC LIMIT ${pick.int(5, 25)}`,
      }),
      () => ({
        schema: 'default',
        sql: `SELECT get_json_object('{"a":1}', '$.a'), p.category FROM raw.products p WHERE p.list_price > ${pick.int(5, 500)}`,
      }),
      () => ({ schema: 'mart', sql: 'SHOW PARTITIONS daily_revenue' }),
    ]),
  failures: [
    'SELECT reveneu FROM mart.daily_revenue',
    'INSERT INTO TABLE mart.nope SELECT * FROM raw.orders',
    'SELECT * FROM finance.ledger',
  ],
}
