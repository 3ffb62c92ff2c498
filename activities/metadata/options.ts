import { LodelineError } from '../../contracts/errors.ts'
import { type MetadataIngestionOptions, metadataOptionsSchema } from '../../contracts/metadata-options.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'

export function readMetadataOptions({ name, options }: Pick<Pipeline, 'name' | 'options'>): MetadataIngestionOptions {
  const read = metadataOptionsSchema.safeParse(options)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new LodelineError(
    'DOCUMENT_INVALID',
    `pipeline ${name}: options.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
  )
}
