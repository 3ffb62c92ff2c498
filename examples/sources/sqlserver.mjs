import { FCT_ORDERS, FCT_ORDERS_FROM, tsqlFailures, tsqlMart, tsqlReads, tsqlSchema } from './tsql.mjs'

export const sqlserver = {
  name: 'sqlserver',
  /** sql_batch_completed of an Extended Events session, its fields and actions flattened. */
  record: (query) => ({
    name: 'sql_batch_completed',
    timestamp: query.end.toISOString(),
    database_name: 'Shop',
    session_id: query.session,
    username: query.user,
    client_app_name: query.reader ? 'Power BI' : 'SQLAgent - TSQL JobStep',
    duration: query.durationMs * 1000,
    row_count: query.rows,
    result: query.failed ? 'Error' : 'OK',
    batch_text: query.sql,
  }),
  schema: tsqlSchema('Shop', 'sqlserver.csv'),
  ddl: [
    `CREATE TABLE [staging].[stg_orders] ([order_id] BIGINT NOT NULL PRIMARY KEY CLUSTERED, [customer_id] BIGINT, [order_date] DATE, [status] NVARCHAR(32), [amount] DECIMAL(18,2), [shipping_fee] DECIMAL(18,2))`,
    `CREATE TABLE mart.dim_customer (customer_id BIGINT, full_name NVARCHAR(200), segment NVARCHAR(16), lifetime_value DECIMAL(18,2))`,
    `CREATE TABLE mart.daily_revenue ([day] DATE, country NCHAR(2), category NVARCHAR(64), orders INT, revenue DECIMAL(18,2), margin DECIMAL(18,2))`,
    `CREATE OR ALTER VIEW mart.order_overview AS SELECT o.order_id, o.order_date, c.email, c.country, o.amount + ISNULL(o.shipping_fee, 0) AS total FROM staging.stg_orders AS o INNER JOIN raw.customers AS c ON c.customer_id = o.customer_id`,
    `CREATE OR ALTER PROCEDURE mart.refresh_dim_customer AS
BEGIN
  SET NOCOUNT ON;
  MERGE mart.dim_customer AS t
  USING (SELECT customer_id, CONCAT(first_name, ' ', last_name) AS full_name FROM raw.customers) AS s ON t.customer_id = s.customer_id
  WHEN MATCHED THEN UPDATE SET t.full_name = s.full_name
  WHEN NOT MATCHED BY TARGET THEN INSERT (customer_id, full_name) VALUES (s.customer_id, s.full_name)
  WHEN NOT MATCHED BY SOURCE THEN DELETE;
END`,
  ],
  etl: (day) => [
    {
      user: 'ACME\\svc_etl',
      statements: [
        `USE Shop
SET NOCOUNT ON
SELECT order_id, customer_id, order_date, UPPER(status) AS status, amount, shipping_fee INTO #fresh FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS rn FROM raw.orders WHERE order_date >= '${day.date}') AS t WHERE rn = 1`,
        `MERGE INTO staging.stg_orders WITH (HOLDLOCK) AS t USING #fresh AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET t.status = s.status, t.amount = s.amount, t.shipping_fee = s.shipping_fee
WHEN NOT MATCHED THEN INSERT (order_id, customer_id, order_date, status, amount, shipping_fee) VALUES (s.order_id, s.customer_id, s.order_date, s.status, s.amount, s.shipping_fee)
OUTPUT $action, inserted.order_id INTO staging.merge_log (action, order_id);`,
        'DROP TABLE #fresh',
        `IF OBJECT_ID('mart.fct_orders') IS NOT NULL DROP TABLE mart.fct_orders;
${FCT_ORDERS}
INTO mart.fct_orders
${FCT_ORDERS_FROM};`,
        ...tsqlMart(day),
        'EXEC mart.refresh_dim_customer',
        `DECLARE @top TABLE (product_id BIGINT, sold INT)
INSERT INTO @top SELECT TOP (100) product_id, SUM(quantity) FROM raw.order_items GROUP BY product_id ORDER BY 2 DESC
INSERT INTO mart.top_products (product_name, sold) SELECT p.product_name, t.sold FROM @top AS t JOIN raw.products AS p ON p.product_id = t.product_id`,
        `SELECT * INTO mart.orders_${day.compact} FROM staging.stg_orders WHERE order_date = '${day.date}'`,
        `BULK INSERT raw.payments FROM 'D:\\landing\\payments_${day.compact}.csv' WITH (FORMAT = 'CSV', FIRSTROW = 2)`,
        `INSERT INTO [Archive].[dbo].[orders] SELECT o.* FROM [Shop].[staging].[stg_orders] AS o WHERE o.order_date < DATEADD(year, -1, '${day.date}')`,
      ],
    },
  ],
  reads: tsqlReads,
  failures: tsqlFailures,
}
