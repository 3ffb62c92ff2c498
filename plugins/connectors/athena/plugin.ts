import { defineConnector, definePlugin, PLUGIN_API_VERSION } from '../../../contracts/plugin.ts'
import { check } from './check.ts'
import { type AthenaConfig, athenaConfig, catalogNameOf, historySettings } from './config.ts'
import { exists, metadata } from './metadata.ts'
import { queries } from './queries.ts'

const athena = defineConnector<AthenaConfig>({
  name: 'athena',
  title: 'Amazon Athena',
  names: { levels: ['database', 'schema'], dialect: 'athena', keepsDatabaseCase: true },
  config: athenaConfig,
  defaults: (config) => ({ database: catalogNameOf(config), schema: config.database ?? 'default' }),
  namespace: (config) => `awsathena://athena.${config.region}.amazonaws.com`,
  check,
  metadata,
  exists,
  queries,
  historySettings,
})

export const plugin = definePlugin({ name: 'athena', apiVersion: PLUGIN_API_VERSION, connectors: [athena] })
