import { readMiningOptions } from '../usage/options.ts'
import type { PipelineDag } from './pipeline-dag.ts'
import { publishTasks } from './publish-tasks.ts'
import { queryLogTasks, resolveTask } from './query-log-tasks.ts'

/** Who reads what, from a query log. */
export const usageIngestion: PipelineDag = (pipeline, { threads }) => ({
  tasks: {
    ...queryLogTasks(readMiningOptions(pipeline).width ?? Math.max(1, threads)),
    ...resolveTask(['settle']),
    usage: { run: 'mine.usage', after: ['resolve'], queue: 'cpu', timeouts: { attempt: '2h' } },
    ...publishTasks(pipeline, ['usage']),
  },
})
