import { z } from 'zod'
import { dagSchema } from './dag.ts'
import { PIPELINE_TYPES } from './pipeline-types.ts'

export { PIPELINE_TYPES, type PipelineType } from './pipeline-types.ts'

/** What `lodeline apply` reads: connections and pipelines, one or many documents a file. */

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'letters, digits, dot, dash and underscore, at most 100')

export const connectionSchema = z.strictObject({
  name,
  connector: z.string().describe('The kind of source, e.g. snowflake'),
  description: z.string().optional(),
  config: z.record(z.string(), z.json()).default({}),
  credentials: z
    .record(z.string(), z.string())
    .optional()
    .describe('References (`env:NAME`, `file:/path`, …) or values, which are encrypted at rest'),
})
export type Connection = z.infer<typeof connectionSchema>

const EVERY = 'must be hour, day, week or month, or an interval such as 15m, 6h or 2d'

export const scheduleSchema = z
  .strictObject({
    every: z.union([z.enum(['hour', 'day', 'week', 'month']), z.string().regex(/^\d+(m|h|d)$/, EVERY)]).optional(),
    at: z.string().optional().describe('HH:MM; for `hour` the minute as `:MM`'),
    weekday: z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']).optional(),
    day: z.number().int().min(1).max(28).optional().describe('Day of the month; 29 to 31 would skip months'),
    cron: z.string().optional(),
    timeZone: z.string().default('UTC'),
    startAt: z.string().optional(),
    endAt: z.string().optional(),
    overlap: z.enum(['skip', 'bufferOne', 'bufferAll', 'cancelOther', 'terminateOther', 'allowAll']).default('skip'),
    catchUp: z.string().optional().describe('How late a missed slot is still run, e.g. 2h'),
    jitter: z.string().optional(),
    pauseOnFailure: z.boolean().optional(),
  })
  .refine((schedule) => (schedule.every === undefined) !== (schedule.cron === undefined), 'either `every` or `cron`')
export type ScheduleDocument = z.infer<typeof scheduleSchema>

/** Options every pipeline has; each type adds its own (checked by the type's schema in `contracts/pipeline-options.ts`). */
export const pipelineSchema = z.strictObject({
  name,
  type: name.describe(`${PIPELINE_TYPES.join(', ')}, or a type that a plugin brings`),
  connection: z.string().optional(),
  description: z.string().optional(),
  options: z.record(z.string(), z.json()).default({}),
  dag: dagSchema.optional().describe('Only for type `pipeline`'),
  schedule: scheduleSchema.optional().describe('Absent: run by hand'),
  sinks: z.array(z.strictObject({ sink: z.string(), config: z.record(z.string(), z.json()).default({}) })).default([]),
  after: z.array(z.string()).optional().describe('Pipelines that must have succeeded before'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).optional(),
  successThreshold: z.number().min(0).max(1).optional(),
  paused: z.boolean().optional(),
})
export type Pipeline = z.infer<typeof pipelineSchema>

export const documentSchema = z.strictObject({
  connections: z.array(connectionSchema).default([]),
  pipelines: z.array(pipelineSchema).default([]),
})

/** Options of a pipeline of type s3QueryMining (and of query mining in general). */
export const miningOptionsSchema = z.strictObject({
  queryLog: z.looseObject({ kind: z.string() }).describe('`{kind: s3, bucket, prefix, keys, …}`; validated by the query log of that kind'),
  missingAssets: z.enum(['create', 'skip', 'fail']).default('create').describe('What to do with tables the catalog does not know'),
  controlConfig: z.record(z.string(), z.json()).optional().describe('`{"ignore-all-case": true}`; unknown keys are kept and reported'),
  queryText: z
    .enum(['masked', 'full', 'none'])
    .default('masked')
    .describe('How texts are kept: literals masked, as they are, or not at all in sinks and shows'),
  maxDeadLetterShare: z.number().min(0).max(1).default(0.5).describe('Share of records that may be dead letters before the run fails'),
  excludedUsers: z.array(z.string()).default([]).describe('Users who do not count in usage'),
  shardBytes: z
    .number()
    .int()
    .min(65536)
    .default(134_217_728)
    .describe('Objects are grouped, and large plain ones cut, into shards of about this many bytes'),
  width: z.number().int().min(1).max(64).optional().describe('Shards mined at once; by default the threads of the worker'),
  textBudgetMs: z
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe('One text may take so long to be read, or resolved; then it is a dead letter (SQL_BUDGET)'),
})
export type MiningOptions = z.infer<typeof miningOptionsSchema>

/** The one argument of every workflow type, from Temporal's CLI, schedules and programs alike. */
export const workflowInputSchema = z.strictObject({
  pipeline: name,
  window: z.strictObject({ from: z.string(), to: z.string() }).optional(),
  reprocess: z.boolean().optional(),
  dryRun: z.boolean().optional(),
  resumeFrom: z.string().optional().describe('Run id whose completed tasks are kept'),
  rerun: z.array(z.string()).optional().describe('With resumeFrom: tasks that run again, with all that come after them'),
  params: z.record(z.string(), z.json()).optional(),
})
export type WorkflowInput = z.infer<typeof workflowInputSchema>
