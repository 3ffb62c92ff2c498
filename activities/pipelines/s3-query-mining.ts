import { HISTORY } from '../../contracts/metadata-options.ts'
import { miningOptionsSchema, type Pipeline } from '../../contracts/pipeline.ts'
import type { PipelineDag } from './pipeline-dag.ts'
import { publishTasks } from './publish-tasks.ts'
import { historyTask } from './query-log-tasks.ts'

/**
 * Query logs to lineage and usage: list, scan each shard, settle sessions across shards, resolve, count usage, publish. A pipeline that is
 * turned to the connection's own history reads that first.
 */
export const s3QueryMining: PipelineDag = (pipeline, { threads }) => ({
  tasks: {
    ...(readsHistory(pipeline) ? { history: historyTask } : {}),
    list: { run: 'mine.list', ...(readsHistory(pipeline) ? { after: ['history'] } : {}), queue: 'io', timeouts: { attempt: '1h' } },
    scan: {
      run: 'mine.scan',
      after: ['list'],
      each: '$task.list',
      width: miningOptionsSchema.partial().parse(pipeline.options).width ?? Math.max(1, threads),
      queue: 'cpu',
      retry: { attempts: 20 },
      timeouts: { attempt: '2h', total: '12h' },
    },
    settle: {
      run: 'mine.settle',
      after: ['scan'],
      queue: 'cpu',
      retry: { attempts: 20 },
      timeouts: { attempt: '6h', total: '24h' },
    },
    resolve: {
      run: 'mine.resolve',
      after: ['settle'],
      queue: 'cpu',
      retry: { attempts: 20 },
      timeouts: { attempt: '6h', total: '24h' },
    },
    usage: { run: 'mine.usage', after: ['resolve'], queue: 'cpu', timeouts: { attempt: '2h' } },
    ...publishTasks(pipeline, ['usage']),
  },
})

function readsHistory({ options }: Pick<Pipeline, 'options'>): boolean {
  return miningOptionsSchema.partial().parse(options).queryLog?.kind === HISTORY
}
