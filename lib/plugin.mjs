// As lineage.mjs.
import { existsSync } from 'node:fs'

const fromSource = existsSync(new URL('../contracts/plugin.ts', import.meta.url))
export const { defineConnector, definePlugin, defineQueryLog, defineSink, LodelineError, PLUGIN_API_VERSION, secret } = await (fromSource
  ? import('../contracts/plugin.ts')
  : import('../dist/contracts/plugin.js'))
