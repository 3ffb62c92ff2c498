import { createHash } from 'node:crypto'
import { pipelineNames } from '../../catalog/pipelines.ts'
import { addWarning } from '../../catalog/run-progress.ts'
import { endRun, findRun, hasSucceeded, openRun, taskOutputs } from '../../catalog/run-state.ts'
import type { BeginRunInput, BegunRun } from '../../contracts/activities.ts'
import type { Dag, Task } from '../../contracts/dag.ts'
import { checkDag } from '../../contracts/dag-check.ts'
import { readParams } from '../../contracts/dag-params.ts'
import { ERRORS, LodelineError } from '../../contracts/errors.ts'
import { meant, nearest } from '../../contracts/nearest.ts'
import { PIPELINE_TYPES, type Pipeline, type WorkflowInput, workflowInputSchema } from '../../contracts/pipeline.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import { instantOf } from '../../contracts/window.ts'
import { STANDARD_PIPELINES } from '../pipelines/standard.ts'
import type { TaskFunction } from '../task.ts'
import { lackOf } from './capabilities.ts'
import type { HostDeps } from './deps.ts'
import { withDescendants } from './descendants.ts'
import { connectionNamed, connectorNamed, livePipeline } from './load-run.ts'
import { slotWindow } from './window.ts'

/** Writes the run down and gives the DAG it is to execute. May run twice: the run's id comes from Temporal's. */
export async function beginRun(deps: HostDeps, begin: BeginRunInput): Promise<BegunRun> {
  const input = readInput(begin.input)
  const pipeline = await pipelineNamed(deps, input.pipeline)
  const run = runIdOf(begin)
  try {
    return await prepare(deps, { begin, input, pipeline, run })
  } catch (error) {
    // A run that cannot begin is kept too, with its reason; where it may yet, the next attempt decides.
    if (error instanceof LodelineError && !ERRORS[error.code].retry) await refuseRun(deps, { begin, input, pipeline, run }, error)
    throw error
  }
}

interface Beginning {
  readonly begin: BeginRunInput
  readonly input: WorkflowInput
  readonly pipeline: Pipeline
  readonly run: string
}

async function prepare(deps: HostDeps, beginning: Beginning): Promise<BegunRun> {
  const { begin, input, pipeline, run } = beginning
  refuseOtherType(deps, pipeline, begin.workflowType)
  await refuseUnusableConnection(deps, pipeline)
  const dag = withThreshold(dagOf(dagSource(deps), pipeline), pipeline)
  const params = readParams(dag.params, input.params)
  const window = await windowOf(deps, pipeline, input, begin.scheduledAt)
  const completed = input.resumeFrom === undefined ? {} : await completedOutputs(deps, dag, pipeline, input)
  const children = await childTypes(deps, pipeline.name, dag)
  await openRun(deps, { ...beginning, dag, window, completed })
  await warnOfOrder(deps, run, pipeline)
  return {
    run,
    pipeline: pipeline.name,
    connection: pipeline.connection ?? null,
    dag,
    window,
    params,
    completed,
    queues: deps.settings.queues,
    children,
    searchAttributes: deps.settings.searchAttributes,
    heartbeat: deps.settings.heartbeat,
  }
}

/** Metadata before lineage before usage: a run that comes too early gives less, not wrong results. */
async function warnOfOrder(deps: HostDeps, run: string, { name, after = [] }: Pipeline): Promise<void> {
  for (const before of after) {
    if (!(await hasSucceeded(deps, before))) await addWarning(deps, run, `${name} comes after ${before}, which has not succeeded yet`)
  }
}

async function refuseRun(deps: HostDeps, beginning: Beginning, { code, message, hint }: LodelineError): Promise<void> {
  await openRun(deps, { ...beginning, dag: { tasks: {} }, window: null, completed: {} })
  await endRun(deps, { run: beginning.run, status: 'failed', error: { code, message, hint } })
}

export function runIdOf({ workflowId, runId }: Pick<BeginRunInput, 'workflowId' | 'runId'>): string {
  return createHash('sha256').update(`${workflowId}\0${runId}`).digest('hex').slice(0, 20)
}

