import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { ThreadPool, ThreadTask } from '../task.ts'

export interface Talk {
  readonly threads: ThreadPool
  readonly task: ThreadTask
  /** What the thread is started with, beside its port. */
  readonly start: object
  readonly signal: AbortSignal
}

/**
 * Starts a thread and talks to it through main's end of a port. The thread ends with an error, by the signal, or after `finish` (threads/answer.ts).
 * Whatever fails on either side ends both.
 */
export async function converse<Result>(
  { threads, task, start, signal }: Talk,
  talk: (port: MessagePort, thread: Promise<void>) => Promise<Result>,
): Promise<Result> {
  const failed = new AbortController()
  const { port1: port, port2 } = new MessageChannel()
  const thread = threads.run<void>(
    task,
    { ...start, port: port2 },
    { signal: AbortSignal.any([signal, failed.signal]), transferList: [port2] },
  )
  try {
    const result = await talk(port, thread)
    await thread
    return result
  } catch (error) {
    failed.abort(error)
    await thread.catch(() => undefined)
    throw error
  } finally {
    port.close()
  }
}
