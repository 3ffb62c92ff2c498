-- One session of a nightly load, for `lodeline lineage parse`: a temp table on the way is no asset, it is followed through.
USE SCHEMA SHOP.MART;

CREATE TEMPORARY TABLE recent AS
SELECT o.order_id, o.customer_id, o.amount * r.rate AS amount_eur
FROM SHOP.RAW.orders o
JOIN SHOP.RAW.rates r ON r.currency = o.currency
WHERE o.order_date >= DATEADD(day, -7, CURRENT_DATE);

MERGE INTO customer_week t
USING (
  SELECT c.customer_id, UPPER(c.country) AS country, SUM(n.amount_eur) AS revenue, COUNT(*) AS orders
  FROM recent n
  JOIN SHOP.STAGING.stg_customers c ON c.customer_id = n.customer_id
  GROUP BY c.customer_id, UPPER(c.country)
) s ON t.customer_id = s.customer_id
WHEN MATCHED THEN UPDATE SET revenue = s.revenue, orders = s.orders
WHEN NOT MATCHED THEN INSERT (customer_id, country, revenue, orders) VALUES (s.customer_id, s.country, s.revenue, s.orders);
