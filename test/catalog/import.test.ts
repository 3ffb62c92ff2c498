import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { pathKey } from '../../catalog/asset-keys.ts'
import { upsertAssets } from '../../catalog/asset-writes.ts'
import { assetDetails, assetsByKey, countAssets } from '../../catalog/assets.ts'
import { importSchemas } from '../../catalog/import/import-schemas.ts'
import type { ImportNames } from '../../catalog/import/table-groups.ts'
import type { Catalog } from '../../catalog/open.ts'
import { currentRevision, lazyRevision, transaction } from '../../catalog/transaction.ts'
import { onEveryStore } from '../support/catalogs.ts'

const NOW = '2026-01-01T00:00:00.000Z'
const three: ImportNames = { levels: ['database', 'schema'] }
const two: ImportNames = { levels: ['database'] }

/** In pieces of odd sizes, as they come from a network. */
async function* pieces(data: string | Uint8Array, size = 37): AsyncGenerator<Uint8Array> {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

async function take(catalog: Catalog, names: ImportNames, data: string | Uint8Array) {
  return await importSchemas(catalog, 'shop', names, pieces(data), { now: NOW })
}

async function details(catalog: Catalog, ...path: string[]) {
  const head = (await assetsByKey(catalog.db, 'shop', [pathKey(path)])).get(pathKey(path))
  return head === undefined ? null : await assetDetails(catalog.db, head.id)
}

async function columnNames(catalog: Catalog, ...path: string[]) {
  return (await details(catalog, ...path))?.columns.map(({ name, type, partitionKey }) =>
    [name, type, partitionKey ? 'partition key' : undefined].filter((each) => each !== undefined).join(' '),
  )
}

onEveryStore('an import of schemas', ({ open }) => {
  test('takes the export of each source that comes as an example', async () => {
    const sources: readonly [string, ImportNames, string, readonly string[]][] = [
      ['snowflake.csv', three, 'information_schema.columns', ['shop', 'raw', 'orders']],
      ['redshift.csv', three, 'Redshift SVV_ALL_COLUMNS', ['shop', 'raw', 'orders']],
      ['bigquery.ndjson', three, 'BigQuery INFORMATION_SCHEMA.COLUMNS', ['acme-shop', 'raw', 'orders']],
      ['hive.ndjson', two, 'Hive metastore columns', ['raw', 'orders']],
      ['teradata.csv', two, 'Teradata DBC.ColumnsV', ['shop_raw', 'orders']],
      ['sqlserver.csv', three, 'information_schema.columns', ['shop', 'raw', 'orders']],
      ['synapse.csv', three, 'information_schema.columns', ['shopdw', 'raw', 'orders']],
    ]
    for (const [file, names, form, path] of sources) {
      const catalog = await open()
      const data = readFileSync(new URL(`../../examples/schemas/${file}`, import.meta.url))
      const rows = data.toString().trim().split('\n').length - (file.endsWith('.csv') ? 1 : 0)
      const result = await take(catalog, names, data)
      expect({ file, ...result }).toMatchObject({ file, form, rows, columns: rows, skipped: [], unchanged: 0, stale: 0 })
      expect(await countAssets(catalog.db, 'shop')).toMatchObject({ assets: result.tables, columns: rows })
      expect((await columnNames(catalog, ...path))?.slice(0, 2).map((name) => name.toLowerCase().split(' ')[0])).toEqual([
        'order_id',
        'customer_id',
      ])
      const revision = await currentRevision(catalog.db)
      expect(await take(catalog, names, data)).toMatchObject({ changed: 0, tables: result.tables })
      expect(await currentRevision(catalog.db)).toBe(revision)
    }
  })

  test('reads rows in any order, header names in any case, quotes, and what else exports hold', async () => {
    const catalog = await open()
    const csv =
      '\uFEFF"Table_Catalog";TABLE_SCHEMA;table_NAME;COLUMN_NAME;ordinal_position;data_type;is_nullable;remarks\r\nd;s;"a;b";second;2;int;NO;"says ""so"";\r\nin two lines"\r\nd;s;t;x;1;text;;\r\n\r\nd;s;"a;b";first;1;int;YES;\r\n'
    expect(await take(catalog, three, csv)).toMatchObject({ rows: 3, tables: 2, columns: 3, skipped: [] })
    expect((await details(catalog, 'd', 's', 'a;b'))?.columns).toEqual([
      { name: 'first', ordinal: 0, type: 'int', nullable: true },
      { name: 'second', ordinal: 1, type: 'int', nullable: false, comment: 'says "so";\r\nin two lines' },
    ])
  })

  test('takes CSV with tabs, UTF-16, gzip, NDJSON and a JSON array alike', async () => {
    const rows = [1, 2].map((place) => ({
      table_catalog: 'd',
      table_schema: 's',
      table_name: 'zwölf [{"',
      column_name: `c${place}`,
      ordinal_position: place,
    }))
    const csv = `table_catalog,table_schema,table_name,column_name,ordinal_position\n${rows
      .map((row) =>
        Object.values(row)
          .map((value) => `"${String(value).replaceAll('"', '""')}"`)
          .join(','),
      )
      .join('\n')}`
    const tabs = `table_catalog\ttable_schema\ttable_name\tcolumn_name\tordinal_position\n${rows
      .map((row) =>
        Object.values(row)
          .map((value) => String(value))
          .join('\t'),
      )
      .join('\n')}\n`
    const forms: readonly (string | Uint8Array)[] = [
      csv,
      tabs,
      Buffer.from(`\uFEFF${csv}`, 'utf16le'),
      gzipSync(csv),
      rows.map((row) => JSON.stringify(row)).join('\n'),
      JSON.stringify(rows),
      JSON.stringify(rows, null, 2),
    ]
    for (const form of forms) {
      const catalog = await open()
      expect(await take(catalog, three, form)).toMatchObject({ rows: 2, tables: 1, skipped: [] })
      expect(await columnNames(catalog, 'd', 's', 'zwölf [{"')).toEqual(['c1', 'c2'])
    }
  })

  test('leaves out what it cannot take, with line and reason, and takes the rest', async () => {
    const catalog = await open()
    const json =
      '{"table_catalog":"d","table_schema":"s","table_name":"t","column_name":"a"}\nnot json\n{"table_catalog":"d","table_schema":"s","table_name":null,"column_name":"b"}\n\n["x"]\n{"table_schema":"s","table_name":"t","column_name":"c"}\n'
    const result = await take(catalog, three, json)
    expect(result).toMatchObject({ rows: 5, tables: 1, columns: 1, skippedRows: 4 })
    expect(result.skipped.map(({ line, reason }) => `${line} ${reason.split(':')[0]}`)).toEqual([
      '2 not JSON',
      '3 no table name',
      '5 not a JSON object',
      '6 no database name, and the connection has no default',
    ])
    const csv = 'table_catalog,table_schema,table_name,column_name\nd,s,t,"a\nb"\nd,s,t,c,,,\nd,s,t,d\n'
    expect((await take(catalog, three, csv)).skipped).toEqual([{ line: 4, reason: '7 values under 4 columns' }])
  })

  test('refuses what is no export, and says what it knows', async () => {
    const catalog = await open()
    await expect(take(catalog, three, '')).rejects.toMatchObject({ code: 'IMPORT_INVALID', message: 'the file is empty' })
    await expect(take(catalog, three, 'name,age\nx,1\n')).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      message: expect.stringContaining('information_schema.columns'),
    })
    await expect(take(catalog, three, 'table_schema,table_name,column_name\ns,t,c\n')).rejects.toMatchObject({
      message: expect.stringContaining('line 2: no database name'),
    })
    await expect(take(catalog, three, '[{"table_name":"t","column_name":"c"},{"table_')).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      message: expect.stringContaining('ends early'),
    })
    await expect(take(catalog, three, gzipSync('table_name,column_name\n'.repeat(1000)).subarray(0, 40))).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
    })
    expect(await countAssets(catalog.db, 'shop')).toMatchObject({ assets: 0 })
  })

  test('completes names with the defaults of the connection', async () => {
    const catalog = await open()
    await take(catalog, { ...three, defaults: { database: 'D', schema: 'S' } }, 'table_name,column_name\nt,c\n')
    expect((await details(catalog, 'd', 's', 't'))?.path).toEqual(['D', 'S', 't'])
    await take(catalog, two, 'table_catalog,table_schema,table_name,column_name\ndefault,sales,t,c\n')
    expect((await details(catalog, 'sales', 't'))?.path).toEqual(['sales', 't'])
  })

  test('keeps views as views, whatever order the exports come in', async () => {
    const views = 'table_catalog,table_schema,table_name,view_definition\nd,s,v,"select 1 as a"\n'
    const tables = 'table_catalog,table_schema,table_name,table_type\nd,s,v,VIEW\nd,s,t,BASE TABLE\n'
    const columns = 'table_catalog,table_schema,table_name,column_name\nd,s,v,a\nd,s,t,b\n'
    for (const files of [
      [views, columns],
      [columns, views, columns],
      [columns, tables, columns],
    ]) {
      const catalog = await open()
      for (const file of files) await take(catalog, three, file)
      expect((await details(catalog, 'd', 's', 'v'))?.kind).toBe('view')
      expect((await details(catalog, 'd', 's', 't'))?.kind ?? 'table').toBe('table')
      expect(await columnNames(catalog, 'd', 's', 'v')).toEqual(['a'])
    }
  })

  test('takes what Hive and Teradata say of types, partitions and places', async () => {
    const catalog = await open()
    const described =
      'col_name\tdata_type\tcomment\nid\tbigint\tthe key\nday\tdate\t\n\t\t\n# Partition Information\t\t\n# col_name\tdata_type\tcomment\nday\tdate\t\n\t\t\n# Detailed Table Information\t\t\nOwner:\tetl\t\nLocation:\thdfs://x/y\t\nTable Type:\tEXTERNAL_TABLE\t\n'
    expect(await take(catalog, { ...two, table: ['sales', 'orders'] }, described)).toMatchObject({
      form: 'DESCRIBE of a table',
      columns: 2,
      skipped: [],
    })
    expect(await columnNames(catalog, 'sales', 'orders')).toEqual(['id bigint', 'day date partition key'])
    expect(await details(catalog, 'sales', 'orders')).toMatchObject({ owner: 'etl', location: 'hdfs://x/y', kind: 'table' })
    await expect(take(catalog, two, described)).rejects.toMatchObject({ message: expect.stringContaining('name it when importing') })
    const metastore =
      '{"db_name":"sales","tbl_name":"v","tbl_type":"VIRTUAL_VIEW","view_expanded_text":"select 1","column_name":"b","type_name":"array<int>","integer_idx":1}\n{"db_name":"sales","tbl_name":"v","tbl_type":"VIRTUAL_VIEW","column_name":"a","type_name":"string","integer_idx":0}'
    await take(catalog, two, metastore)
    expect(await details(catalog, 'sales', 'v')).toMatchObject({ kind: 'view', viewSql: 'select 1' })
    expect(await columnNames(catalog, 'sales', 'v')).toEqual(['a string', 'b array<int>'])
    const teradata = 'DatabaseName,TableName,ColumnName,ColumnId,ColumnType,Nullable\nSales   ,T   ,b,1026,CV,Y \nSales,T,a,1025,I8,N\n'
    await take(catalog, two, teradata)
    expect(await columnNames(catalog, 'sales', 't')).toEqual(['a BIGINT', 'b VARCHAR'])
  })

  test('gives way to a crawl and goes before what DDL says', async () => {
    const catalog = await open()
    const tell = async (rank: 'crawled' | 'ddl', name: string) =>
      await transaction(catalog, (tx) =>
        upsertAssets(
          catalog,
          tx,
          { connection: 'shop', levels: ['database', 'schema'], rank, origin: rank, position: 'z' },
          [{ kind: 'table', path: ['d', 's', 't'], columns: [{ name }] }],
          { now: NOW, revision: lazyRevision(tx) },
        ),
      )
    await tell('ddl', 'of_ddl')
    await take(catalog, three, 'table_catalog,table_schema,table_name,column_name\nd,s,t,imported\n')
    expect(await columnNames(catalog, 'd', 's', 't')).toEqual(['imported'])
    await tell('crawled', 'crawled')
    await take(catalog, three, 'table_catalog,table_schema,table_name,column_name\nd,s,t,again\n')
    expect(await columnNames(catalog, 'd', 's', 't')).toEqual(['crawled'])
  })

  test('tells how many processes it makes stale', async () => {
    const catalog = await open()
    await take(catalog, three, 'table_catalog,table_schema,table_name,column_name\nd,s,t,a\nd,s,u,a\n')
    const [t, u] = [await details(catalog, 'd', 's', 't'), await details(catalog, 'd', 's', 'u')]
    const need = (process: string, asset: typeof t) => ({ process, asset: asset?.id ?? '', schema_hash: asset?.schemaHash ?? null })
    await catalog.db
      .insertInto('process_needs')
      .values([need('p1', t), need('p2', t), need('p2', u), need('p3', u)])
      .execute()
    expect(await take(catalog, three, 'table_catalog,table_schema,table_name,column_name\nd,s,t,a\nd,s,t,b\n')).toMatchObject({ stale: 2 })
  })

  test('is written piece by piece when it is large, also where the rows of a table lie apart', async () => {
    const catalog = await open()
    const header = 'table_catalog,table_schema,table_name,column_name,ordinal_position\n'
    async function* rows(): AsyncGenerator<string> {
      yield header
      for (let place = 3; place >= 1; place--) {
        let text = ''
        for (let table = 0; table < 1_000; table++) text += `d,s,t${table},c${place},${place}\n`
        yield text
      }
    }
    const result = await importSchemas(catalog, 'shop', three, rows(), { now: NOW, columnsHeld: 700 })
    expect(result).toMatchObject({ rows: 3_000, tables: 1_000, columns: 3_000, skippedRows: 0 })
    expect(await columnNames(catalog, 'd', 's', 't999')).toEqual(['c1', 'c2', 'c3'])
    expect(await columnNames(catalog, 'd', 's', 't0')).toEqual(['c1', 'c2', 'c3'])
    expect(await countAssets(catalog.db, 'shop')).toEqual({ assets: 1_000, columns: 3_000, seenOnly: 0 })
  })
})
