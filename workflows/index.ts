import { workflowInfo } from '@temporalio/workflow'
import type { RunSummary } from '../contracts/activities.ts'
import { PIPELINE_TYPES } from '../contracts/pipeline-types.ts'
import { plainFailure } from './failures.ts'
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

/** Temporal gives a type that nobody exports to the default export: a plain error instead of a run that hangs. */
async function unknownType(): Promise<RunSummary> {
  const types = PIPELINE_TYPES.join(', ')
  throw plainFailure('NAME_UNKNOWN', `There is no workflow type ${workflowInfo().workflowType}; there are ${types}`)
}
// biome-ignore lint/style/noDefaultExport: the SDK looks for this very name
export default unknownType
