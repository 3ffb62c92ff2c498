// As lineage.mjs.
import { existsSync } from 'node:fs'

const fromSource = existsSync(new URL('../client/sdk/index.ts', import.meta.url))
export const { connect, LodelineError, openPipelines } = await (fromSource
  ? import('../client/sdk/index.ts')
  : import('../dist/client/sdk/index.js'))
