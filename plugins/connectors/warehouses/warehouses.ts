import type { Connector, Source } from '../../../contracts/plugin.ts'
import { check } from './check.ts'
import { bigqueryConfig, hiveConfig, redshiftConfig, snowflakeConfig, sqlServerConfig, synapseConfig, teradataConfig } from './config.ts'

/**
 * What makes a source of query logs known: its dialect, the levels of its names, and how OpenLineage calls it
 * (https://openlineage.io/docs/spec/naming). None is crawled yet; their assets are imported, or come from the log.
 */

const THREE_LEVELS = ['database', 'schema'] as const
const TWO_LEVELS = ['database'] as const

interface WithDefaults {
  readonly defaultDatabase?: string | undefined
  readonly defaultSchema?: string | undefined
}

function defaults({ defaultDatabase, defaultSchema }: WithDefaults): { readonly database?: string; readonly schema?: string } {
  return {
    ...(defaultDatabase === undefined ? {} : { database: defaultDatabase }),
    ...(defaultSchema === undefined ? {} : { schema: defaultSchema }),
  }
}

/** The lineage engine completes the names of two-level dialects by `schema` alone. */
function innerDefault({ defaultDatabase, defaultSchema }: WithDefaults): { readonly schema?: string } {
  const database = defaultSchema ?? defaultDatabase
  return database === undefined ? {} : { schema: database }
}

function connector<Config>(declared: Omit<Connector<Config>, 'check'>): Connector<Config> {
  return { ...declared, check: (source: Source<Config>) => check(declared, source) }
}

export const snowflake = connector({
  name: 'snowflake',
  title: 'Snowflake',
  names: { levels: THREE_LEVELS, dialect: 'snowflake' },
  config: snowflakeConfig,
  defaults,
  namespace: ({ account }, connection) => `snowflake://${account ?? connection}`,
})

export const bigquery = connector({
  name: 'bigquery',
  title: 'Google BigQuery',
  names: { levels: THREE_LEVELS, dialect: 'bigquery' },
  config: bigqueryConfig,
  defaults: ({ project, defaultDatabase, defaultSchema }) => defaults({ defaultDatabase: defaultDatabase ?? project, defaultSchema }),
  namespace: () => 'bigquery',
})

const REDSHIFT_ENDPOINT = /^([a-z0-9-]+)\.[a-z0-9-]+\.([a-z0-9-]+)\.redshift(?:-serverless)?\.amazonaws\.com/

export const redshift = connector({
  name: 'redshift',
  title: 'Amazon Redshift',
  names: { levels: THREE_LEVELS, dialect: 'redshift' },
  config: redshiftConfig,
  defaults,
  namespace({ cluster, region, host, port }, connection) {
    const [, hostCluster, hostRegion] = REDSHIFT_ENDPOINT.exec(host ?? '') ?? []
    const place = [cluster ?? hostCluster ?? connection, region ?? hostRegion].filter((part) => part !== undefined)
    return `redshift://${place.join('.')}:${port}`
  },
})

export const hive = connector({
  name: 'hive',
  title: 'Apache Hive',
  names: { levels: TWO_LEVELS, dialect: 'hive' },
  config: hiveConfig,
  defaults: innerDefault,
  namespace: ({ host, port }, connection) => `hive://${host ?? connection}:${port}`,
})

export const teradata = connector({
  name: 'teradata',
  title: 'Teradata',
  names: { levels: TWO_LEVELS, dialect: 'teradata' },
  config: teradataConfig,
  defaults: innerDefault,
  namespace: ({ host, port }, connection) => `teradata://${host ?? connection}:${port}`,
})

export const sqlServer = connector({
  name: 'sqlserver',
  title: 'Microsoft SQL Server',
  names: { levels: THREE_LEVELS, dialect: 'sqlserver' },
  config: sqlServerConfig,
  defaults,
  namespace: ({ host, port }, connection) => `mssql://${host ?? connection}:${port}`,
})

/** OpenLineage names Synapse's tables from the schema on, and under `sqlserver://`, which SQL Server itself does not use. */
export const synapse = connector({
  name: 'synapse',
  title: 'Azure Synapse Analytics',
  names: { levels: THREE_LEVELS, dialect: 'synapse', omittedLevels: 1 },
  config: synapseConfig,
  defaults,
  namespace: ({ host, port }, connection) => `sqlserver://${host ?? connection}:${port}`,
})
