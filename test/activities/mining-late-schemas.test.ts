import { afterAll, describe, expect, test } from '@jest/globals'
import { foldBy } from '../../catalog/asset-keys.ts'
import { importSchemas } from '../../catalog/import/import-schemas.ts'
import { catalogContent } from '../support/catalog-content.ts'
import { type Bench, miningBench, ndjson, twoThreads } from '../support/mining.ts'

const threads = twoThreads()
afterAll(() => threads.close())

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  ORDERS: ['ID', 'AMOUNT', 'NOTE'],
  CUSTOMERS: ['ID', 'NAME'],
}

async function importTables(bench: Bench, tables: readonly string[]): Promise<void> {
  const rows = tables.flatMap((table) =>
    (COLUMNS[table] ?? []).map((column, index) => `SHOP,PUBLIC,${table},${column},${index + 1},TEXT\n`),
  )
  const text = (async function* () {
    yield ['table_catalog,table_schema,table_name,column_name,ordinal_position,data_type\n', ...rows].join('')
  })()
  const now = '2026-01-01T00:00:00.000Z'
  await importSchemas(bench.catalog, 'shop', { levels: ['database', 'schema'], defaults: {} }, text, { now, fold: foldBy('upper') })
}

const read = (sql: string, user = 'ann') => ({ QUERY_TEXT: sql, USER_NAME: user, START_TIME: '2026-01-02T10:00:00Z' })
/** Whose columns only a schema tells: stars, names that two tables could own, a partial name. */
const LOG = ndjson([
  read('SELECT * FROM orders'),
  read('SELECT o.id, name, amount FROM orders o JOIN customers c ON o.id = c.id', 'bob'),
  read('SELECT note FROM public.orders WHERE amount > 3'),
  read('SELECT name FROM shop.public.customers'),
  read('INSERT INTO copy SELECT * FROM orders'),
  read('SELECT * FROM copy'),
])

/** What the catalog says once all of the steps are done. */
async function contentAfter(...steps: readonly ((bench: Bench) => Promise<unknown>)[]): Promise<readonly string[]> {
  const bench = await miningBench(threads)
  try {
    bench.put('a.json', LOG)
    for (const step of steps) await step(bench)
    return (await catalogContent(bench.catalog)).split('\n')
  } finally {
    await bench.close()
  }
}

const mine = (bench: Bench) => bench.mine()
const tables =
  (...names: readonly string[]) =>
  (bench: Bench) =>
    importTables(bench, names)

describe('schemas that come after the log give what they give before it, usage included', () => {
  const expected = contentAfter(tables('ORDERS', 'CUSTOMERS'), mine)

  test('the reads of columns that only the schema tells are counted', async () => {
    const usage = (await expected).filter((line) => line.startsWith('usage_by_asset '))
    expect(usage.some((line) => line.includes('NOTE') && line.includes('AMOUNT'))).toBe(true)
    expect(usage.some((line) => line.includes('NAME'))).toBe(true)
  })

  test('when all come later', async () => {
    expect(await contentAfter(mine, tables('ORDERS', 'CUSTOMERS'), mine)).toEqual(await expected)
  })

  test('when they come one by one', async () => {
    expect(await contentAfter(mine, tables('CUSTOMERS'), mine, tables('ORDERS'), mine)).toEqual(await expected)
  })
})

test('another list of excluded users counts what was mined before anew', async () => {
  const without = (bench: Bench) => bench.mine({ options: { excludedUsers: ['bob'] } })
  const expected = await contentAfter(without)
  expect(await contentAfter(mine, without)).toEqual(expected)
  expect(await contentAfter(without, mine)).toEqual(await contentAfter(mine))
  expect(expected).not.toEqual(await contentAfter(mine))
})

test('users who are left out of one log count in another of the connection, whichever is mined last', async () => {
  const first = (bench: Bench) => bench.mine({ options: { excludedUsers: ['bob'] } })
  const second = (bench: Bench) => bench.mine({ pipeline: 'other' })
  const usageOf = (content: readonly string[]) => content.filter((line) => line.startsWith('usage_by'))
  const expected = usageOf(await contentAfter(first, second))
  expect(usageOf(await contentAfter(second, first))).toEqual(expected)
  expect(usageOf(await contentAfter(first, second, first))).toEqual(expected)
  const bob = expected.filter((line) => line.startsWith('usage_by_process') && line.includes('bob'))
  expect(bob).toHaveLength(1)
  expect(bob[0]).toContain('"executions":1')
})
