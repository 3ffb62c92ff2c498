import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { ThreadOptions, ThreadPool, ThreadTask } from '../activities/task.ts'
import { LodelineError } from '../contracts/errors.ts'
import type { ThreadCall } from './thread-start.ts'

export interface ThreadSettings {
  readonly count: number
  readonly memoryMb: number
}

export interface Threads extends ThreadPool {
  readonly waiting: number
  close(): Promise<void>
}

/** Idle threads are kept for a while: the next shard finds its dialect loaded. */
const IDLE_MS = 30_000

/** A pool of threads whose tasks can be ended by time, memory or signal; the process and its other tasks go on. */
export function startThreads({ count, memoryMb }: ThreadSettings): Threads {
  const pool = new Piscina({
    minThreads: 0,
    maxThreads: count,
    idleTimeout: IDLE_MS,
    maxQueue: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: 1,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 16 },
  })
  // A thread that dies outside of a task is replaced; piscina would otherwise throw for want of a listener.
  pool.on('error', () => undefined)
  return {
    size: count,
    get waiting() {
      return pool.queueSize
    },
    run: (task, value, options = {}) => runInThread(pool, task, value, options),
    close: () => pool.destroy(),
  }
}

const START = new URL('./thread-start.ts', import.meta.url)

async function runInThread<Result>(pool: Piscina, task: ThreadTask, value: unknown, options: ThreadOptions): Promise<Result> {
  const began = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)
  const budget = options.budgetMs === undefined ? null : budgetOf(began, options.budgetMs)
  const signals = [options.signal, budget?.signal].filter((signal) => signal !== undefined)
  const call: ThreadCall = { file: builtFile(task.file).href, name: task.name ?? 'run', value, began }
  try {
    const result: Result = await pool.run(call, {
      filename: fileURLToPath(builtFile(START)),
      name: 'run',
      ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      ...(options.transferList === undefined ? {} : { transferList: [...options.transferList] }),
    })
    return result
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason
    if (budget?.signal.aborted === true)
      throw new LodelineError('THREAD_BUDGET', `A thread took longer than ${options.budgetMs} ms and was ended`)
    if (isOutOfMemory(error)) throw new LodelineError('THREAD_MEMORY', 'A thread ran out of memory and was ended', {}, error)
    throw error
  } finally {
    budget?.close()
  }
}

/** Counts from when the work began: in a full pool a task may wait for long, and is none the slower for it. */
function budgetOf(began: SharedArrayBuffer, budgetMs: number): { readonly signal: AbortSignal; close(): void } {
  const cell = new Float64Array(began)
  const over = new AbortController()
  let timer = setTimeout(look, budgetMs)
  function look(): void {
    const start = cell[0] ?? 0
    const rest = start === 0 ? budgetMs : start + budgetMs - Date.now()
    if (rest <= 0) over.abort()
    else timer = setTimeout(look, rest)
  }
  return { signal: over.signal, close: () => clearTimeout(timer) }
}

/** In a clone the sources run as they are; in the published package their compiled form lies beside. */
function builtFile(file: URL): URL {
  return existsSync(file) ? file : new URL(file.href.replace(/\.ts$/, '.js'))
}

function isOutOfMemory(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
