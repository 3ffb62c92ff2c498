import type { Body, World } from './aws-json.ts'

/** Tables, views and histories as Glue and Athena write them. */

export interface TableSpec {
  readonly columns?: readonly (readonly [name: string, type: string, comment?: string])[]
  readonly keys?: readonly (readonly [name: string, type: string])[]
  readonly parameters?: Readonly<Record<string, string>>
  readonly location?: string
  readonly comment?: string
  readonly serde?: string
}

export function glueTable(name: string, spec: TableSpec = {}): Body {
  const {
    columns = [['id', 'bigint']],
    keys = [],
    parameters = {},
    location = `s3://lake/${name}/`,
    comment,
    serde = 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
  } = spec
  return {
    Name: name,
    TableType: 'EXTERNAL_TABLE',
    Owner: 'hadoop',
    CreateTime: 1_735_689_600,
    UpdateTime: 1_735_776_000,
    Parameters: { EXTERNAL: 'TRUE', ...parameters },
    StorageDescriptor: {
      Columns: columns.map(([Name, Type, Comment]) => ({ Name, Type, ...(Comment === undefined ? {} : { Comment }) })),
      Location: location,
      SerdeInfo: { SerializationLibrary: serde },
    },
    PartitionKeys: keys.map(([Name, Type]) => ({ Name, Type })),
    ...(comment === undefined ? {} : { Description: comment }),
  }
}

export function icebergTable(
  name: string,
  columns: readonly (readonly [string, string])[],
  past: readonly (readonly [string, string])[] = [],
): Body {
  const table = glueTable(name, { columns, parameters: { table_type: 'ICEBERG', metadata_location: `s3://lake/${name}/metadata/1.json` } })
  const old = past.map(([Name, Type]) => ({ Name, Type, Parameters: { 'iceberg.field.current': 'false' } }))
  const storage = table.StorageDescriptor as Body // as made above
  return { ...table, StorageDescriptor: { ...storage, Columns: [...(storage.Columns as readonly Body[]), ...old] } } // likewise
}

export interface ViewSpec {
  readonly columns?: readonly (readonly [string, string])[]
  /** False: Glue has no text, SHOW CREATE VIEW has to be asked. */
  readonly text?: boolean
  readonly schema?: string
}

export function glueView(
  name: string,
  sql: string,
  { columns = [['id', 'bigint']], text = true, schema = 'default' }: ViewSpec = {},
): Body {
  const view = { originalSql: sql, catalog: 'awsdatacatalog', schema, columns: columns.map(([column, type]) => ({ name: column, type })) }
  return {
    ...glueTable(name, { columns }),
    TableType: 'VIRTUAL_VIEW',
    ViewOriginalText: text ? `/* Presto View: ${Buffer.from(JSON.stringify(view)).toString('base64')} */` : '',
    ViewExpandedText: '/* Presto View */',
    Parameters: { presto_view: 'true', comment: 'Presto View' },
    StorageDescriptor: { Columns: columns.map(([Name, Type]) => ({ Name, Type })), Location: '' },
  }
}

export interface Executed {
  readonly id?: string
  readonly database?: string
  readonly catalog?: string
  readonly state?: string
  readonly at?: string
  readonly bytes?: number
  readonly workGroup?: string
  readonly type?: string
}

let counter = 0

/** One entry of a query history. */
export function execution(
  sql: string,
  {
    id,
    database,
    catalog,
    state = 'SUCCEEDED',
    at = '2026-01-05T10:00:00Z',
    bytes = 20_000_000,
    workGroup = 'primary',
    type = 'DML',
  }: Executed = {},
): Body {
  const submitted = Date.parse(at) / 1000
  counter += 1
  return {
    QueryExecutionId: id ?? `q-${counter}`,
    Query: sql,
    StatementType: type,
    WorkGroup: workGroup,
    QueryExecutionContext: {
      ...(database === undefined ? {} : { Database: database }),
      ...(catalog === undefined ? {} : { Catalog: catalog }),
    },
    Status: { State: state, SubmissionDateTime: submitted, ...(state === 'RUNNING' ? {} : { CompletionDateTime: submitted + 2 }) },
    Statistics: { DataScannedInBytes: bytes, TotalExecutionTimeInMillis: 2000 },
  }
}

export function addDatabase(
  { catalogs }: World,
  name: string,
  tables: readonly Body[],
  more: { readonly Description?: string; readonly catalog?: string } = {},
): void {
  const { catalog = '', ...rest } = more
  const databases = catalogs.get(catalog) ?? new Map()
  catalogs.set(catalog, databases)
  databases.set(name, { ...rest, tables })
}
