import type { CallExpr, Expr, Ident, Name } from './tree.ts'

/** What the arguments of a table function name. */
export interface NamedByCall {
  readonly names: readonly Name[]
  /** The names are those of another server: what completes ours does not complete them. */
  readonly outside: boolean
}

const NOTHING: NamedByCall = { names: [], outside: false }

/** Functions that read files, with the place of the argument that is a path, or a list of them. */
const FILES: ReadonlyMap<string, number> = new Map([
  // Databricks, DuckDB: https://duckdb.org/docs/stable/data/overview
  ...at(0, 'READ_FILES CLOUD_FILES READ_PARQUET PARQUET_SCAN READ_CSV READ_CSV_AUTO READ_JSON READ_JSON_AUTO READ_JSON_OBJECTS'),
  ...at(0, 'READ_NDJSON READ_NDJSON_AUTO READ_NDJSON_OBJECTS READ_TEXT READ_BLOB READ_AVRO READ_XLSX ST_READ DELTA_SCAN ICEBERG_SCAN GLOB'),
  // ClickHouse: https://clickhouse.com/docs/sql-reference/table-functions
  ...at(0, 'S3 GCS OSS COSN FILE URL HDFS ICEBERG ICEBERGS3 ICEBERGLOCAL ICEBERGHDFS DELTALAKE DELTALAKES3 DELTALAKELOCAL HUDI PAIMON'),
  ...at(1, 'S3CLUSTER URLCLUSTER FILECLUSTER HDFSCLUSTER ICEBERGCLUSTER ICEBERGS3CLUSTER DELTALAKECLUSTER HUDICLUSTER'),
  ...at(2, 'AZUREBLOBSTORAGE'),
])

/** Functions whose first argument names a table, or a list of them, as a name or in a string. */
const TABLES: ReadonlySet<string> = new Set([
  'STREAM',
  'TABLE_CHANGES',
  'APPENDS',
  'CHANGES',
  'VECTOR_SEARCH',
  'GAP_FILL',
  'DICTIONARY',
  'QUERY_TABLE',
])

/** Functions that name a database and a table in two arguments, the first of which stands at this place; or both in one (`db.t`). */
const PAIRS: ReadonlyMap<string, number> = new Map([
  ...at(1, 'REMOTE REMOTESECURE CLUSTER CLUSTERALLREPLICAS MYSQL POSTGRESQL SQLITE POSTGRES_SCAN POSTGRES_SCAN_PUSHDOWN SQLITE_SCAN'),
  ...at(0, 'MERGETREEINDEX MERGETREEPROJECTION'),
])
// biome-ignore format: a table
const OUTSIDE: ReadonlySet<string> = new Set(['REMOTE', 'REMOTESECURE', 'MYSQL', 'POSTGRESQL', 'SQLITE', 'POSTGRES_SCAN', 'POSTGRES_SCAN_PUSHDOWN', 'SQLITE_SCAN'])

function at(place: number, names: string): readonly (readonly [string, number])[] {
  return names.split(' ').map((name) => [name, place] as const)
}

/** The tables and files that a table function is told of by name. */
export function namesOfCall({ upper, args }: Pick<CallExpr, 'upper' | 'args'>): NamedByCall {
  const file = FILES.get(upper)
  if (file !== undefined) return { names: listed(args[file]).flatMap(pathOf), outside: false }
  if (TABLES.has(upper)) return { names: listed(args[0]).flatMap((each) => nameOf([each])), outside: false }
  const pair = PAIRS.get(upper)
  return pair === undefined ? NOTHING : { names: nameOf(args.slice(pair, pair + 2)), outside: OUTSIDE.has(upper) }
}

function listed(arg: Expr | undefined): readonly Expr[] {
  const given = arg?.kind === 'named' ? arg.value : arg
  return given?.kind === 'construct' ? given.items : given ? [given] : []
}

function pathOf(expr: Expr): readonly Name[] {
  if (expr.kind !== 'literal' || expr.type !== 'string' || expr.text === '') return []
  const { from, to, text } = expr
  return [{ form: 'path', parts: [{ text, quoted: false, from, to }], from, to }]
}

/** One name of what the arguments give: `db.t`, 'db.t', or 'db' and 't'. */
function nameOf(args: readonly Expr[]): readonly Name[] {
  const parts: Ident[] = []
  for (const arg of args) {
    if (parts.length < 2) parts.push(...partsOf(arg))
  }
  const [first] = parts
  const last = parts[parts.length - 1]
  return first && last ? [{ form: 'plain', parts, from: first.from, to: last.to }] : []
}

function partsOf(arg: Expr): readonly Ident[] {
  if (arg.kind === 'column') return arg.parts
  if (arg.kind !== 'literal' || arg.type !== 'string' || arg.text === '') return []
  const { from, to } = arg
  return arg.text.split('.').map((text) => ({ text, quoted: false, from, to }))
}
