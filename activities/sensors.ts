import { z } from 'zod'
import { LodelineError } from '../contracts/errors.ts'
import type { TaskContext, TaskFunction } from './task.ts'

/** Tasks that wait for something outside the run. Each looks once; `{again}` has the interpreter ask later, and no worker is held meanwhile. */

const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'a duration such as 30s, 10m, 2h')
const HOURS: Readonly<Record<string, number>> = { ms: 1 / 3_600_000, s: 1 / 3600, m: 1 / 60, h: 1, d: 24 }

const pipelineInput = z.strictObject({
  pipeline: z.string(),
  within: duration.default('24h').describe('Without a window: how long ago the success may be'),
  every: duration.default('30s'),
})

/** Another pipeline's success: for the window of this run, or a later one; without a window, within the time given. */
const waitPipeline: TaskFunction = async (context) => {
  const { pipeline, within, every } = read(pipelineInput, context)
  const { catalog, call, host } = context
  const { window } = call
  const known = await catalog.db
    .selectFrom('pipelines')
    .select('name')
    .where('name', '=', pipeline)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (known === undefined) throw new LodelineError('PIPELINE_UNKNOWN', `There is no pipeline ${pipeline} to wait for`)
  const [, amount = '0', unit = 'h'] = /^(\d+)(ms|s|m|h|d)$/.exec(within) ?? []
  const since = new Date(host.now() - Number(amount) * (HOURS[unit] ?? 1) * 3_600_000).toISOString()
  const success = await catalog.db
    .selectFrom('runs')
    .select('id')
    .where('pipeline', '=', pipeline)
    .where('status', '=', 'succeeded')
    .where((of) => (window === null ? of('ended_at', '>=', since) : of('window_to', '>=', window.to)))
    .orderBy('ended_at', 'desc')
    .executeTakeFirst()
  return success === undefined ? { again: every } : { run: success.id }
}

const objectInput = z.strictObject({
  log: z.looseObject({ kind: z.string() }).describe('Where to look, as the `queryLog` of a miner: `{kind: s3, bucket, prefix}`'),
  atLeast: z.number().int().min(1).default(1),
  every: duration.default('30s'),
})

/** Objects in S3, or files, below a prefix. */
const waitObject: TaskFunction = async (context) => {
  const { log: options, atLeast, every } = read(objectInput, context)
  const log = context.registry.queryLogs.get(options.kind)
  if (log === undefined) throw new LodelineError('PLUGIN_NOT_INSTALLED', `No query log is of kind ${options.kind}`)
  const parsed = log.options.safeParse(await context.resolveSecrets(options))
  if (!parsed.success) throw invalid(context, 'log', parsed.error)
  let found = 0
  for await (const _ of log.list({ connection: context.connection?.document.name ?? '', config: parsed.data, host: context.host })) {
    if (++found >= atLeast) return { objects: found }
  }
  return { again: every }
}

function read<Output>(schema: z.ZodType<Output>, context: TaskContext): Output {
  const parsed = schema.safeParse(context.call.with)
  if (!parsed.success) throw invalid(context, null, parsed.error)
  return parsed.data
}

function invalid({ call }: TaskContext, at: string | null, { issues }: z.ZodError): LodelineError {
  const [issue] = issues
  const path = ['tasks', call.task, 'with', ...(at === null ? [] : [at]), ...(issue?.path ?? []).map(String)].join('.')
  return new LodelineError('DAG_INVALID', `${path}: ${issue?.message ?? 'is not valid'}`)
}

export const sensors: Readonly<Record<string, TaskFunction>> = { 'wait.pipeline': waitPipeline, 'wait.object': waitObject }
