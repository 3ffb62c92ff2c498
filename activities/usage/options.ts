import {
  type LineageIngestionOptions,
  lineageOptionsSchema,
  type UsageIngestionOptions,
  usageOptionsSchema,
} from '../../contracts/metadata-options.ts'
import { type MiningOptions, miningOptionsSchema, type Pipeline } from '../../contracts/pipeline.ts'
import { readOptions } from '../metadata/options.ts'

type Typed = Pick<Pipeline, 'name' | 'type' | 'options'>

/** Of a pipeline that reads a query log: usage, lineage, or query mining itself. */
export function readMiningOptions(pipeline: Typed): MiningOptions {
  if (pipeline.type === 'usageIngestion') return readOptions(usageOptionsSchema, pipeline)
  if (pipeline.type === 'lineageIngestion') return readOptions(lineageOptionsSchema, pipeline)
  return readOptions(miningOptionsSchema, pipeline)
}

export function readHistoryOptions(pipeline: Typed): UsageIngestionOptions {
  return pipeline.type === 'lineageIngestion' ? readOptions(lineageOptionsSchema, pipeline) : readOptions(usageOptionsSchema, pipeline)
}

export function readLineageOptions(pipeline: Typed): LineageIngestionOptions {
  return readOptions(lineageOptionsSchema, pipeline)
}
