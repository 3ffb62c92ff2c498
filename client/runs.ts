import type { Catalog } from '../catalog/open.ts'
import { getRun, listRuns } from '../catalog/runs.ts'
import type { Run } from '../contracts/runs.ts'

const RECENT = 500

/** `last` is the newest of all. By the run's id, its workflow id (then the newest of that), or an unambiguous beginning of its id among recent runs. */
export async function findRun({ db }: Catalog, name: string): Promise<Run | null> {
  if (name === 'last') return await newest(db)
  const whole = await getRun(db, name)
  if (whole !== null) return whole
  const recent = await listRuns(db, { limit: RECENT })
  const byWorkflow = recent.find(({ workflowId }) => workflowId === name)
  const byBeginning = recent.filter(({ id }) => name.length >= 4 && id.startsWith(name))
  const found = byWorkflow ?? (byBeginning.length === 1 ? byBeginning[0] : undefined)
  return found === undefined ? null : await getRun(db, found.id)
}

async function newest(db: Catalog['db']): Promise<Run | null> {
  const [run] = await listRuns(db, { limit: 1 })
  return run === undefined ? null : await getRun(db, run.id)
}
