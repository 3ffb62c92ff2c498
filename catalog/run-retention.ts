import type { Catalog } from './open.ts'
import { transaction } from './transaction.ts'

/** So many runs are forgotten at a time: a first sweep of an old catalog must not hold up the work. */
const AT_A_TIME = 200
const OPEN = ['queued', 'running', 'waiting', 'paused', 'cancelling']

/**
 * Forgets runs that ended before a time, with their tasks, items, lists and logs; gives how many. What they mined stays. Kept are the
 * last run and the last success of each pipeline (sensors and `after` ask for it), and what a run under way resumes.
 */
export async function forgetRuns(catalog: Catalog, before: Date): Promise<number> {
  const old = await catalog.db
    .selectFrom('runs')
    .select('id')
    .where('ended_at', '<', before.toISOString())
    .where(({ exists, selectFrom, or, eb }) => {
      const later = selectFrom('runs as later')
        .select('later.id')
        .whereRef('later.pipeline', '=', 'runs.pipeline')
        .whereRef('later.started_at', '>', 'runs.started_at')
      return exists(later).and(or([eb('runs.status', '<>', 'succeeded'), exists(later.where('later.status', '=', 'succeeded'))]))
    })
    .orderBy('ended_at')
    .limit(AT_A_TIME)
    .execute()
  const wanted = await resumed(catalog)
  const forgotten = old.map(({ id }) => id).filter((id) => !wanted.has(id))
  for (const run of forgotten) await forgetRun(catalog, run)
  return forgotten.length
}

/** Runs whose lists and results a run under way reads. */
async function resumed({ db }: Catalog): Promise<ReadonlySet<string>> {
  const open = await db.selectFrom('runs').select('input').where('status', 'in', OPEN).execute()
  const found = new Set<string>()
  for (let inputs = open; inputs.length > 0; ) {
    const before = inputs.flatMap(({ input }) => resumedBy(input)).filter((run) => !found.has(run))
    for (const run of before) found.add(run)
    inputs = before.length === 0 ? [] : await db.selectFrom('runs').select('input').where('id', 'in', before).execute()
  }
  return found
}

function resumedBy(input: string): readonly string[] {
  const { resumeFrom }: { readonly resumeFrom?: unknown } = JSON.parse(input)
  return typeof resumeFrom === 'string' ? [resumeFrom] : []
}

async function forgetRun(catalog: Catalog, run: string): Promise<void> {
  await transaction(catalog, async (tx) => {
    for (const table of ['task_items', 'manifests', 'run_logs', 'metadata_listings', 'task_runs'] as const)
      await tx.deleteFrom(table).where('run', '=', run).execute()
    await tx.deleteFrom('runs').where('id', '=', run).execute()
  })
}
