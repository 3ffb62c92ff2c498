import type { PipelineDag } from './pipeline-dag.ts'
import { publishTasks } from './publish-tasks.ts'

/** What a source has, into the catalog; then, once everything was listed, what it no longer has. */
export const metadataIngestion: PipelineDag = (pipeline) => ({
  params: { forceDeletions: { type: 'boolean', default: false, description: 'Mark as deleted whatever the guard says, this once' } },
  tasks: {
    extract: {
      run: 'metadata.extract',
      queue: 'io',
      retry: { attempts: 20 },
      timeouts: { attempt: '12h', total: '24h' },
    },
    delete: {
      run: 'metadata.delete',
      after: ['extract'],
      with: { force: '$param.forceDeletions' },
      queue: 'io',
      retry: { attempts: 10 },
      timeouts: { attempt: '2h' },
    },
    ...publishTasks(pipeline, ['delete']),
  },
})
