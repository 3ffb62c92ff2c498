import { definePlugin, defineQueryLog, PLUGIN_API_VERSION } from '../../../contracts/plugin.ts'
import { s3QueryLog } from './query-log.ts'

export const plugin = definePlugin({
  name: 's3-query-log',
  apiVersion: PLUGIN_API_VERSION,
  queryLogs: [defineQueryLog(s3QueryLog())],
})
