import { defineDialect } from './define.ts'
import type { Dialect } from './dialect.ts'
import { sqlserver } from './sqlserver.ts'

/** Azure Synapse Analytics, dedicated and serverless pools: T-SQL with distributed tables and files. https://learn.microsoft.com/azure/synapse-analytics/sql/overview-features */
export const synapse: Dialect = defineDialect({
  ...sqlserver,
  name: 'synapse',
  aliases: ['sqldw', 'azuresynapse'],
  sources: ['https://learn.microsoft.com/azure/synapse-analytics/sql/overview-features'],
})
