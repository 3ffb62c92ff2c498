/** Tells once when nothing has moved for a while, and again after the next time it did. */
export interface Watchdog {
  /** Something was counted, checkpointed or finished. */
  moved(): void
  /** To be called now and then. */
  look(): void
}

/**
 * An attempt beats by a timer, so that a slow read is not taken for a dead worker; the price is that a wedged one beats too.
 * It is not ended for that, since nobody can tell it from a slow source: somebody is told.
 */
export function startWatchdog(now: () => number, afterMs: number, tell: (silentMs: number) => void): Watchdog {
  let last = now()
  let told = false
  return {
    moved() {
      last = now()
      told = false
    },
    look() {
      const silent = now() - last
      if (told || silent < afterMs) return
      told = true
      tell(silent)
    },
  }
}
