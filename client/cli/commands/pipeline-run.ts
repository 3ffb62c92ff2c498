import type { Dag } from '../../../contracts/dag.ts'
import { readParams } from '../../../contracts/dag-params.ts'
import { LodelineError } from '../../../contracts/errors.ts'
import type { WorkflowInput } from '../../../contracts/pipeline.ts'
import type { Run } from '../../../contracts/runs.ts'
import { instantOf } from '../../../contracts/window.ts'
import { findRun } from '../../runs.ts'
import type { Lodeline, RunHandle } from '../../sdk/runs.ts'
import { defineCommand } from '../command.ts'
import type { Deps } from '../deps.ts'
import { EXIT } from '../exit-codes.ts'
import { followRun } from '../follow.ts'
import { requirePipeline } from '../lookup.ts'
import { exitOfRun, runText } from '../runs.ts'

export const command = defineCommand({
  summary: 'Start a run now',
  args: [{ name: 'name', description: 'Name of the pipeline' }],
  flags: {
    wait: { type: 'boolean', description: 'Until it ends, with progress; the exit code says how it ended' },
    reprocess: { type: 'boolean', description: 'Also what was mined before and has not changed' },
    dryRun: { type: 'boolean', description: 'Do the work, publish nothing' },
    window: { type: 'string', value: 'FROM/TO', description: 'Data interval, ISO times in UTC, the end left out' },
    requestId: { type: 'string', value: 'ID', description: 'The same id again gives the same run, not another one' },
    forceDeletions: { type: 'boolean', description: 'Metadata: mark as deleted whatever the guard says, this once' },
    param: { type: 'strings', value: 'KEY=VALUE', description: "Parameter of a DAG of one's own; may be repeated" },
  },
  examples: [
    { line: 'lodeline pipeline run snowflake-history --wait', says: 'mine what is new, and wait' },
    { line: 'lodeline pipeline run snowflake-history --reprocess --wait', says: 'mine everything again' },
    { line: 'lodeline pipeline run lake-usage --window 2026-01-01/2026-01-02', says: 'one day' },
  ],
  exits: {
    0: 'Started; with --wait: it succeeded.',
    3: 'With --wait: it failed or was cancelled.',
    4: 'There is no Temporal server.',
    130: 'Interrupted while waiting; the run goes on.',
  },
  async run(given, deps) {
    const window = given.window === undefined ? {} : { window: windowOf(given.window) }
    const catalog = await deps.catalog()
    const { document } = await requirePipeline(catalog, given.name)
    const said = { ...paramsOf(given.param, document.dag?.params), ...(given.forceDeletions ? { forceDeletions: true } : {}) }
    const params = Object.keys(said).length === 0 ? {} : { params: said }
    if (document.dag !== undefined) readParams(document.dag.params, said) // a run would say so too, but only once it has begun
    const lodeline = await deps.lodeline()
    await warnWithoutWorker(lodeline, deps)
    const handle = await lodeline.start({
      type: document.type,
      pipeline: document.name,
      ...(given.requestId === undefined ? {} : { requestId: given.requestId }),
      ...(given.reprocess ? { reprocess: true } : {}),
      ...(given.dryRun ? { dryRun: true } : {}),
      ...window,
      ...params,
    })
    if (!given.wait) return started(document.name, handle)
    const ended = await follow(document.name, handle, deps)
    if (ended === null)
      return {
        code: EXIT.interrupted,
        text: `The run goes on: \`lodeline runs show ${handle.workflowId}\`, \`lodeline runs cancel ${handle.workflowId}\`.`,
      }
    return { code: exitOfRun(ended.status), text: runText(ended, deps.output, deps.now()), data: ended }
  },
})

function started(pipeline: string, { workflowId }: RunHandle) {
  return {
    code: EXIT.done,
    text: `Started ${pipeline} as ${workflowId}.\n\`lodeline runs show ${workflowId}\` shows how it goes.`,
    data: { pipeline, workflowId },
  }
}

async function warnWithoutWorker(lodeline: Lodeline, { output }: Deps): Promise<void> {
  if ((await lodeline.workers().catch(() => 1)) > 0) return // not being able to ask is no reason to warn
  output.note(`${output.paint.yellow('!')} No worker takes runs at the moment: this one waits until one is up (\`lodeline up\`).`)
}

type Json = NonNullable<WorkflowInput['params']>[string]

/** Null when interrupted. What the catalog has of the run is the answer: it is there before the workflow closes. */
async function follow(pipeline: string, handle: RunHandle, deps: Deps): Promise<Run | null> {
  const catalog = await deps.catalog()
  const over = new AbortController()
  const signal = AbortSignal.any([deps.signal, over.signal])
  let id = handle.workflowId
  const find = async (): Promise<Run | null> => {
    const run = await findRun(catalog, id)
    id = run?.id ?? id
    return run
  }
  const followed = followRun(pipeline, find, { output: deps.output, now: deps.now, signal })
  // A run that could not begin, or that another catalog has, is over here only.
  const waiting = new AbortController()
  const closed = handle.wait({ signal: waiting.signal }).finally(() => over.abort())
  closed.catch(() => undefined)
  const run = await followed
  if (!over.signal.aborted) waiting.abort() // an open call would keep the process
  if (run !== null || deps.signal.aborted) return run
  const { error } = await closed
  const last = await find()
  if (last !== null) return last
  const { code, message } = error ?? { code: 'RUN_UNKNOWN', message: 'the catalog has no such run' }
  throw new LodelineError('TASK_FAILED', `${message} (${code}). Is the worker's catalog this one (\`lodeline config show\`)?`, {
    workflowId: handle.workflowId,
  })
}

function windowOf(text: string): { readonly from: string; readonly to: string } {
  const [from, to, more] = text.split('/').map(instantOf)
  if (from === undefined || to === undefined || more !== undefined || Number.isNaN(from) || Number.isNaN(to) || from >= to) {
    throw new LodelineError(
      'OPTION_UNKNOWN',
      `--window takes FROM/TO, two ISO times, the first before the second (2026-01-01/2026-01-02), not \`${text}\``,
      { option: '--window' },
    )
  }
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}

function paramsOf(given: readonly string[], schema: Dag['params'] = {}): Record<string, Json> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new LodelineError('OPTION_UNKNOWN', `--param takes KEY=VALUE, not \`${text}\``, { option: '--param' })
      const name = text.slice(0, at)
      return [name, valueOf(text.slice(at + 1), Object.hasOwn(schema, name) ? schema[name]?.type : undefined)]
    }),
  )
}

/** Text stays text where the parameter is one; what is no number where one is asked for is refused with the others. */
function valueOf(text: string, type: 'string' | 'number' | 'boolean' | 'json' | undefined): Json {
  if (type === 'string') return text
  if (type !== 'json') return /^(-?\d+(\.\d+)?|true|false|null)$/.test(text) ? JSON.parse(text) : text
  try {
    return JSON.parse(text)
  } catch {
    throw new LodelineError('OPTION_UNKNOWN', `--param: \`${text}\` is no JSON, which the parameter takes`, { option: '--param' })
  }
}
