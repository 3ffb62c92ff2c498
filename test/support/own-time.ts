const TICK_MS = 25

/**
 * How long work took by the timers of this process. A machine that is busy with other things holds up both alike, so that what is told
 * is what the work waited for, and not how much of the machine the test got.
 */
export async function ownMs(work: Promise<unknown>): Promise<number> {
  let ticks = 0
  const timer = setInterval(() => ticks++, TICK_MS)
  try {
    await work
  } finally {
    clearInterval(timer)
  }
  return ticks * TICK_MS
}
