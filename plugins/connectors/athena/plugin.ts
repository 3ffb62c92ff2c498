import { defineConnector, definePlugin, PLUGIN_API_VERSION } from '../../../contracts/plugin.ts'
import { check } from './check.ts'
import { type AthenaConfig, athenaConfig, catalogNameOf } from './config.ts'
import { metadata } from './metadata.ts'
import { queries } from './queries.ts'

const athena = defineConnector<AthenaConfig>({
  name: 'athena',
  title: 'Amazon Athena',
  names: { levels: ['catalog', 'database'], dialect: 'athena' },
  config: athenaConfig,
  defaults: (config) => ({ database: catalogNameOf(config), schema: config.database ?? 'default' }),
  namespace: (config) => `awsathena://athena.${config.region}.amazonaws.com`,
  check,
  metadata,
  queries: (source, window, from) => queries(source, window, from),
})

export const plugin = definePlugin({ name: 'athena', apiVersion: PLUGIN_API_VERSION, connectors: [athena] })
