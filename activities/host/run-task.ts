import { Context } from '@temporalio/activity'
import type { TaskCall, TaskResult } from '../../contracts/activities.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { nearest } from '../../contracts/nearest.ts'
import type { RunError } from '../../contracts/runs.ts'
import type { TaskFunction } from '../task.ts'
import { type Attempt, startAttempt } from './attempt.ts'
import type { HostDeps } from './deps.ts'
import { classify, isAbort, toFailure } from './failures.ts'
import { substituteItem } from './items.ts'
import { guardPayload } from './payload.ts'
import { pluginTask } from './plugin-task.ts'
import { withinPool } from './pools.ts'

/** One attempt of a task, or of some items of a mapped one; what it does and how it ends is written down. */
export async function runTask(deps: HostDeps, call: TaskCall): Promise<TaskResult> {
  const task = taskNamed(deps, call.uses)
  const attempt = await startAttempt(deps, call)
  try {
    const run = call.items === undefined ? () => runOnce(attempt, task) : () => runItems(attempt, task, call.items ?? null)
    const result = guardPayload(attempt.withoutSecrets(await withinPool(deps, attempt, run)), `The result of task ${call.task}`)
    await attempt.succeeded(result)
    return result
  } catch (error) {
    await attempt.failed(error)
    throw toFailure(error, attempt.redact) // here, where the secrets of the attempt are known
  } finally {
    await attempt.close()
  }
}

function taskNamed({ tasks, registry }: HostDeps, name: string): TaskFunction {
  const builtIn = tasks[name]
  if (builtIn !== undefined) return builtIn
  const plugged = registry.activities.get(name)
  if (plugged !== undefined) return pluginTask(plugged)
  const known = [...Object.keys(tasks), ...registry.activities.keys()]
  const broken = registry.problems.map(({ folder, message }) => `${folder}: ${message}`)
  const nearestNames = nearest(name, known, 3).join(', ')
  throw new LodelineError(
    'PLUGIN_NOT_INSTALLED',
    `No task is named ${name} in this worker; the nearest: ${nearestNames}${broken.length > 0 ? `. Plugins that could not be loaded: ${broken.join('; ')}` : ''}`,
    { task: name },
  )
}

function runOnce(attempt: Attempt, task: TaskFunction): Promise<TaskResult> {
  return task(attempt.context(attempt.call))
}

/**
 * The items one after the other. Those that succeeded before, in an attempt that died or in the run that this one resumes, are
 * passed over. One that fails does not hold up the others: it is tried again with the next attempt, and at the last it is counted.
 */
async function runItems(attempt: Attempt, task: TaskFunction, items: TaskCall['items'] | null): Promise<TaskResult> {
  if (items === null || items === undefined) throw new Error('unreachable: no items')
  const done = await attempt.doneItems(items)
  const values = await attempt.readItems(items)
  const failures: { readonly position: number; readonly error: unknown }[] = []
  for (const [at, item] of values.entries()) {
    const position = items.from + at
    if (done.has(position)) continue
    const failure = await runItem(attempt, task, { item, position })
    if (failure !== null) failures.push({ position, error: failure })
  }
  const again = failures.find(({ error }) => attempt.classify(error).retry)
  if (again !== undefined && !attempt.isLast) throw again.error
  const first = failures[0]
  return {
    done: values.length - failures.length,
    failed: failures.length,
    ...(first === undefined ? {} : { error: shortError(attempt, first.error) }),
  }
}

/** Null when it succeeded. A cancellation ends the whole attempt. */
async function runItem(attempt: Attempt, task: TaskFunction, { item, position }: { item: unknown; position: number }): Promise<unknown> {
  const call: TaskCall = { ...attempt.call, item, index: position, with: substituteItem(attempt.call.with, item) }
  try {
    const output = guardPayload(
      attempt.withoutSecrets(await task(attempt.context(call))),
      `The result of item ${position} of task ${call.task}`,
    )
    await attempt.itemEnded(position, { state: 'succeeded', output })
    return null
  } catch (error) {
    if (isAbort(error) || Context.current().cancellationSignal.aborted) throw error
    await attempt.itemEnded(position, { state: 'failed', error: shortError(attempt, error) })
    return error
  }
}

function shortError(attempt: Attempt, error: unknown): RunError {
  const { code, message, hint } = classify(error, attempt.redact)
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}
