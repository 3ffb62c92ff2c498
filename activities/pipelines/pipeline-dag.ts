import type { z } from 'zod'
import type { dagSchema } from '../../contracts/dag.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'

/** A standard pipeline type's DAG document, from the pipeline's own options. */
export type PipelineDag = (pipeline: Pipeline, worker: { readonly threads: number }) => z.input<typeof dagSchema>
