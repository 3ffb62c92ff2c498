import { columnsOf } from './tables.mjs'

/** SQL Server and Synapse share most of their story; what differs is given by each. */

const TYPES = { bigint: 'bigint', int: 'int', text: 'nvarchar', money: 'decimal', date: 'date', timestamp: 'datetime2', json: 'nvarchar' }

export const tsqlSchema = (catalog, file) => ({
  file,
  rows: [...columnsOf()].map(({ table, column, type, ordinal }) => ({
    TABLE_CATALOG: catalog,
    TABLE_SCHEMA: 'raw',
    TABLE_NAME: table,
    COLUMN_NAME: column,
    ORDINAL_POSITION: ordinal,
    IS_NULLABLE: 'YES',
    DATA_TYPE: TYPES[type],
  })),
})

export const tsqlReads = (pick) =>
  pick([
    () => ({
      sql: `SELECT TOP (${pick.int(5, 100)}) country, SUM(revenue) AS revenue FROM mart.daily_revenue WHERE [day] >= '${pick.date()}' GROUP BY country ORDER BY revenue DESC`,
    }),
    () => ({ sql: `SELECT * FROM mart.order_overview WHERE order_id = ${pick.int(1, 90000)}` }),
    () => ({
      sql: `SELECT d.segment, AVG(f.net_amount) AS mean FROM mart.fct_orders f INNER JOIN mart.dim_customer d ON d.customer_id = f.customer_id WHERE f.category = N'${pick.category()}' GROUP BY d.segment`,
    }),
    () => ({
      sql: `SELECT JSON_VALUE(payload, '$.cart.total') FROM raw.web_events WITH (NOLOCK) WHERE event_time > DATEADD(hour, -${pick.int(1, 72)}, SYSUTCDATETIME())`,
    }),
    () => ({
      sql: `SELECT p.product_name, x.sold FROM raw.products p CROSS APPLY (SELECT SUM(i.quantity) AS sold FROM raw.order_items i WHERE i.product_id = p.product_id) x WHERE x.sold > ${pick.int(1, 99)}`,
    }),
    () => ({ sql: `EXEC sp_help 'mart.fct_orders'` }),
  ])

export const tsqlFailures = [
  'SELECT reveneu FROM mart.daily_revenue',
  'INSERT INTO mart.nope SELECT * FROM raw.orders',
  'SELECT * FROM finance.ledger',
]

export const tsqlMart = (day) => [
  `DELETE FROM mart.daily_revenue WHERE [day] = '${day.date}'`,
  `INSERT INTO mart.daily_revenue ([day], country, category, orders, revenue, margin)
SELECT order_date, country, category, COUNT(DISTINCT order_id), SUM(net_amount), SUM(net_amount - cost)
FROM mart.fct_orders WHERE order_date = '${day.date}' GROUP BY order_date, country, category`,
  `UPDATE d SET d.segment = CASE WHEN s.spent > 1000 THEN 'gold' ELSE 'normal' END, d.lifetime_value = s.spent
FROM mart.dim_customer AS d INNER JOIN (SELECT customer_id, SUM(net_amount) AS spent FROM mart.fct_orders GROUP BY customer_id) AS s ON s.customer_id = d.customer_id`,
  `DELETE d FROM mart.dim_customer d JOIN raw.gdpr_requests g ON g.customer_id = d.customer_id WHERE g.kind = 'erase'`,
]

export const FCT_ORDERS = `WITH paid AS (SELECT order_id, SUM(amount) AS paid_amount FROM raw.payments WHERE status = 'captured' GROUP BY order_id)
SELECT o.order_id, o.customer_id, o.order_date, i.product_id, p.category, c.country,
       i.quantity * i.unit_price - ISNULL(i.discount, 0) AS net_amount, i.quantity * p.cost_price AS cost, paid.paid_amount`
export const FCT_ORDERS_FROM = `FROM staging.stg_orders o
JOIN raw.order_items i ON i.order_id = o.order_id JOIN raw.products p ON p.product_id = i.product_id
JOIN raw.customers c ON c.customer_id = o.customer_id LEFT JOIN paid ON paid.order_id = o.order_id`
