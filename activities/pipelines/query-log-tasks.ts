import type { z } from 'zod'
import type { taskSchema } from '../../contracts/dag.ts'

type Tasks = Record<string, z.input<typeof taskSchema>>

const LONG = { retry: { attempts: 20 }, timeouts: { attempt: '6h', total: '24h' } } as const

export const historyTask: Tasks[string] = {
  run: 'history.fetch',
  queue: 'io',
  retry: { attempts: 20 },
  timeouts: { attempt: '12h', total: '24h' },
}

/** From a query log to settled sessions: what usage and lineage have in common. The connection's own history is read first. */
export function queryLogTasks(width: number): Tasks {
  return {
    history: historyTask,
    list: { run: 'mine.list', after: ['history'], queue: 'io', timeouts: { attempt: '1h' } },
    scan: {
      run: 'mine.scan',
      after: ['list'],
      each: '$task.list',
      width,
      queue: 'cpu',
      retry: { attempts: 20 },
      timeouts: { attempt: '2h', total: '12h' },
    },
    settle: { run: 'mine.settle', after: ['scan'], queue: 'cpu', ...LONG },
  }
}

export function resolveTask(after: readonly string[]): Tasks {
  return { resolve: { run: 'mine.resolve', after: [...after], queue: 'cpu', ...LONG } }
}
