import { lineageIngestion } from './lineage-ingestion.ts'
import { metadataIngestion } from './metadata-ingestion.ts'
import type { PipelineDag } from './pipeline-dag.ts'
import { s3QueryMining } from './s3-query-mining.ts'
import { usageIngestion } from './usage-ingestion.ts'

/** DAG documents of the standard pipeline types, by type. A type that is not here comes from a plugin or is not built yet. */
export const STANDARD_PIPELINES: Readonly<Record<string, PipelineDag>> = {
  lineageIngestion,
  metadataIngestion,
  s3QueryMining,
  usageIngestion,
}
