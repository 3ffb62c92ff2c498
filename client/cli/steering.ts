import { findRun as findInput } from '../../catalog/run-state.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { WorkflowInput } from '../../contracts/pipeline.ts'
import type { Run } from '../../contracts/runs.ts'
import type { Steered } from '../../workflows/messages.ts'
import type { RunHandle } from '../sdk/runs.ts'
import type { CommandResult } from './command.ts'
import type { Deps } from './deps.ts'
import { EXIT } from './exit-codes.ts'
import { requirePipeline, unknown } from './lookup.ts'
import { isOver, requireRun } from './runs.ts'

/** What the commands share that steer a run. */

export const RUN_ARG = { name: 'run', description: 'Id of the run, its beginning, its workflow id, or `last`' } as const
export const UPDATE_ID = {
  type: 'string',
  value: 'ID',
  description: 'The same id again changes nothing more and gives the same answer',
} as const

export function withId(updateId: string | undefined): { readonly updateId?: string } {
  return updateId === undefined ? {} : { updateId }
}

/** Asks an open run; one that has ended is refused without asking, so that it needs no server. */
export async function steerRun(
  deps: Deps,
  name: string,
  { to, done, ask }: { readonly to: string; readonly done: string; ask(handle: RunHandle, run: Run): Promise<Steered> },
): Promise<CommandResult> {
  const run = await requireRun(await deps.catalog(), name)
  if (isOver(run.status))
    throw new LodelineError('RUN_CLOSED', `the run ${run.id} has ended (${run.status}): there is nothing to ${to}`, { run: run.id })
  const lodeline = await deps.lodeline()
  await requireWorker(lodeline.workers())
  const { status, tasks } = await ask(lodeline.run(run.workflowId), run)
  const which = tasks.length === 0 ? '' : `: ${tasks.join(', ')}`
  return { code: EXIT.done, text: `${done}${which}. Run ${run.id} is ${status}.`, data: { id: run.id, status, tasks } }
}

export async function requireWorker(workers: Promise<number>): Promise<void> {
  if ((await workers) === 0) throw new LodelineError('WORKER_ABSENT', 'no worker is up to take this')
}

export function requireTasks(run: Run, tasks: readonly string[]): void {
  const ids = run.tasks.map(({ id }) => id)
  const wrong = tasks.find((task) => !ids.includes(task))
  if (wrong !== undefined) throw unknown('TASK_UNKNOWN', `task of run ${run.id} named`, wrong, ids)
}

/** With the window it had, which a schedule may have given it. */
export async function inputOf(deps: Deps, run: Run): Promise<WorkflowInput> {
  const found = await findInput({ catalog: await deps.catalog(), now: deps.now }, run.id)
  return { ...(found?.input ?? { pipeline: run.pipeline }), ...(run.window === undefined ? {} : { window: run.window }) }
}

export async function startedAgain(deps: Deps, run: Run, input: WorkflowInput, updateId: string | undefined): Promise<CommandResult> {
  await requirePipeline(await deps.catalog(), run.pipeline) // it may have been removed since
  const lodeline = await deps.lodeline()
  const { workflowId } = await lodeline.start({ type: run.type, ...input, ...(updateId === undefined ? {} : { requestId: updateId }) })
  return {
    code: EXIT.done,
    text: `Started ${workflowId} after run ${run.id}.\n\`lodeline runs show ${workflowId}\` shows how it goes.`,
    data: { pipeline: run.pipeline, workflowId, after: run.id, ...(input.resumeFrom === undefined ? {} : { resumeFrom: run.id }) },
  }
}
