import type { Catalog } from '../catalog/open.ts'
import { leaveSign, SIGN_EVERY_MS } from '../catalog/worker-signs.ts'

/** Leaves signs that this worker is up, from its start to its stop. One that cannot be written is made up for by the next. */
export function startPulse(catalog: Catalog): { stop(): Promise<void> } {
  let writing: Promise<void> = Promise.resolve()
  const beat = (): void => {
    writing = writing.then(() => leaveSign(catalog, new Date())).catch(() => undefined)
  }
  beat()
  const timer = setInterval(beat, SIGN_EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await writing
    },
  }
}
