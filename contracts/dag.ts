import { z } from 'zod'

/**
 * The DAG document: what a pipeline type executes, as plain data. `tasks` maps an id to a task.
 * `run` names an activity (`mine.scan`) or a child pipeline (`pipeline:NAME`).
 */

/** Airflow's trigger rules, by the states of the tasks in `after`. */
export const TRIGGER_RULES = [
  'all_success',
  'all_done',
  'all_failed',
  'one_success',
  'one_failed',
  'one_done',
  'none_failed',
  'none_skipped',
  'none_failed_min_one_success',
  'always',
] as const
export type TriggerRule = (typeof TRIGGER_RULES)[number]

/** Which workers take a task: control (short), io (streams), cpu (parsing), push (rate-limited sinks). */
export const QUEUE_CLASSES = ['control', 'io', 'cpu', 'push'] as const

const duration = z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'a duration such as 30s, 10m, 2h')

export const retrySchema = z.strictObject({
  attempts: z.number().int().min(0).optional().describe('Attempts in all; 0 means without limit'),
  first: duration.optional().describe('Pause before the second attempt'),
  factor: z.number().min(1).optional(),
  max: duration.optional().describe('Longest pause between attempts'),
  except: z.array(z.string()).optional().describe('Error codes that are not tried again'),
})

export const timeoutsSchema = z.strictObject({
  attempt: duration.optional().describe('One attempt (start to close)'),
  total: duration.optional().describe('All attempts with their pauses (schedule to close)'),
  heartbeat: duration.optional(),
})

/** A value taken from the run: `$param.NAME`, `$task.ID.FIELD`, `$item`, `$window.from`; or a literal. */
export const inputValue = z.json()

/** `{"value": "$task.plan.shards", "op": ">", "than": 0}`; false skips the task. */
export const conditionSchema = z.strictObject({
  value: z.string(),
  op: z.enum(['==', '!=', '>', '>=', '<', '<=', 'in', 'exists']).default('=='),
  than: z.json().optional(),
})

export const taskSchema = z.strictObject({
  run: z.string().min(1).describe('Activity name, or `pipeline:NAME` for a child pipeline'),
  after: z.array(z.string()).default([]),
  with: z
    .record(z.string(), inputValue)
    .default({})
    .describe('Input of the task; `$task.ID.FIELD`, `$param.NAME`, `$item` and `$window.from|to` are replaced'),
  each: z.string().optional().describe('`$task.ID`: run once for every item of the list that task wrote as a manifest'),
  width: z.number().int().min(1).max(200).default(4).describe('How many items at once'),
  when: conditionSchema.optional(),
  shortCircuit: z.boolean().optional().describe('If the task returns {"continue": false}, everything after it is skipped'),
  trigger: z.enum(TRIGGER_RULES).default('all_success'),
  queue: z.enum(QUEUE_CLASSES).default('control'),
  pool: z.string().optional().describe("At most the pool's number of tasks at once, over all runs"),
  priority: z.number().int().min(1).max(5).optional(),
  group: z.string().optional().describe('Tasks of one group are drawn together'),
  retry: retrySchema.optional(),
  timeouts: timeoutsSchema.optional(),
  onFailure: z.enum(['fail', 'continue', 'wait']).default('fail'),
  failedItems: z.number().min(0).max(1).optional().describe('Share of mapped items that may fail before the task does'),
})
export type Task = z.infer<typeof taskSchema>

export const dagSchema = z.strictObject({
  tasks: z.record(z.string().regex(/^[a-z][a-z0-9_-]*$/i), taskSchema),
  params: z
    .record(
      z.string(),
      z.strictObject({
        type: z.enum(['string', 'number', 'boolean', 'json']),
        default: z.json().optional(),
        required: z.boolean().optional(),
        description: z.string().optional(),
      }),
    )
    .optional(),
  timeout: duration.optional(),
  onSuccess: z.array(z.strictObject({ webhook: z.string() })).optional(),
  onFailure: z.array(z.strictObject({ webhook: z.string() })).optional(),
})
export type Dag = z.infer<typeof dagSchema>
