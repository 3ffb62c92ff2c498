import { miningOptionsSchema } from '../../contracts/pipeline.ts'
import type { PipelineDag } from './pipeline-dag.ts'
import { publishTasks } from './publish-tasks.ts'

/** Query logs to lineage and usage: list, scan each shard, settle sessions across shards, resolve, count usage, publish. */
export const s3QueryMining: PipelineDag = (pipeline, { threads }) => ({
  tasks: {
    list: { run: 'mine.list', queue: 'io', timeouts: { attempt: '1h' } },
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
