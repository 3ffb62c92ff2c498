/** The shop's raw tables, in logical types; each source gives them its own types and names. */
export const RAW_TABLES = {
  orders: {
    order_id: 'bigint',
    customer_id: 'bigint',
    order_date: 'date',
    status: 'text',
    currency: 'text',
    amount: 'money',
    shipping_fee: 'money',
    updated_at: 'timestamp',
  },
  order_items: { order_id: 'bigint', line_no: 'int', product_id: 'bigint', quantity: 'int', unit_price: 'money', discount: 'money' },
  customers: {
    customer_id: 'bigint',
    email: 'text',
    first_name: 'text',
    last_name: 'text',
    country: 'text',
    created_at: 'timestamp',
    marketing_opt_in: 'int',
  },
  products: { product_id: 'bigint', sku: 'text', product_name: 'text', category: 'text', cost_price: 'money', list_price: 'money' },
  payments: { payment_id: 'bigint', order_id: 'bigint', method: 'text', amount: 'money', paid_at: 'timestamp', status: 'text' },
  web_events: {
    event_id: 'text',
    session_key: 'text',
    customer_id: 'bigint',
    event_type: 'text',
    page: 'text',
    referrer: 'text',
    payload: 'json',
    event_time: 'timestamp',
  },
  gdpr_requests: { customer_id: 'bigint', requested_at: 'timestamp', kind: 'text' },
}

/** One row a column: what every source's information schema has in some form. */
export function* columnsOf(tables = RAW_TABLES) {
  for (const [table, columns] of Object.entries(tables)) {
    let ordinal = 0
    for (const [column, type] of Object.entries(columns)) yield { table, column, type, ordinal: ++ordinal }
  }
}
