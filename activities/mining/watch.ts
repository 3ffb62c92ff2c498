import { type At, readProgress } from './threads/progress.ts'

const LOOK_MS = 250

export interface Watch {
  /** Where the thread was when its time was up. */
  readonly stuckAt: At | null
  close(): void
}

/** Looks now and then whether the thread is still at the same text; after the budget, `onStuck` is called once. */
export function watchTexts(progress: SharedArrayBuffer, budgetMs: number, onStuck: () => void): Watch {
  let since = 0
  let tick = -1
  let stuckAt: At | null = null
  const timer = setInterval(() => {
    const at = readProgress(progress)
    if (at === null || at.tick !== tick) {
      tick = at?.tick ?? -1
      since = 0
      return
    }
    since += LOOK_MS
    if (since < budgetMs || stuckAt !== null) return
    stuckAt = at
    onStuck()
  }, LOOK_MS)
  return {
    get stuckAt() {
      return stuckAt
    },
    close: () => clearInterval(timer),
  }
}
