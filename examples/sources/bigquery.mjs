import { columnsOf } from './tables.mjs'

const TYPES = { bigint: 'INT64', int: 'INT64', text: 'STRING', money: 'NUMERIC', date: 'DATE', timestamp: 'TIMESTAMP', json: 'JSON' }

export const bigquery = {
  name: 'bigquery',
  /** region-eu.INFORMATION_SCHEMA.JOBS, with the default dataset joined from the Jobs API. */
  record: (query) => ({
    creation_time: query.start.toISOString(),
    project_id: 'acme-shop',
    user_email: `${query.user.replace('_', '-')}@acme.example`,
    job_id: `bquxjob_${query.id.toString(16)}_${query.uuid.slice(0, 8)}`,
    job_type: 'QUERY',
    statement_type: query.verb,
    start_time: query.start.toISOString(),
    end_time: query.end.toISOString(),
    query: query.sql,
    state: 'DONE',
    error_result: query.failed ? { reason: 'invalidQuery', location: 'query', message: 'Unrecognized name' } : null,
    total_bytes_processed: query.bytes,
    total_slot_ms: query.durationMs * 4,
    session_info: { session_id: query.reader ? null : `sess-${query.session}` },
    default_dataset: query.schema ?? null,
  }),
  schema: {
    file: 'bigquery.ndjson',
    rows: [...columnsOf()].map(({ table, column, type, ordinal }) => ({
      table_catalog: 'acme-shop',
      table_schema: 'raw',
      table_name: table,
      column_name: column,
      ordinal_position: ordinal,
      is_nullable: 'YES',
      data_type:
        table === 'web_events' && column === 'payload'
          ? 'STRUCT<cart STRUCT<total NUMERIC>, items ARRAY<STRUCT<sku STRING, qty INT64>>>'
          : TYPES[type],
      is_partitioning_column: column === 'order_date' ? 'YES' : 'NO',
    })),
  },
  ddl: [
    `CREATE SCHEMA IF NOT EXISTS \`acme-shop.mart\` OPTIONS (location = 'EU')`,
    `CREATE TABLE IF NOT EXISTS \`acme-shop.staging.stg_orders\` (order_id INT64 NOT NULL, customer_id INT64, order_date DATE, status STRING, amount_eur NUMERIC, shipping_fee NUMERIC) PARTITION BY order_date CLUSTER BY customer_id`,
    `CREATE TABLE mart.dim_customer (customer_id INT64, full_name STRING, country STRING, segment STRING, orders ARRAY<STRUCT<order_id INT64, amount NUMERIC>>)`,
    `CREATE TABLE mart.daily_revenue (day DATE, country STRING, category STRING, orders INT64, revenue NUMERIC, margin NUMERIC) PARTITION BY day OPTIONS (require_partition_filter = TRUE)`,
    `CREATE OR REPLACE VIEW \`acme-shop\`.mart.customer_360 AS
SELECT c.customer_id, CONCAT(c.first_name, ' ', c.last_name) AS full_name, ANY_VALUE(d.segment) AS segment, COUNT(o.order_id) AS order_count, ARRAY_AGG(o.order_date ORDER BY o.order_date DESC LIMIT 1)[OFFSET(0)] AS last_order
FROM raw.customers c LEFT JOIN mart.dim_customer d USING (customer_id) LEFT JOIN staging.stg_orders o ON o.customer_id = c.customer_id
GROUP BY 1, 2`,
    `CREATE TEMP FUNCTION to_eur(amount NUMERIC, currency STRING) AS (IF(currency = 'EUR', amount, amount * 0.9)); SELECT to_eur(1, 'USD')`,
  ],
  etl: (day) => [
    {
      user: 'svc_dbt',
      schema: 'raw',
      statements: [
        `LOAD DATA INTO raw.orders FROM FILES (format = 'PARQUET', uris = ['gs://acme-landing/orders/${day.date}/*.parquet'])`,
        `CREATE TEMP TABLE fresh_orders AS
SELECT * EXCEPT (rn) FROM (SELECT o.*, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS rn FROM raw.orders AS o WHERE order_date >= DATE '${day.date}') WHERE rn = 1`,
        `MERGE staging.stg_orders T USING fresh_orders S ON T.order_id = S.order_id AND T.order_date = S.order_date
WHEN MATCHED THEN UPDATE SET status = UPPER(S.status), amount_eur = S.amount
WHEN NOT MATCHED BY TARGET THEN INSERT (order_id, customer_id, order_date, status, amount_eur, shipping_fee) VALUES (S.order_id, S.customer_id, S.order_date, UPPER(S.status), S.amount, S.shipping_fee)
WHEN NOT MATCHED BY SOURCE AND T.order_date = DATE '${day.date}' THEN DELETE`,
        `CREATE OR REPLACE TABLE mart.fct_orders PARTITION BY order_date AS
WITH paid AS (SELECT order_id, SUM(amount) AS paid_amount FROM raw.payments WHERE status = 'captured' GROUP BY order_id)
SELECT o.order_id, o.customer_id, o.order_date, i.product_id, p.category, c.country,
  i.quantity * i.unit_price - IFNULL(i.discount, 0) AS net_amount, i.quantity * p.cost_price AS cost, paid.paid_amount
FROM staging.stg_orders AS o JOIN raw.order_items AS i USING (order_id) JOIN raw.products AS p USING (product_id)
JOIN raw.customers AS c ON c.customer_id = o.customer_id LEFT JOIN paid ON paid.order_id = o.order_id`,
        `DELETE FROM mart.daily_revenue WHERE day = '${day.date}'`,
        `INSERT INTO mart.daily_revenue (day, country, category, orders, revenue, margin)
SELECT order_date, country, category, COUNT(DISTINCT order_id), SUM(net_amount), SUM(net_amount) - SUM(cost) FROM mart.fct_orders WHERE order_date = '${day.date}' GROUP BY ALL`,
        `CREATE OR REPLACE TABLE mart.sold_skus AS
SELECT e.customer_id, item.sku, SUM(item.qty) AS qty, MAX(e.event_time) AS last_seen
FROM raw.web_events AS e, UNNEST(e.payload.items) AS item WHERE e.event_type = 'purchase' GROUP BY e.customer_id, item.sku`,
        `UPDATE mart.dim_customer d SET segment = IF(s.spent > 1000, 'gold', 'normal') FROM (SELECT customer_id, SUM(net_amount) AS spent FROM mart.fct_orders GROUP BY customer_id) s WHERE s.customer_id = d.customer_id`,
        `EXPORT DATA OPTIONS (uri = 'gs://acme-exports/daily_revenue/${day.date}/*.csv', format = 'CSV', overwrite = true) AS SELECT day, country, revenue FROM mart.daily_revenue WHERE day = '${day.date}'`,
        `CREATE TABLE mart.events_${day.compact} COPY raw.web_events`,
        `DECLARE cutoff DATE DEFAULT DATE_SUB(DATE '${day.date}', INTERVAL 90 DAY);
BEGIN
  INSERT INTO staging.archived_orders SELECT order_id, customer_id, order_date FROM staging.stg_orders WHERE order_date < cutoff;
  DELETE FROM staging.stg_orders WHERE order_date < cutoff;
END`,
      ],
    },
  ],
  reads: (pick) =>
    pick([
      () => ({
        sql: `SELECT country, SUM(revenue) AS revenue FROM \`acme-shop.mart.daily_revenue\` WHERE day >= '${pick.date()}' GROUP BY country LIMIT ${pick.int(5, 100)}`,
      }),
      () => ({ schema: 'mart', sql: `SELECT * FROM customer_360 WHERE customer_id = ${pick.int(1, 9000)}` }),
      () => ({ sql: `SELECT APPROX_QUANTILES(net_amount, 4)[OFFSET(2)] FROM mart.fct_orders WHERE category = '${pick.category()}'` }),
      () => ({
        sql: `SELECT event_type, COUNT(*) AS n FROM \`acme-shop.raw.web_events\` WHERE event_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${pick.int(1, 72)} HOUR) GROUP BY event_type`,
      }),
      () => ({
        sql: `FROM mart.fct_orders |> WHERE country = '${pick.country()}' |> AGGREGATE SUM(net_amount) AS total GROUP BY category |> ORDER BY total DESC`,
      }),
      () => ({
        sql: `SELECT _TABLE_SUFFIX AS day, COUNT(*) FROM \`acme-shop.mart.events_*\` WHERE _TABLE_SUFFIX > '${pick.date().replaceAll('-', '')}' GROUP BY 1`,
      }),
    ]),
  failures: [
    'SELECT reveneu FROM mart.daily_revenue',
    'SELECT * FROM mart.daily_revenue',
    'INSERT INTO mart.nope SELECT * FROM raw.orders',
  ],
}
