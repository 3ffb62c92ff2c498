import type { Asset, AssetColumn } from '../../../contracts/assets.ts'
import type { Table, TableMetadata } from './api.ts'
import { prestoView } from './views.ts'

/** From what Glue (or Athena) says of a table to an asset. Nothing is asked of AWS here. */

type GlueColumn = NonNullable<NonNullable<Table['StorageDescriptor']>['Columns']>[number]

/** `database` is the one that was listed: a link to another database lists the tables of that, which say so. */
export function glueAsset(catalog: string, database: string, table: Table): Asset | null {
  if (table.Name === undefined) return null
  const view = isView(table)
  const parameters = table.Parameters ?? {}
  const definition = view ? prestoView(athenaText(table), catalog) : null
  const storage = table.StorageDescriptor
  return {
    kind: view ? 'view' : 'table',
    path: [catalog, database, table.Name],
    ...columnsOf(storage?.Columns ?? [], table.PartitionKeys ?? []),
    properties: {
      ...parameters,
      tableType: tableType(table),
      ...some('format', view ? undefined : formatOf(table)),
      ...some('partitions', partitionsOf(table)),
      ...some('viewCatalog', definition?.catalog),
      ...some('viewSchema', definition?.schema),
      ...some('linkTo', linkedTable(table)),
    },
    ...some('comment', table.Description ?? commentIn(parameters)),
    ...some('owner', table.Owner),
    ...some('viewSql', view ? (definition?.sql ?? hiveViewSql(table)) : undefined),
    ...some('location', view ? undefined : storage?.Location),
    ...some('createdAt', table.CreateTime?.toISOString()),
    ...some('updatedAt', table.UpdateTime?.toISOString()),
  }
}

/** The poorer answer of ListTableMetadata, where Glue is denied. */
export function athenaAsset(catalog: string, database: string, table: TableMetadata): Asset | null {
  if (table.Name === undefined) return null
  const parameters = table.Parameters ?? {}
  const view = table.TableType === 'VIRTUAL_VIEW'
  return {
    kind: view ? 'view' : 'table',
    path: [catalog, database, table.Name],
    ...columnsOf(table.Columns ?? [], table.PartitionKeys ?? []),
    properties: {
      ...parameters,
      tableType: view ? 'VIEW' : tableTypeOf(table.TableType, parameters),
      ...some('format', view ? undefined : formatIn(parameters, `${parameters['serde.serialization.lib']} ${parameters.inputformat}`)),
    },
    ...some('comment', commentIn(parameters)),
    ...some('location', view ? undefined : parameters.location),
    ...some('createdAt', table.CreateTime?.toISOString()),
  }
}

/** Athena gives every view of its own this one. */
function commentIn({ comment }: Readonly<Record<string, string>>): string | undefined {
  return comment === 'Presto View' ? undefined : comment
}

/** The table that a link of Lake Formation stands for. */
function linkedTable({ TargetTable: target }: Table): string | undefined {
  if (target?.Name === undefined) return undefined
  return [target.CatalogId, target.DatabaseName, target.Name].filter((part) => part !== undefined && part !== '').join('.')
}

export function isView(table: Table): boolean {
  return table.TableType === 'VIRTUAL_VIEW'
}

/** ICEBERG and VIEW say more than Glue's own type, which is EXTERNAL_TABLE for nearly everything. */
function tableType(table: Table): string {
  if (table.TargetTable !== undefined) return 'RESOURCE_LINK'
  return isView(table) ? 'VIEW' : tableTypeOf(table.TableType, table.Parameters ?? {})
}

function tableTypeOf(type: string | undefined, parameters: Readonly<Record<string, string>>): string {
  if (parameters.table_type?.toUpperCase() === 'ICEBERG') return 'ICEBERG'
  return type ?? 'EXTERNAL_TABLE'
}

/**
 * Data columns, then partition keys, in the order of SELECT *. A data column that is a partition key too (whatever the case) is once
 * there, as the key; Iceberg tables keep past columns, marked as not current, which are left out. A table of which no column is told has
 * some all the same: they are not known, rather than none.
 */
function columnsOf(data: readonly GlueColumn[], keys: readonly GlueColumn[]): Pick<Asset, 'columns'> {
  const found = new Map<string, AssetColumn>()
  for (const column of data) add(found, column, false)
  for (const key of keys) {
    found.delete(key.Name?.toLowerCase() ?? '')
    add(found, key, true)
  }
  return found.size === 0 ? {} : { columns: [...found.values()].map((column, ordinal) => ({ ...column, ordinal })) }
}

function add(found: Map<string, AssetColumn>, column: GlueColumn, partitionKey: boolean): void {
  if (column.Name === undefined || column.Parameters?.['iceberg.field.current'] === 'false') return
  const key = column.Name.toLowerCase()
  if (found.has(key)) return
  found.set(key, {
    name: column.Name,
    ...some('type', column.Type),
    ...some('comment', column.Comment),
    ...(column.Parameters?.['iceberg.field.optional'] === 'false' ? { nullable: false } : {}),
    ...(partitionKey ? { partitionKey: true } : {}),
  })
}

/** How a table is partitioned, in words: `year, day (projection: date)`. */
function partitionsOf(table: Table): string | undefined {
  const parameters = table.Parameters ?? {}
  const projected = parameters['projection.enabled']?.toLowerCase() === 'true'
  const keys = (table.PartitionKeys ?? []).map((key) => {
    const projection = projected ? parameters[`projection.${key.Name}.type`] : undefined
    return projection === undefined ? key.Name : `${key.Name} (projection: ${projection})`
  })
  return keys.length === 0 ? undefined : keys.join(', ')
}

const FORMATS = ['parquet', 'orc', 'avro', 'json', 'csv', 'ion', 'cloudtrail', 'regex', 'grok', 'text'] as const

function formatOf(table: Table): string | undefined {
  const storage = table.StorageDescriptor
  return formatIn(table.Parameters ?? {}, `${storage?.SerdeInfo?.SerializationLibrary} ${storage?.InputFormat}`)
}

/** `classes` are those that read and write the files. */
function formatIn(parameters: Readonly<Record<string, string>>, classes: string): string | undefined {
  if (parameters.table_type?.toUpperCase() === 'ICEBERG') return 'iceberg'
  if (parameters.classification !== undefined) return parameters.classification.toLowerCase()
  const said = classes.toLowerCase()
  return FORMATS.find((format) => said.includes(format))
}

/** A view that several engines read has a text for each. */
function athenaText(table: Table): string | undefined {
  const own = table.ViewDefinition?.Representations?.find(({ Dialect }) => Dialect === 'ATHENA')
  return own?.ViewOriginalText ?? table.ViewOriginalText
}

/** Views of Hive keep their text as it is; Athena's are read by `prestoView`. */
function hiveViewSql(table: Table): string | undefined {
  const text = table.ViewExpandedText ?? table.ViewOriginalText
  if (text === undefined || text.startsWith('/* Presto View')) return undefined
  return text.trim() === '' ? undefined : text
}

function some<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [K in Key]?: Value }) // a computed key has no literal type
}
