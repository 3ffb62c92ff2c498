import type { Asset, AssetColumn } from '../../contracts/assets.ts'
import { DESCRIBE, type Field, flagOf, kindOf, teradataType } from './fields.ts'
import type { ExportRow } from './rows.ts'

/** A table as one or more rows tell it. */
export interface ToldTable {
  readonly path: readonly string[]
  /** Null where the rows don't say. */
  kind: 'table' | 'view' | null
  comment?: string
  owner?: string
  viewSql?: string
  location?: string
  readonly columns: AssetColumn[]
}

export interface ImportNames {
  /** Kinds of the levels above a table: `['database', 'schema']`, or `['database']` for Hive and Teradata. */
  readonly levels: readonly ('database' | 'schema')[]
  /** Where a row does not tell. */
  readonly defaults?: { readonly database?: string; readonly schema?: string }
  /** The table that a DESCRIBE is of. */
  readonly table?: readonly string[]
}

export interface RowReader {
  /** Null when the row was taken, else why not. `tell` gives the table to add to. */
  take(row: ExportRow, tell: (path: readonly string[]) => ToldTable): string | null
}

export function rowReader(form: string, fields: ReadonlyMap<Field, string>, names: ImportNames): RowReader {
  const get = (row: ExportRow, field: Field) => row.values.get(fields.get(field) ?? '')?.trim() ?? ''
  if (form === DESCRIBE && !fields.has('table')) return describeReader(get, names)
  return {
    take(row, tell) {
      const path = pathOf(row, get, names)
      if (typeof path === 'string') return path
      const column = get(row, 'column')
      if (fields.has('column') && column === '') return 'no column name'
      const table = tell(path)
      tellTable(table, row, get)
      if (column !== '') table.columns.push(columnOf(column, row, get, fields.get('column') === 'pkey_name'))
      return null
    },
  }
}

type Get = (row: ExportRow, field: Field) => string

function pathOf(row: ExportRow, get: Get, { levels, defaults, table: told }: ImportNames): readonly string[] | string {
  const table = get(row, 'table')
  if (table === '') return told ?? 'no table name'
  const database = get(row, 'database') || (defaults?.database ?? '')
  const schema = get(row, 'schema') || (defaults?.schema ?? '')
  if (levels.length === 1) {
    // Two levels: what stands above a table is the schema of information_schema, whose catalog is of no meaning there.
    const only = get(row, 'schema') || get(row, 'database') || (defaults?.schema ?? defaults?.database ?? '')
    return only === '' ? 'no database name, and the connection has no default' : [only, table]
  }
  if (database === '') return 'no database name, and the connection has no default'
  return schema === '' ? 'no schema name, and the connection has no default' : [database, schema, table]
}

function tellTable(table: ToldTable, row: ExportRow, get: Get): void {
  table.kind ??= kindOf(get(row, 'tableType'))
  const viewSql = get(row, 'viewSql')
  if (viewSql !== '') {
    table.viewSql ??= viewSql
    table.kind ??= 'view'
  }
  const texts = { comment: get(row, 'tableComment'), owner: get(row, 'owner'), location: get(row, 'location') }
  if (texts.comment !== '') table.comment ??= texts.comment
  if (texts.owner !== '') table.owner ??= texts.owner
  if (texts.location !== '') table.location ??= texts.location
}

function columnOf(name: string, row: ExportRow, get: Get, isPartitionKey: boolean): AssetColumn {
  const type = get(row, 'type') || teradataType(get(row, 'teradataType'))
  const ordinal = Number.parseInt(get(row, 'ordinal'), 10)
  const nullable = flagOf(get(row, 'nullable'))
  const comment = get(row, 'comment')
  // Hive numbers partition keys apart; they come after the columns.
  const place = Number.isNaN(ordinal) ? undefined : isPartitionKey ? ordinal + PARTITION_KEYS_FROM : ordinal
  return {
    name,
    ...(type === '' ? {} : { type }),
    ...(place === undefined || place < 0 ? {} : { ordinal: place }),
    ...(nullable === undefined ? {} : { nullable }),
    ...(comment === '' ? {} : { comment }),
    ...(isPartitionKey || flagOf(get(row, 'partition')) === true ? { partitionKey: true } : {}),
  }
}

const PARTITION_KEYS_FROM = 1_000_000

/** Rows of DESCRIBE, also FORMATTED or EXTENDED: columns, then sections that begin with `#`. */
function describeReader(get: Get, { table: path }: ImportNames): RowReader {
  let section: 'columns' | 'partitions' | 'details' = 'columns'
  return {
    take(row, tell) {
      if (path === undefined) return 'DESCRIBE does not name its table: name it when importing'
      const table = tell(path)
      const name = get(row, 'column')
      if (name.startsWith('#')) {
        if (/partition/i.test(name)) section = 'partitions'
        else if (!/col_name/i.test(name)) section = 'details'
        return null
      }
      if (name === '') return null
      if (section === 'details') tellDetail(table, name.replace(/:$/, ''), get(row, 'type'))
      else tellDescribed(table, columnOf(name, row, get, section === 'partitions'))
      return null
    },
  }
}

/** A partition key is listed among the columns too (Spark, newer Hive) or apart (older Hive). */
function tellDescribed(table: ToldTable, column: AssetColumn): void {
  const at = table.columns.findIndex(({ name }) => name === column.name)
  if (at === -1) table.columns.push(column)
  else table.columns[at] = { ...table.columns[at], ...column }
}

function tellDetail(table: ToldTable, name: string, value: string): void {
  if (value === '') return
  if (/^(table )?type$/i.test(name)) table.kind ??= kindOf(value)
  else if (/^owner$/i.test(name)) table.owner ??= value
  else if (/^location$/i.test(name)) table.location ??= value
  else if (/^view (original )?text$/i.test(name)) table.viewSql ??= value
}

/** The asset that is written; where the rows don't say what it is, it stays what it was. */
export function assetOf(table: ToldTable, known: Asset['kind'] | undefined): Asset {
  const { path, kind, columns, comment, owner, viewSql, location } = table
  const was = known === 'table' || known === 'view' ? known : 'table'
  return {
    kind: kind ?? was,
    path: [...path],
    ...(columns.length === 0 ? {} : { columns }),
    ...(comment === undefined ? {} : { comment }),
    ...(owner === undefined ? {} : { owner }),
    ...(viewSql === undefined ? {} : { viewSql }),
    ...(location === undefined ? {} : { location }),
  }
}
