import type { z } from 'zod'
import { lineageOptionsSchema, metadataOptionsSchema, usageOptionsSchema } from './metadata-options.ts'
import { miningOptionsSchema } from './pipeline.ts'

/** What `options` of a pipeline holds, by its type; a type that is not here takes none of its own. */
export const PIPELINE_OPTIONS: Readonly<Record<string, z.ZodType>> = {
  s3QueryMining: miningOptionsSchema,
  metadataIngestion: metadataOptionsSchema,
  usageIngestion: usageOptionsSchema,
  lineageIngestion: lineageOptionsSchema,
}
