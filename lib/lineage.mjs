// The sources where there are any (a clone runs from them), else what `npm pack` built of them: Node strips no types below `node_modules`.
import { existsSync } from 'node:fs'

const fromSource = existsSync(new URL('../lineage/index.ts', import.meta.url))
export const {
  afterEffects,
  analyze,
  createBuffers,
  createSchemas,
  define,
  defaultsIn,
  dialectNames,
  fingerprint,
  foldScript,
  foldTemps,
  NEW_SESSION,
  namedTables,
  normalise,
  qualifiedPaths,
  readStatements,
  recordLookup,
  resolveStatement,
  schemasOf,
  sessionEffects,
  tableKey,
  tempDependencies,
  touchesTemps,
  variableKey,
} = await (fromSource ? import('../lineage/index.ts') : import('../dist/lineage/index.js'))