function readInput(given: unknown): WorkflowInput {
  const read = workflowInputSchema.safeParse(given)
  if (read.success) return read.data
  const issues = read.error.issues.map(({ path, message }) => `${path.length === 0 ? 'input' : path.join('.')}: ${message}`)
  throw new LodelineError(
    'DOCUMENT_INVALID',
    `The workflow's input must be one JSON object such as {"pipeline":"NAME"}; ${issues.join('; ')}`,
  )
}

async function pipelineNamed(deps: HostDeps, name: string): Promise<Pipeline> {
  const found = await livePipeline(deps, name)
  if (found !== null) return found
  const near = nearest(name, await pipelineNames(deps.catalog.db), 3)
  const hint = near.length === 0 ? '; there are none yet: `lodeline apply -f FILE` creates them' : `; the nearest: ${near.join(', ')}`
  throw new LodelineError('PIPELINE_UNKNOWN', `There is no pipeline ${name}${hint}`, { pipeline: name, nearest: near })
}

/** Anybody may start a run with Temporal's own CLI: the type they name must be the pipeline's. */
function refuseOtherType({ registry }: HostDeps, { name, type }: Pipeline, workflowType: string): void {
  if (type !== workflowType) {
    if (!pipelineTypes(registry).includes(workflowType))
      throw new LodelineError('NAME_UNKNOWN', `There is no workflow type ${workflowType}: pipeline ${name} is started with --type ${type}`)
    throw new LodelineError('DOCUMENT_INVALID', `Pipeline ${name} is of type ${type}: start it with --type ${type}, not ${workflowType}`)
  }
}

async function refuseUnusableConnection(deps: HostDeps, pipeline: Pipeline): Promise<void> {
  const { name, connection } = pipeline
  if (connection === undefined) return
  const lack = lackOf(connectorNamed(deps.registry, (await connectionNamed(deps, connection)).connector), pipeline)
  if (lack !== null) throw new LodelineError('DOCUMENT_INVALID', `Pipeline ${name}: ${lack.path.join('.')}: ${lack.message}`)
}

/** Names that are kept free for what is to come; a plugin may bring them until then. */
const RESERVED: ReadonlySet<string> = new Set(
  PIPELINE_TYPES.filter((type) => type !== 'pipeline' && !Object.hasOwn(STANDARD_PIPELINES, type)),
)

/** What decides the DAG of a pipeline: the tasks and types there are, and the threads of the worker. */
export interface DagSource {
  readonly registry: PluginRegistry
  readonly tasks: Readonly<Record<string, TaskFunction>>
  readonly threads: number
}

/** Whether pipelines of a type have a DAG here without bringing their own. */
export function hasStandardDag(registry: PluginRegistry, type: string): boolean {
  return pipelineTypes(registry).includes(type) && type !== 'pipeline'
}

/** Types that a pipeline can be run as here. */
export function pipelineTypes({ pipelines }: PluginRegistry): readonly string[] {
  return [...Object.keys(STANDARD_PIPELINES), 'pipeline', ...pipelines.keys()]
}

/** Names of the tasks that a DAG may be made of. */
export function taskNames({ registry, tasks }: Pick<DagSource, 'registry' | 'tasks'>): ReadonlySet<string> {
  return new Set([...Object.keys(tasks), ...registry.activities.keys()])
}

/** The DAG that a pipeline of this worker executes; throws DAG_INVALID with the path of what is wrong. */
export function dagOf({ registry, tasks, threads }: DagSource, pipeline: Pipeline): Dag {
  const standard = STANDARD_PIPELINES[pipeline.type]
  const document = pipeline.dag ?? standard?.(pipeline, { threads }) ?? registry.pipelines.get(pipeline.type)
  if (document === undefined) {
    const why = pipeline.type === 'pipeline' ? 'a pipeline of type `pipeline` needs a `dag`' : noDagFor(registry, pipeline.type)
    throw new LodelineError('DAG_INVALID', `Pipeline ${pipeline.name}: ${why}`)
  }
  const checked = checkDag(document, taskNames({ registry, tasks }))
  if (checked.ok) return checked.dag
  const problems = checked.problems.map(({ path, message }) => `${path}: ${message}`)
  throw new LodelineError('DAG_INVALID', `Pipeline ${pipeline.name}: ${problems.join('; ')}`, { problems })
}

