/** Apart from the schemas, because workflow code names them and carries no zod. */
export const PIPELINE_TYPES = [
  'metadataIngestion',
  'usageIngestion',
  'lineageIngestion',
  's3QueryMining',
  'profiling',
  'dataQuality',
  'dbtIngestion',
  'fileSync',
  'pipeline',
] as const
export type PipelineType = (typeof PIPELINE_TYPES)[number]
