import type { z } from 'zod'
import { LodelineError } from '../../contracts/errors.ts'
import { type MetadataIngestionOptions, metadataOptionsSchema } from '../../contracts/metadata-options.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'

type Named = Pick<Pipeline, 'name' | 'options'>

export function readMetadataOptions(pipeline: Named): MetadataIngestionOptions {
  return readOptions(metadataOptionsSchema, pipeline)
}

/** A pipeline's options by their schema; the first that is wrong is named. `apply` has checked them: a file of another version may differ. */
export function readOptions<Options>(schema: z.ZodType<Options>, { name, options }: Named): Options {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue?.path.join('.') ?? ''
  const code = issue?.code === 'custom' && place.includes('FilterPattern') ? 'FILTER_INVALID' : 'DOCUMENT_INVALID'
  throw new LodelineError(code, `pipeline ${name}: options.${place}: ${issue?.message ?? 'is not valid'}`, { option: place })
}
