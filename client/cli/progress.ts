import type { RunState, TaskRun } from '../../contracts/runs.ts'
import type { Output } from './output.ts'

/** Shows several things that take long: bars on a terminal, plain lines elsewhere. */
export interface ProgressBoard {
  update(label: string, progress: Progress): void
  stop(): void
}

export interface Progress {
  /** 0 to 1. */
  readonly share: number
  readonly says: string
}

/** A run, as the catalog has it or as it says itself. */
export interface Work {
  readonly status: RunState
  readonly tasks: readonly TaskAtWork[]
}

type TaskAtWork = Pick<TaskRun, 'id' | 'state' | 'items' | 'error'> & { readonly attempts?: number }

const PLAIN_EVERY_MS = 2_000

export async function progressBoard(output: Output, labels: readonly string[], now: () => number): Promise<ProgressBoard> {
  return output.isTerminal && !output.json ? await bars(output, labels) : plainLines(output, now)
}

async function bars(output: Output, labels: readonly string[]): Promise<ProgressBoard> {
  const { MultiBar } = (await import('cli-progress')).default
  const width = Math.max(...labels.map((label) => label.length))
  const { paint } = output
  const board = new MultiBar({
    format: `  {label} ${paint.cyan('{bar}')} {percentage} %  {says}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    stopOnComplete: false,
    stream: process.stderr, // where notes go too; standard output holds the result alone
  })
  const made = new Map(labels.map((label) => [label, board.create(1, 0, { label: label.padEnd(width), says: '' })]))
  return {
    update: (label, { share, says }) => made.get(label)?.update(share, { says }),
    stop: () => board.stop(),
  }
}

function plainLines(output: Output, now: () => number): ProgressBoard {
  const last = new Map<string, { readonly at: number; readonly line: string }>()
  return {
    update(label, { share, says }) {
      const line = `${label}: ${Math.round(share * 100)} % ${says}`
      const before = last.get(label)
      if (before?.line === line || (before !== undefined && now() - before.at < PLAIN_EVERY_MS && !isEnd(says))) return
      last.set(label, { at: now(), line })
      output.note(line)
    },
    stop: () => undefined,
  }
}

/** The last line of a thing is shown whenever it comes. */
function isEnd(says: string): boolean {
  return /^(succeeded|failed|cancelled|lost)\b/.test(says)
}

/** Every task counts the same; of a mapped one as many parts as its items that are done. */
export function shareOf({ tasks }: Pick<Work, 'tasks'>): number {
  if (tasks.length === 0) return 0
  const done = tasks.reduce((sum, { state, items }) => {
    if (state === 'running' && items !== undefined && items.total > 0) return sum + items.done / items.total
    return sum + (state === 'none' || state === 'queued' || state === 'running' || state === 'waiting' ? 0 : 1)
  }, 0)
  return done / tasks.length
}

/** The tasks at work now, in words. */
export function workOf({ tasks, status }: Work): string {
  const running = tasks.filter(({ state }) => state === 'running' || state === 'waiting')
  if (running.length === 0) return status
  return running.map(atWork).join(', ')
}

/** With what its last attempt failed for, while it is tried again. */
function atWork({ id, items, attempts = 1, error }: TaskAtWork): string {
  const what = items === undefined ? id : `${id} ${items.done}/${items.total}`
  return error === undefined
    ? what
    : `${what} (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} so far, the last error: ${error.message})`
}
