import type { Ident } from './tree.ts'

/** Functions that send a text to another database, or read files by their own words instead of arguments. */
const REMOTE: ReadonlySet<string> = new Set([
  'OPENQUERY',
  'OPENROWSET',
  'EXTERNAL_QUERY',
  'REMOTE_QUERY',
  'DBLINK',
  'POSTGRES_QUERY',
  'MYSQL_QUERY',
])

/** Whether the function runs the queries in its literals: elsewhere, or here as `crosstab('SELECT …', 'SELECT …')` of Postgres does. */
export function runsQueries(name: readonly Ident[]): boolean {
  return isRemote(name) || isCrosstab(name)
}

export function isCrosstab(name: readonly Ident[]): boolean {
  return /^crosstab\d?$/i.test(name[name.length - 1]?.text ?? '')
}

/**
 * Whether the function runs its text elsewhere: SQL Server's OPENQUERY and OPENROWSET, BigQuery's EXTERNAL_QUERY, Databricks' remote_query,
 * dblink of Postgres, `catalog.system.query(query => '…')` of Trino and Athena, query('…') of DuckDB. The tables in it go by the names they have there.
 */
export function isRemote(name: readonly Ident[]): boolean {
  const last = name[name.length - 1]?.text.toUpperCase() ?? ''
  return REMOTE.has(last) || (last === 'QUERY' && (name.length === 1 || name[name.length - 2]?.text.toUpperCase() === 'SYSTEM'))
}
