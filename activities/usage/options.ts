import type { z } from 'zod'
import { LodelineError } from '../../contracts/errors.ts'
import {
  type LineageIngestionOptions,
  lineageOptionsSchema,
  type UsageIngestionOptions,
  usageOptionsSchema,
} from '../../contracts/metadata-options.ts'
import { type MiningOptions, miningOptionsSchema, type Pipeline } from '../../contracts/pipeline.ts'

type Typed = Pick<Pipeline, 'name' | 'type' | 'options'>

/** Of a pipeline that reads a query log: usage, lineage, or query mining itself. */
export function readMiningOptions(pipeline: Typed): MiningOptions {
  if (pipeline.type === 'usageIngestion') return read(usageOptionsSchema, pipeline)
  if (pipeline.type === 'lineageIngestion') return read(lineageOptionsSchema, pipeline)
  return read(miningOptionsSchema, pipeline)
}

export function readHistoryOptions(pipeline: Typed): UsageIngestionOptions {
  return pipeline.type === 'lineageIngestion' ? read(lineageOptionsSchema, pipeline) : read(usageOptionsSchema, pipeline)
}

export function readLineageOptions(pipeline: Typed): LineageIngestionOptions {
  return read(lineageOptionsSchema, pipeline)
}

function read<Options>(schema: z.ZodType<Options>, { name, options }: Typed): Options {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new LodelineError(
    'DOCUMENT_INVALID',
    `pipeline ${name}: options.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
  )
}
