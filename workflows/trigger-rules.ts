import type { TriggerRule } from '../contracts/dag.ts'
import type { TaskState } from '../contracts/runs.ts'

/** A task that another comes after. */
export interface Upstream {
  readonly state: TaskState
  /** Its failure is tolerated (`onFailure: continue`): success to the rules that want success, failure to those that want failure. */
  readonly tolerated: boolean
}

export type Verdict = 'wait' | 'run' | 'skip' | 'upstreamFailed'

interface Tally {
  readonly all: number
  readonly done: number
  readonly succeeded: number
  readonly skipped: number
  /** Failures that nobody tolerates; tasks that did not run because of a failure count too. */
  readonly broken: number
  /** Every task that failed itself, tolerated or not. */
  readonly failed: number
  readonly upstreamFailed: number
}

/**
 * Whether a task may start, by the states of those it comes after. The ten rules are Airflow's, decided as early as Airflow does:
 * https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dags.html#trigger-rules
 */
export function verdict(rule: TriggerRule, upstream: readonly Upstream[]): Verdict {
  if (upstream.length === 0 || rule === 'always') return 'run'
  return RULES[rule](tally(upstream))
}

const RULES: Readonly<Record<Exclude<TriggerRule, 'always'>, (t: Tally) => Verdict>> = {
  all_success: (t) => (t.broken > 0 ? 'upstreamFailed' : t.skipped > 0 ? 'skip' : t.succeeded === t.all ? 'run' : 'wait'),
  all_done: (t) => (t.done === t.all ? 'run' : 'wait'),
  all_failed: (t) => {
    if (t.failed + t.upstreamFailed === t.all) return 'run'
    return t.done > t.failed + t.upstreamFailed ? 'skip' : 'wait'
  },
  one_success: (t) => {
    if (t.succeeded > 0) return 'run'
    if (t.done < t.all) return 'wait'
    return t.skipped === t.all ? 'skip' : 'upstreamFailed'
  },
  one_failed: (t) => (t.failed + t.upstreamFailed > 0 ? 'run' : t.done === t.all ? 'skip' : 'wait'),
  one_done: (t) => (t.succeeded + t.failed > 0 ? 'run' : t.done === t.all ? 'skip' : 'wait'),
  none_failed: (t) => (t.broken > 0 ? 'upstreamFailed' : t.done === t.all ? 'run' : 'wait'),
  none_skipped: (t) => (t.skipped > 0 ? 'skip' : t.done === t.all ? 'run' : 'wait'),
  none_failed_min_one_success: (t) => {
    if (t.broken > 0) return 'upstreamFailed'
    if (t.done < t.all) return 'wait'
    return t.skipped === t.all ? 'skip' : 'run'
  },
}

function tally(upstream: readonly Upstream[]): Tally {
  const count = (wanted: (task: Upstream) => boolean): number => upstream.filter(wanted).length
  const failed = count(({ state }) => state === 'failed' || state === 'cancelled')
  const upstreamFailed = count(({ state }) => state === 'upstreamFailed')
  const skipped = count(({ state }) => state === 'skipped')
  const tolerated = count((task) => task.state === 'failed' && task.tolerated)
  const succeeded = count(({ state }) => state === 'succeeded')
  return {
    all: upstream.length,
    done: failed + upstreamFailed + skipped + succeeded,
    succeeded: succeeded + tolerated,
    skipped,
    broken: failed + upstreamFailed - tolerated,
    failed,
    upstreamFailed,
  }
}
