import type { z } from 'zod'
import type { taskSchema } from '../../contracts/dag.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'

/** One `publish` task a sink, side by side, so that a sink that is away delays none of the others. `with.sink` is the sink's position in the pipeline. */
export function publishTasks(pipeline: Pipeline, after: readonly string[]): Record<string, z.input<typeof taskSchema>> {
  return Object.fromEntries(
    pipeline.sinks.map(({ sink }, position) => [
      `publish-${position + 1}-${sink.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`,
      {
        run: 'publish',
        after: [...after],
        with: { sink: position },
        group: 'publish',
        queue: 'push' as const,
        retry: { attempts: 30, max: '2m' },
        timeouts: { attempt: '30m' },
      },
    ]),
  )
}
