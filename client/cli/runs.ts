import type { Catalog } from '../../catalog/open.ts'
import { listRuns } from '../../catalog/runs.ts'
import { ERRORS } from '../../contracts/errors.ts'
import type { Run, RunCounts, RunState } from '../../contracts/runs.ts'
import { findRun } from '../runs.ts'
import { EXIT } from './exit-codes.ts'
import { unknown } from './lookup.ts'
import type { Output } from './output.ts'
import type { Paint } from './paint.ts'
import { duration, facts, number, table, time } from './table.ts'

const RECENT = 200

export async function requireRun(catalog: Catalog, name: string): Promise<Run> {
  const found = await findRun(catalog, name)
  if (found !== null) return found
  const recent = await listRuns(catalog.db, { limit: RECENT })
  throw unknown(
    'RUN_UNKNOWN',
    'run',
    name,
    recent.map(({ id }) => id),
  )
}

/** A run that is over, for scripts: 0 only when it succeeded. */
export function exitOfRun(status: RunState): number {
  return status === 'succeeded' ? EXIT.done : EXIT.outcome
}

export function isOver(status: RunState): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled' || status === 'lost'
}

export function stateText(state: string, paint: Paint): string {
  if (state === 'succeeded') return paint.green(state)
  if (state === 'failed' || state === 'lost' || state === 'upstreamFailed') return paint.red(state)
  if (state === 'running' || state === 'queued') return paint.cyan(state)
  return state === 'none' ? paint.dim('not yet') : paint.yellow(state)
}

const ALWAYS_SHOWN: ReadonlySet<string> = new Set(['objects', 'records', 'statements', 'edges'])

/** Counts on one line each; nested ones (`deadLetters`) with their parts. */
export function countLines(counts: RunCounts): readonly (readonly [string, string])[] {
  return Object.entries(counts).flatMap(([name, value]): (readonly [string, string])[] => {
    if (typeof value === 'number') return value === 0 && !ALWAYS_SHOWN.has(name) ? [] : [[name, number(value)]]
    const parts = Object.entries(value ?? {}).filter(([, count]) => count !== 0)
    return parts.length === 0 ? [] : [[name, parts.map(([reason, count]) => `${reason} ${number(count)}`).join(', ')]]
  })
}

export function deadLettersOf(counts: RunCounts): number {
  return Object.values(counts.deadLetters ?? {}).reduce((sum, count) => sum + count, 0)
}

export function runText(run: Run, output: Output, now: number): string {
  const { paint } = output
  const head = facts(output, [
    ['run', run.id],
    ['pipeline', `${run.pipeline} (${run.type})`],
    ['state', stateText(run.status, paint)],
    ['started', `${time(run.startedAt)} UTC`],
    ['took', duration(run.startedAt, run.endedAt, now)],
    ['window', run.window === undefined ? '' : `${run.window.from} to ${run.window.to}`],
    ['workflow', run.workflowId],
  ])
  const counts = countLines(run.counts)
  const rows = run.tasks.map((task) => [
    task.id,
    task.state === 'none' && isOver(run.status) ? paint.dim('not run') : stateText(task.state, paint),
    task.items === undefined ? '' : `${task.items.done}/${task.items.total}`,
    task.attempts,
    task.startedAt === undefined ? '' : duration(task.startedAt, task.endedAt, now),
    task.error?.message ?? '',
  ])
  return [
    head,
    ...(counts.length === 0 ? [] : [`\n${paint.bold('Counts')}\n${facts(output, counts)}`]),
    ...(rows.length === 0 ? [] : [`\n${table(output, ['TASK', 'STATE', 'ITEMS', 'ATTEMPTS', 'TOOK', 'ERROR'], rows)}`]),
    ...(run.tasks.some(({ items }) => (items?.failed ?? 0) > 0)
      ? [`\n\`lodeline runs items ${run.id} --state failed\` shows which items failed, and why.`]
      : []),
    ...(run.warnings.length === 0 ? [] : [`\n${run.warnings.map((warning) => `${paint.yellow('!')} ${warning}`).join('\n')}`]),
    ...(run.error === undefined
      ? []
      : [`\n${paint.red('error')} ${paint.dim(run.error.code)}  ${run.error.message}${hintText(run.error, paint)}`]),
  ].join('\n')
}

/** What can be done, from the run or else from the table of errors. */
function hintText({ code, hint }: NonNullable<Run['error']>, paint: Paint): string {
  const known = Object.entries(ERRORS).find(([each]) => each === code)?.[1].hint
  const says = hint ?? known
  return says === undefined ? '' : `\n  ${paint.cyan('→')} ${says}`
}
