import { setTimeout as pause } from 'node:timers/promises'
import { transaction } from '../../catalog/transaction.ts'
import type { TaskResult } from '../../contracts/activities.ts'
import type { Attempt } from './attempt.ts'
import type { HostDeps } from './deps.ts'

/** A holder that is not heard of for so long has lost its slot: its worker was killed. */
const LEASE_MS = 60_000
const RENEW_MS = 15_000
/** A task waits so long for a slot of a full pool, and is then asked again later: it must not hold the worker for ever. */
const WAIT_MS = 5_000
const LOOK_MS = 250
const AGAIN = '5s'
const DEFAULT_SLOTS = 1

/** Runs the task within its pool: at most so many at once over all runs and workers. A full pool gives `{again}`. */
export async function withinPool(deps: HostDeps, attempt: Attempt, run: () => Promise<TaskResult>): Promise<TaskResult> {
  const { pool } = attempt.call
  if (pool === undefined) return run()
  const holder = `${deps.settings.processId}/${attempt.call.run}/${attempt.call.task}/${attempt.call.items?.from ?? ''}`
  const slot = await waitForSlot(deps, pool, holder, attempt.signal)
  if (slot === null) return { again: AGAIN }
  const renewing = setInterval(() => void renew(deps, pool, slot, holder).catch(() => undefined), RENEW_MS)
  try {
    return await run()
  } finally {
    clearInterval(renewing)
    await giveBack(deps, pool, slot, holder)
  }
}

async function waitForSlot(deps: HostDeps, pool: string, holder: string, signal: AbortSignal): Promise<number | null> {
  for (const deadline = deps.now() + WAIT_MS; ; ) {
    const slot = await takeSlot(deps, pool, holder)
    if (slot !== null || deps.now() + LOOK_MS > deadline) return slot
    await pause(LOOK_MS, undefined, { signal })
  }
}

/** The first slot that is free or whose lease has run out; null when there is none. */
export async function takeSlot({ catalog, settings, now }: HostDeps, pool: string, holder: string): Promise<number | null> {
  const at = new Date(now()).toISOString()
  const until = new Date(now() + LEASE_MS).toISOString()
  return transaction(catalog, async (tx) => {
    for (let slot = 0; slot < (settings.pools[pool] ?? DEFAULT_SLOTS); slot++) {
      const taken = await tx
        .insertInto('pool_slots')
        .values({ pool, slot, holder, until })
        .onConflict((on) => on.columns(['pool', 'slot']).doUpdateSet({ holder, until }).where('pool_slots.until', '<', at))
        .returning('holder')
        .executeTakeFirst()
      if (taken !== undefined) return slot
    }
    return null
  })
}

async function renew({ catalog, now }: HostDeps, pool: string, slot: number, holder: string): Promise<void> {
  const until = new Date(now() + LEASE_MS).toISOString()
  await catalog.db
    .updateTable('pool_slots')
    .set({ until })
    .where('pool', '=', pool)
    .where('slot', '=', slot)
    .where('holder', '=', holder)
    .execute()
}

async function giveBack({ catalog }: HostDeps, pool: string, slot: number, holder: string): Promise<void> {
  await catalog.db.deleteFrom('pool_slots').where('pool', '=', pool).where('slot', '=', slot).where('holder', '=', holder).execute()
}
