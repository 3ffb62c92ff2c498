import { interpret } from './interpret.ts'

/** The workflow types. Each takes one JSON object, `{"pipeline": "NAME", …}`, and executes that pipeline's DAG. */
export {
  interpret as dataQuality,
  interpret as dbtIngestion,
  interpret as fileSync,
  interpret as lineageIngestion,
  interpret as metadataIngestion,
  interpret as pipeline,
  interpret as profiling,
  interpret as s3QueryMining,
  interpret as usageIngestion,
}

/**
 * Temporal gives a type that nobody exports to the default export. It is one that a plugin brings, or none: which the beginning of
 * the run tells, in a plain error instead of a run that hangs.
 */
// biome-ignore lint/style/noDefaultExport: the SDK looks for this very name
export default interpret
