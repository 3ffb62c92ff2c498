import { defineConnector, definePlugin, PLUGIN_API_VERSION } from '../../../contracts/plugin.ts'
import { bigquery, hive, redshift, snowflake, sqlServer, synapse, teradata } from './warehouses.ts'

export const plugin = definePlugin({
  name: 'warehouses',
  apiVersion: PLUGIN_API_VERSION,
  connectors: [
    defineConnector(redshift),
    defineConnector(bigquery),
    defineConnector(hive),
    defineConnector(synapse),
    defineConnector(sqlServer),
    defineConnector(snowflake),
    defineConnector(teradata),
  ],
})
