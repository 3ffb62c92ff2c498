import { columnsOf } from './tables.mjs'

const TYPES = {
  bigint: 'bigint',
  int: 'integer',
  text: 'character varying',
  money: 'numeric',
  date: 'date',
  timestamp: 'timestamp without time zone',
  json: 'super',
}
const stamp = (date) => date.toISOString().replace('T', ' ').replace('Z', '')

export const redshift = {
  name: 'redshift',
  /** SYS_QUERY_HISTORY with its text put together from SYS_QUERY_TEXT, and the user's name joined. */
  record: (query) => ({
    user_id: 100 + (query.session % 7),
    user_name: query.user,
    query_id: query.id,
    transaction_id: query.id * 3,
    session_id: query.session,
    database_name: 'shop'.padEnd(12),
    query_type: query.verb,
    status: query.failed ? 'failed' : 'success',
    start_time: stamp(query.start),
    end_time: stamp(query.end),
    elapsed_time: query.durationMs * 1000,
    returned_rows: query.rows,
    returned_bytes: query.bytes,
    schema_name: query.schema ?? null,
    query_text: query.sql,
  }),
  schema: {
    file: 'redshift.csv',
    rows: [...columnsOf()].map(({ table, column, type, ordinal }) => ({
      database_name: 'shop',
      schema_name: 'raw',
      table_name: table,
      column_name: column,
      ordinal_position: ordinal,
      column_default: '',
      is_nullable: 'YES',
      data_type: TYPES[type],
      character_maximum_length: type === 'text' ? 256 : '',
      numeric_precision: type === 'money' ? 18 : '',
      numeric_scale: type === 'money' ? 2 : '',
      remarks: '',
    })),
  },
  ddl: [
    `create table if not exists staging.stg_orders (order_id bigint not null encode az64, customer_id bigint, order_date date, status varchar(32), amount numeric(18,2), shipping_fee numeric(18,2)) diststyle key distkey(customer_id) compound sortkey(order_date)`,
    `create table mart.daily_revenue (day date, country varchar(2), category varchar(64), orders bigint, revenue numeric(18,2), margin numeric(18,2)) sortkey(day)`,
    `create table mart.dim_customer (like raw.customers including defaults)`,
    `alter table mart.dim_customer add column segment varchar(16)`,
    `create or replace view mart.order_overview as
select o.order_id, o.order_date, c.email, c.country, o.amount + coalesce(o.shipping_fee, 0) as total
from staging.stg_orders o join raw.customers c on c.customer_id = o.customer_id with no schema binding`,
    `create materialized view mart.top_products auto refresh yes as
select p.product_name, p.category, sum(i.quantity) as sold, sum(i.quantity * i.unit_price) as turnover
from raw.order_items i join raw.products p on p.product_id = i.product_id group by p.product_name, p.category`,
    'grant usage on schema mart to group analysts',
  ],
  etl: (day) => [
    {
      user: 'etl',
      statements: [
        "set query_group to 'nightly'",
        'set search_path to raw, public',
        `copy raw.orders from 's3://shop-landing/orders/${day.date}/' iam_role 'arn:aws:iam::123456789012:role/redshift-copy' format as parquet`,
        `copy raw.web_events from 's3://shop-landing/web/${day.date}/' iam_role 'arn:aws:iam::123456789012:role/redshift-copy' json 'auto' gzip`,
        `create temp table stage_orders (like staging.stg_orders)`,
        `insert into stage_orders
select order_id, customer_id, order_date, upper(status), amount, shipping_fee
from (select *, row_number() over (partition by order_id order by updated_at desc) as rn from raw.orders where order_date >= '${day.date}') t where rn = 1`,
        'begin',
        `delete from staging.stg_orders using stage_orders where staging.stg_orders.order_id = stage_orders.order_id`,
        `insert into staging.stg_orders select * from stage_orders`,
        'commit',
        'drop table stage_orders',
      ],
    },
    {
      user: 'etl',
      statements: [
        `create table mart.fct_orders_new as
with paid as (select order_id, sum(amount) as paid_amount, max(paid_at) as paid_at from raw.payments where status = 'captured' group by order_id)
select o.order_id, o.customer_id, o.order_date, i.product_id, p.category, c.country,
       i.quantity * i.unit_price - nvl(i.discount, 0) as net_amount, i.quantity * p.cost_price as cost,
       paid.paid_amount, datediff(day, o.order_date, paid.paid_at) as days_to_pay
from staging.stg_orders o
join raw.order_items i on i.order_id = o.order_id
join raw.products p on p.product_id = i.product_id
join raw.customers c on c.customer_id = o.customer_id
left join paid on paid.order_id = o.order_id`,
        'alter table mart.fct_orders rename to fct_orders_old',
        'alter table mart.fct_orders_new rename to fct_orders',
        'drop table mart.fct_orders_old',
        `delete from mart.daily_revenue where day = '${day.date}'::date`,
        `insert into mart.daily_revenue
select order_date, country, category, count(distinct order_id), sum(net_amount), sum(net_amount - cost)
from mart.fct_orders where order_date = '${day.date}' group by 1, 2, 3`,
        `merge into mart.dim_customer using raw.customers s on mart.dim_customer.customer_id = s.customer_id
when matched then update set email = s.email, country = s.country
when not matched then insert (customer_id, email, first_name, last_name, country, created_at) values (s.customer_id, s.email, s.first_name, s.last_name, s.country, s.created_at)`,
        `update mart.dim_customer set segment = case when v.spent > 1000 then 'gold' else 'normal' end
from (select customer_id, sum(net_amount) as spent from mart.fct_orders group by customer_id) v where v.customer_id = mart.dim_customer.customer_id`,
        `unload ('select day, country, revenue from mart.daily_revenue where day = \\'${day.date}\\'') to 's3://shop-exports/daily_revenue/${day.date}/' iam_role 'arn:aws:iam::123456789012:role/redshift-unload' format parquet allowoverwrite`,
        `create table mart.orders_${day.compact} as select * from staging.stg_orders where order_date = '${day.date}'`,
        'refresh materialized view mart.top_products',
        'analyze mart.daily_revenue',
      ],
    },
  ],
  reads: (pick) =>
    pick([
      () => ({
        sql: `select country, sum(revenue) from mart.daily_revenue where day > '${pick.date()}' group by country order by 2 desc limit ${pick.int(3, 40)}`,
      }),
      () => ({ sql: `SELECT * FROM mart.order_overview WHERE order_id = ${pick.int(1, 90000)}` }),
      () => ({ sql: `select p.product_name, p.sold from mart.top_products p where p.category = '${pick.category()}'` }),
      () => ({
        sql: `select listagg(segment, ',') within group (order by segment) from (select distinct segment from mart.dim_customer where country = '${pick.country()}')`,
      }),
      () => ({
        sql: `select e.payload.cart.total::numeric(18,2) from raw.web_events e where e.event_time > dateadd(hour, -${pick.int(1, 48)}, getdate())`,
      }),
      () => ({
        sql: `/* ${pick(['tableau', 'quicksight'])} */ select f.category, avg(f.days_to_pay) as d from mart.fct_orders f where f.country = '${pick.country()}' group by 1 having avg(f.days_to_pay) > ${pick.int(1, 9)}`,
      }),
      () => ({ sql: `show search_path` }),
    ]),
  failures: [
    'select revenu from mart.daily_revenue',
    'insert into finance.ledger select * from mart.fct_orders',
    "copy raw.orders from 's3://shop-landing/missing/' iam_role default",
  ],
}