export function noDagFor(registry: PluginRegistry, type: string): string {
  const types = pipelineTypes(registry)
  const near = meant(type, types)
  const what = RESERVED.has(type)
    ? `\`${type}\` is not built in yet, and no plugin here brings it`
    : `there is no pipeline type \`${type}\``
  const hint = RESERVED.has(type) || near === undefined ? '' : `; did you mean \`${near}\`?`
  return `${what}${hint} (there are ${types.join(', ')}; \`pipeline\` takes a \`dag\` of your own)`
}

function dagSource({ registry, tasks, threads }: HostDeps): DagSource {
  return { registry, tasks, threads: threads.size }
}

/** The pipeline's `successThreshold` holds for every mapped task that says nothing itself. */
function withThreshold(dag: Dag, { successThreshold }: Pipeline): Dag {
  if (successThreshold === undefined) return dag
  const tolerant = (task: Task): Task =>
    task.each === undefined || task.failedItems !== undefined ? task : { ...task, failedItems: 1 - successThreshold }
  return { ...dag, tasks: Object.fromEntries(Object.entries(dag.tasks).map(([id, task]) => [id, tolerant(task)])) }
}

async function windowOf(
  deps: HostDeps,
  pipeline: Pipeline,
  input: WorkflowInput,
  scheduledAt: string | undefined,
): Promise<BegunRun['window']> {
  if (input.window !== undefined) {
    const { from, to } = input.window
    const [first, last] = [instantOf(from), instantOf(to)]
    if (!(first < last)) throw new LodelineError('DOCUMENT_INVALID', `window: ${from} is not before ${to}`)
    return { from: new Date(first).toISOString(), to: new Date(last).toISOString() }
  }
  if (scheduledAt !== undefined) return slotWindow(deps, pipeline, scheduledAt)
  return input.resumeFrom === undefined ? null : ((await findRun(deps, input.resumeFrom))?.window ?? null)
}

/** What the run that is resumed finished, but for what is to run again and all that comes after it. */
async function completedOutputs(deps: HostDeps, dag: Dag, pipeline: Pipeline, input: WorkflowInput): Promise<BegunRun['completed']> {
  const from = input.resumeFrom ?? ''
  const earlier = await findRun(deps, from)
  if (earlier === null) throw new LodelineError('RUN_UNKNOWN', `There is no run ${from} to resume from`)
  if (earlier.pipeline !== pipeline.name)
    throw new LodelineError('RUN_UNKNOWN', `Run ${from} is of pipeline ${earlier.pipeline}, not ${pipeline.name}`)
  const unknown = (input.rerun ?? []).find((id) => !Object.hasOwn(dag.tasks, id))
  if (unknown !== undefined)
    throw new LodelineError('NAME_UNKNOWN', `rerun: there is no task ${unknown}; there are ${Object.keys(dag.tasks).join(', ')}`)
  const again = withDescendants(dag, input.rerun ?? [])
  const outputs = await taskOutputs(deps, from)
  return Object.fromEntries(Object.entries(outputs).filter(([id]) => Object.hasOwn(dag.tasks, id) && !again.has(id)))
}

/** Types of the pipelines started as children; a pipeline that starts itself, also through others, is refused. */
async function childTypes(deps: HostDeps, root: string, dag: Dag): Promise<Readonly<Record<string, string>>> {
  const types: Record<string, string> = {}
  const visit = async (document: Dag, way: readonly string[]): Promise<void> => {
    for (const name of childNames(document)) {
      if (way.includes(name)) throw new LodelineError('DAG_INVALID', `Pipelines that start each other: ${[...way, name].join(' → ')}`)
      const child = await pipelineNamed(deps, name)
      if (way.length === 1) types[name] = child.type
      await visit(dagOf(dagSource(deps), child), [...way, name])
    }
  }
  await visit(dag, [root])
  return types
}

function childNames(dag: Dag): readonly string[] {
  return Object.values(dag.tasks).flatMap(({ run }) => (run.startsWith('pipeline:') ? [run.slice('pipeline:'.length)] : []))
}
