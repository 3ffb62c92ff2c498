export type {
  ColumnInput,
  ColumnLineage,
  Defaults,
  Diagnostic,
  IndirectInput,
  SessionState,
  SessionTable,
  Span,
  StatementEffect,
  StatementLineage,
  TableName,
  TextLineage,
} from '../contracts/lineage.ts'
export {
  type AnalyzeOptions,
  analyze,
  type Buffers,
  createBuffers,
  type ReadStatement,
  type ResolveOptions,
  readStatements,
  resolveStatement,
  schemasOf,
} from './analyze.ts'
export {
  type NamedTables,
  namedTables,
  qualifiedPaths,
  sessionEffects,
  tempDependencies,
  touchesTemps,
} from './dependencies.ts'
export type { FingerprintOptions } from './fingerprint.ts'
export { define, foldScript, foldTemps, type TempDefinition, type TempDefinitions } from './fold.ts'
export { createSchemas, recordLookup, type SchemaLookup, type Schemas } from './resolver/schemas.ts'
export { afterEffects, defaultsIn, NEW_SESSION, tableKey, variableKey } from './session.ts'
export { dialectNames, fingerprint, normalise } from './text-keys.ts'
