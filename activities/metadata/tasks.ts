import type { TaskFunction } from '../task.ts'
import { deleteMetadata } from './delete.ts'
import { extractMetadata } from './extract.ts'

export const metadataTasks: Readonly<Record<string, TaskFunction>> = {
  'metadata.extract': extractMetadata,
  'metadata.delete': deleteMetadata,
}
