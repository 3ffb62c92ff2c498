import { FCT_ORDERS, FCT_ORDERS_FROM, tsqlFailures, tsqlMart, tsqlReads, tsqlSchema } from './tsql.mjs'

export const synapse = {
  name: 'synapse',
  /** sys.dm_pdw_exec_requests joined with sys.dm_pdw_exec_sessions and the database's name. */
  record: (query) => ({
    request_id: `QID${query.id}`,
    session_id: `SID${query.session}`,
    login_name: query.user,
    status: query.failed ? 'Failed' : 'Completed',
    submit_time: query.start.toISOString(),
    start_time: query.start.toISOString(),
    end_time: query.end.toISOString(),
    total_elapsed_time: query.durationMs,
    label: null,
    error_id: query.failed ? query.uuid : null,
    database_name: 'ShopDW',
    schema_name: null,
    resource_class: 'staticrc20',
    command: query.sql.slice(0, 4000),
    command2: query.sql,
  }),
  schema: tsqlSchema('ShopDW', 'synapse.csv'),
  ddl: [
    `CREATE TABLE staging.stg_orders (order_id BIGINT NOT NULL, customer_id BIGINT, order_date DATE, status NVARCHAR(32), amount DECIMAL(18,2), shipping_fee DECIMAL(18,2)) WITH (DISTRIBUTION = HASH(customer_id), CLUSTERED COLUMNSTORE INDEX)`,
    `CREATE TABLE mart.dim_customer (customer_id BIGINT, full_name NVARCHAR(200), segment NVARCHAR(16), lifetime_value DECIMAL(18,2)) WITH (DISTRIBUTION = REPLICATE)`,
    `CREATE TABLE mart.daily_revenue ([day] DATE, country NCHAR(2), category NVARCHAR(64), orders INT, revenue DECIMAL(18,2), margin DECIMAL(18,2)) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP)`,
    `CREATE EXTERNAL TABLE raw.ext_orders (order_id BIGINT, customer_id BIGINT, amount DECIMAL(18,2)) WITH (LOCATION = '/landing/orders/', DATA_SOURCE = lake, FILE_FORMAT = parquet)`,
    `CREATE VIEW mart.order_overview AS SELECT o.order_id, o.order_date, c.email, c.country, o.amount + ISNULL(o.shipping_fee, 0) AS total FROM staging.stg_orders AS o INNER JOIN raw.customers AS c ON c.customer_id = o.customer_id`,
  ],
  etl: (day) => [
    {
      user: 'etl_runner',
      statements: [
        `COPY INTO raw.orders FROM 'https://acmelake.blob.core.windows.net/landing/orders/${day.date}/*.parquet' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'))`,
        `CREATE TABLE #fresh WITH (DISTRIBUTION = HASH(customer_id), HEAP) AS
SELECT order_id, customer_id, order_date, UPPER(status) AS status, amount, shipping_fee FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS rn FROM raw.orders WHERE order_date >= '${day.date}') AS t WHERE rn = 1`,
        `DELETE FROM staging.stg_orders WHERE EXISTS (SELECT 1 FROM #fresh f WHERE f.order_id = staging.stg_orders.order_id)`,
        `INSERT INTO staging.stg_orders (order_id, customer_id, order_date, status, amount, shipping_fee) SELECT order_id, customer_id, order_date, status, amount, shipping_fee FROM #fresh OPTION (LABEL = 'load stg_orders')`,
        'DROP TABLE #fresh',
        `CREATE TABLE mart.fct_orders_new WITH (DISTRIBUTION = HASH(order_id), CLUSTERED COLUMNSTORE INDEX) AS
${FCT_ORDERS}
${FCT_ORDERS_FROM}`,
        'RENAME OBJECT mart.fct_orders TO fct_orders_old',
        'RENAME OBJECT mart.fct_orders_new TO fct_orders',
        'DROP TABLE mart.fct_orders_old',
        ...tsqlMart(day),
        `CREATE TABLE mart.orders_${day.compact} WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT * FROM staging.stg_orders WHERE order_date = '${day.date}'`,
        `CREATE EXTERNAL TABLE mart.export_${day.compact} WITH (LOCATION = '/exports/${day.date}/', DATA_SOURCE = lake, FILE_FORMAT = parquet) AS SELECT [day], country, revenue FROM mart.daily_revenue`,
        'UPDATE STATISTICS mart.daily_revenue',
      ],
    },
  ],
  reads: tsqlReads,
  failures: tsqlFailures,
}
