import { setTimeout as pause } from 'node:timers/promises'

/** A process of ours that ends when it should not is started again. */
export interface Kept {
  readonly ended: Promise<number | null>
}

export interface KeepUpOptions<Process extends Kept> {
  /** As the user is told of it: `The worker`. */
  readonly name: string
  readonly log: string
  readonly say: (line: string) => void
  /** Whether it was we who ended it. */
  readonly isOver: () => boolean
  start(): Promise<Process>
  /** It runs again. */
  started(again: Process): void
}

const RESTARTS = 5
/** A process that ran so long is not one that cannot start. */
const SETTLED_MS = 60_000
/** What the last one held, such as a port, may take a moment to be free. */
const PAUSE_MS = 500

/** Ends, with an error, only when the process cannot be kept up. */
export async function keepUp<Process extends Kept>(first: Process, options: KeepUpOptions<Process>): Promise<never> {
  const { name, log, say, isOver, started } = options
  let current = first
  for (let restarts = 0; ; restarts++) {
    const startedAt = Date.now()
    const code = await current.ended
    if (isOver()) return await new Promise<never>(() => undefined)
    if (Date.now() - startedAt > SETTLED_MS) restarts = 0
    if (restarts >= RESTARTS) throw new Error(`${name} ended ${RESTARTS} times in a row (${log})`)
    say(`${name} ended (${code ?? 'killed'}); starting it again. Runs go on where they were.`)
    await pause(PAUSE_MS)
    if (isOver()) return await new Promise<never>(() => undefined)
    current = await options.start()
    started(current)
  }
}
