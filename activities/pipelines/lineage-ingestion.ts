import { readLineageOptions } from '../usage/options.ts'
import type { PipelineDag } from './pipeline-dag.ts'
import { publishTasks } from './publish-tasks.ts'
import { queryLogTasks, resolveTask } from './query-log-tasks.ts'

/** Lineage of queries, views and the files behind external tables; then what could not be resolved, and why. */
export const lineageIngestion: PipelineDag = (pipeline, { threads }) => {
  const { queryLineage, width } = readLineageOptions(pipeline)
  const short = { queue: 'cpu', retry: { attempts: 10 }, timeouts: { attempt: '2h' } } as const
  return {
    tasks: {
      ...(queryLineage ? queryLogTasks(width ?? Math.max(1, threads)) : {}),
      views: { run: 'lineage.views', after: queryLineage ? ['settle'] : [], ...short },
      ...resolveTask(['views']),
      locations: { run: 'lineage.locations', after: ['resolve'], ...short },
      report: { run: 'lineage.report', after: ['locations'], ...short },
      ...publishTasks(pipeline, ['report']),
    },
  }
}
