/** What a row of a schema export can tell, whatever the export calls it. */
export const FIELDS = {
  database: ['table_catalog', 'database_name', 'databasename', 'catalog_name', 'table_database', 'project_id'],
  schema: ['table_schema', 'schema_name', 'schemaname', 'db_name', 'dataset_name', 'namespace'],
  table: ['table_name', 'tablename', 'tbl_name', 'view_name'],
  column: ['column_name', 'columnname', 'col_name', 'pkey_name'],
  ordinal: ['ordinal_position', 'columnid', 'integer_idx', 'column_index', 'column_id', 'attnum'],
  type: ['column_type', 'data_type', 'type_name', 'pkey_type', 'udt_name'],
  teradataType: ['columntype'],
  nullable: ['is_nullable', 'nullable'],
  comment: ['comment', 'remarks', 'commentstring', 'column_comment', 'col_comment', 'description', 'pkey_comment'],
  partition: ['is_partitioning_column', 'is_partition_key', 'partition_key', 'is_partition'],
  tableType: ['table_type', 'tbl_type', 'tablekind'],
  tableComment: ['table_comment', 'table_remarks'],
  owner: ['table_owner', 'tbl_owner', 'owner', 'owner_name'],
  viewSql: ['view_definition', 'view_original_text', 'view_expanded_text', 'requesttext'],
  location: ['location', 'table_location'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Field = keyof typeof FIELDS

/** Each column of a header that tells something, by its name in lower case; of two names for one field the one named first above. */
export function fieldsOf(header: readonly string[]): ReadonlyMap<Field, string> {
  const there = new Set(header.map(headerKey))
  const fields = new Map<Field, string>()
  for (const [field, names] of Object.entries(FIELDS) as [Field, readonly string[]][]) {
    // the keys of FIELDS
    const name = names.find((each) => there.has(each))
    if (name !== undefined) fields.set(field, name)
  }
  return fields
}

/** Exports of beeline name columns `t.column_name`. */
export function headerKey(name: string): string {
  const key = name.trim().toLowerCase()
  return key.slice(key.lastIndexOf('.') + 1)
}

interface Form {
  readonly name: string
  /** Columns that only this form has. */
  readonly has: readonly string[]
}

/** The first whose columns are all there. */
const FORMS: readonly Form[] = [
  { name: 'Teradata DBC.ColumnsV', has: ['databasename', 'tablename', 'columnname'] },
  { name: 'Teradata DBC.TablesV', has: ['databasename', 'tablename', 'tablekind'] },
  { name: 'BigQuery INFORMATION_SCHEMA.COLUMNS', has: ['table_catalog', 'table_name', 'column_name', 'is_partitioning_column'] },
  { name: 'Redshift SVV_ALL_COLUMNS', has: ['database_name', 'schema_name', 'table_name', 'column_name'] },
  { name: 'Hive metastore partition keys', has: ['tbl_name', 'pkey_name'] },
  { name: 'Hive metastore columns', has: ['tbl_name', 'column_name'] },
  { name: 'Hive metastore tables', has: ['tbl_name', 'tbl_type'] },
  { name: 'information_schema.columns', has: ['table_name', 'column_name'] },
  { name: 'information_schema.views', has: ['table_name', 'view_definition'] },
  { name: 'information_schema.tables', has: ['table_name', 'table_type'] },
  { name: 'DESCRIBE of a table', has: ['col_name', 'data_type'] },
]

/** What the header says the export is; null for something else. */
export function formOf(header: readonly string[]): string | null {
  const there = new Set(header.map(headerKey))
  return FORMS.find(({ has }) => has.every((name) => there.has(name)))?.name ?? null
}

export const DESCRIBE = 'DESCRIBE of a table'
export const KNOWN_FORMS: readonly string[] = FORMS.map(({ name }) => name)

/** `table` or `view`, or null where it isn't said or is neither. Words of information_schema, Hive's metastore and Teradata's TableKind. */
export function kindOf(tableType: string): 'table' | 'view' | null {
  const type = tableType.trim().toUpperCase()
  if (type === '') return null
  if (/VIEW/.test(type) || type === 'V') return 'view'
  if (/TABLE|CLONE|SNAPSHOT|EXTERNAL|STREAM/.test(type) || type === 'T' || type === 'O' || type === 'Q') return 'table'
  return null
}

export function flagOf(text: string): boolean | undefined {
  if (/^(y|yes|true|t|1)$/i.test(text)) return true
  return /^(n|no|false|f|0)$/i.test(text) ? false : undefined
}

/** Of "Data Type Codes" in Teradata's Data Dictionary (B035-1092); what is not here stays a code. */
const TERADATA_TYPES: Readonly<Record<string, string>> = {
  A1: 'ARRAY',
  AN: 'ARRAY',
  AT: 'TIME',
  BF: 'BYTE',
  BO: 'BLOB',
  BV: 'VARBYTE',
  CF: 'CHAR',
  CO: 'CLOB',
  CV: 'VARCHAR',
  D: 'DECIMAL',
  DA: 'DATE',
  F: 'FLOAT',
  I: 'INTEGER',
  I1: 'BYTEINT',
  I2: 'SMALLINT',
  I8: 'BIGINT',
  JN: 'JSON',
  N: 'NUMBER',
  PD: 'PERIOD(DATE)',
  PM: 'PERIOD(TIMESTAMP WITH TIME ZONE)',
  PS: 'PERIOD(TIMESTAMP)',
  PT: 'PERIOD(TIME)',
  PZ: 'PERIOD(TIME WITH TIME ZONE)',
  SZ: 'TIMESTAMP WITH TIME ZONE',
  TS: 'TIMESTAMP',
  TZ: 'TIME WITH TIME ZONE',
  UT: 'UDT',
  XM: 'XML',
}

export function teradataType(code: string): string {
  const trimmed = code.trim()
  return TERADATA_TYPES[trimmed.toUpperCase()] ?? trimmed
}
