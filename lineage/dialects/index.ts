import { ansi } from './ansi.ts'
import { athena } from './athena.ts'
import { bigquery } from './bigquery.ts'
import { clickhouse } from './clickhouse.ts'
import { databricks } from './databricks.ts'
import type { Dialect } from './dialect.ts'
import { duckdb } from './duckdb.ts'
import { hive } from './hive.ts'
import { mysql } from './mysql.ts'
import { oracle } from './oracle.ts'
import { postgres } from './postgres.ts'
import { presto } from './presto.ts'
import { redshift } from './redshift.ts'
import { snowflake } from './snowflake.ts'
import { spark } from './spark.ts'
import { sqlite } from './sqlite.ts'
import { sqlserver } from './sqlserver.ts'
import { synapse } from './synapse.ts'
import { teradata } from './teradata.ts'
import { trino } from './trino.ts'

/** All dialects. A new one is its file and its line here. */
export const DIALECTS: readonly Dialect[] = [
  ansi,
  athena,
  bigquery,
  clickhouse,
  databricks,
  duckdb,
  hive,
  mysql,
  oracle,
  postgres,
  presto,
  redshift,
  snowflake,
  spark,
  sqlite,
  sqlserver,
  synapse,
  teradata,
  trino,
]

const byName: ReadonlyMap<string, Dialect> = new Map(
  DIALECTS.flatMap((dialect) => [dialect.name, ...dialect.aliases].map((name): [string, Dialect] => [name, dialect])),
)

/**
 * How a dialect tells table names apart: `any` whatever their case; else exactly, where `upper` and `lower` are what unquoted names
 * become and `exact` keeps them.
 */
export function nameCase(dialect: string): 'any' | 'upper' | 'lower' | 'exact' {
  const { unquoted, quoted } = (findDialect(dialect) ?? ansi).resolution.tables
  return quoted === 'exact' ? unquoted : 'any'
}

/** The dialect of a name or alias, whatever its case; null for a name not known: read it as `ansi` and say `SQL_DIALECT_UNKNOWN`. */
export function findDialect(name: string): Dialect | null {
  return byName.get(name.toLowerCase().replace(/[\s_-]/g, '')) ?? null
}
