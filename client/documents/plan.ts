import { listConnections } from '../../catalog/connections.ts'
import type { Catalog } from '../../catalog/open.ts'
import { listPipelines } from '../../catalog/pipelines.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { meant } from '../../contracts/nearest.ts'
import { type Connection, PIPELINE_TYPES, type Pipeline } from '../../contracts/pipeline.ts'
import { desiredSchedule } from '../../deploy/schedules/desired.ts'
import { type Difference, differences } from './difference.ts'
import type { Documents, Placed, Problem } from './read.ts'

/** What applying documents would do, and what stands against it. Nothing is written. */
export interface Plan {
  readonly changes: readonly Change[]
  readonly problems: readonly Problem[]
}

export type Change = {
  readonly change: 'create' | 'change' | 'same' | 'remove'
  readonly name: string
  readonly differences: readonly Difference[]
} & ({ readonly kind: 'connection'; readonly document: Connection } | { readonly kind: 'pipeline'; readonly document: Pipeline })

const CHILD = 'pipeline:'
/** A type that a plugin brings may do without. */
const NEED_CONNECTION: ReadonlySet<string> = new Set(PIPELINE_TYPES.filter((type) => type !== 'pipeline'))

export interface PlanOptions {
  /** Who manages what is applied; only what has the same manager is pruned. */
  readonly manager: string
  readonly prune: boolean
}

export async function planDocuments(catalog: Catalog, documents: Documents, { manager, prune }: PlanOptions): Promise<Plan> {
  const [connections, pipelines] = await Promise.all([listConnections(catalog.db), listPipelines(catalog.db)])
  const before = {
    connection: new Map(connections.map((stored) => [stored.document.name, stored])),
    pipeline: new Map(pipelines.map((stored) => [stored.document.name, stored])),
  }
  const given = { connection: namesOf(documents.connections), pipeline: namesOf(documents.pipelines) }
  const gone = <Stored extends { readonly document: { readonly name: string }; readonly managedBy: string | null }>(
    stored: readonly Stored[],
    names: ReadonlySet<string>,
  ) => (prune ? stored.filter(({ document, managedBy }) => managedBy === manager && !names.has(document.name)) : [])
  const changes: Change[] = [
    ...documents.connections.map(
      ({ value }): Change => ({
        kind: 'connection',
        document: value,
        name: value.name,
        ...compare(before.connection.get(value.name)?.document, value),
      }),
    ),
    ...documents.pipelines.map(
      ({ value }): Change => ({
        kind: 'pipeline',
        document: value,
        name: value.name,
        ...compare(before.pipeline.get(value.name)?.document, value),
      }),
    ),
    ...gone(pipelines, given.pipeline).map(
      ({ document }): Change => ({ kind: 'pipeline', document, name: document.name, change: 'remove', differences: [] }),
    ),
    ...gone(connections, given.connection).map(
      ({ document }): Change => ({ kind: 'connection', document, name: document.name, change: 'remove', differences: [] }),
    ),
  ]
  refuseUsed(changes, pipelines)
  const removed = new Set(changes.filter(({ change }) => change === 'remove').map(({ kind, name }) => `${kind} ${name}`))
  const known = {
    connection: new Set([...given.connection, ...[...before.connection.keys()].filter((name) => !removed.has(`connection ${name}`))]),
    pipeline: new Set([...given.pipeline, ...[...before.pipeline.keys()].filter((name) => !removed.has(`pipeline ${name}`))]),
  }
  return {
    changes,
    problems: [
      ...twice('connection', documents.connections),
      ...twice('pipeline', documents.pipelines),
      ...documents.pipelines.flatMap((pipeline) => pipelineProblems(pipeline, known)),
    ],
  }
}

/** Pipelines that others manage may use what is pruned. */
function refuseUsed(changes: readonly Change[], pipelines: readonly { readonly document: Pipeline }[]): void {
  const planned = new Set(changes.flatMap(({ kind, name }) => (kind === 'pipeline' ? [name] : [])))
  for (const { kind, change, name } of changes) {
    if (kind !== 'connection' || change !== 'remove') continue
    const users = pipelines.filter(({ document }) => document.connection === name && !planned.has(document.name))
    if (users.length === 0) continue
    const which = users.map(({ document }) => document.name).join(', ')
    throw new LodelineError('DOCUMENT_INVALID', `connection ${name} cannot be pruned: it is used by ${which}, which others manage`, {
      name,
    })
  }
}

function namesOf(placed: readonly Placed<{ readonly name: string }>[]): ReadonlySet<string> {
  return new Set(placed.map(({ value }) => value.name))
}

function compare(before: unknown, after: unknown): Pick<Change, 'change' | 'differences'> {
  if (before === undefined) return { change: 'create', differences: [] }
  const found = differences(JSON.parse(JSON.stringify(before)), JSON.parse(JSON.stringify(after)))
  return { change: found.length === 0 ? 'same' : 'change', differences: found }
}

function twice(kind: string, placed: readonly Placed<{ readonly name: string }>[]): readonly Problem[] {
  const first = new Map<string, Placed<{ readonly name: string }>>()
  return placed.flatMap((one) => {
    const { name } = one.value
    const before = first.get(name)
    first.set(name, before ?? one)
    if (before === undefined) return []
    const { line } = before.place(['name'])
    return [problem(one, ['name'], `there are two ${kind}s \`${name}\`; the other is at ${before.file}:${line}`)]
  })
}

function pipelineProblems(
  placed: Placed<Pipeline>,
  known: { readonly connection: ReadonlySet<string>; readonly pipeline: ReadonlySet<string> },
): readonly Problem[] {
  const { connection, after = [], type, dag } = placed.value
  const problems: Problem[] = []
  if (connection !== undefined && !known.connection.has(connection))
    problems.push(problem(placed, ['connection'], missing('connection', connection, known.connection)))
  if (connection === undefined && NEED_CONNECTION.has(type))
    problems.push(problem(placed, ['type'], `a pipeline of type ${type} needs a \`connection\``))
  if (type === 'pipeline' && dag === undefined) problems.push(problem(placed, ['type'], 'a pipeline of type `pipeline` needs a `dag`'))
  if (type !== 'pipeline' && dag !== undefined)
    problems.push(problem(placed, ['dag'], `\`dag\` is for type \`pipeline\` only; ${type} has its own`))
  for (const [index, name] of after.entries())
    if (!known.pipeline.has(name)) problems.push(problem(placed, ['after', index], missing('pipeline', name, known.pipeline)))
  return [...problems, ...childProblems(placed, known.pipeline), ...scheduleProblems(placed)]
}

/** Pipelines that tasks start (`run: pipeline:NAME`) or wait for. */
function childProblems(placed: Placed<Pipeline>, known: ReadonlySet<string>): readonly Problem[] {
  return Object.entries(placed.value.dag?.tasks ?? {}).flatMap(([id, { run, with: input }]) => {
    const { pipeline: awaited } = input
    if (run === 'wait.pipeline' && typeof awaited === 'string' && !awaited.startsWith('$') && !known.has(awaited))
      return [problem(placed, ['dag', 'tasks', id, 'with', 'pipeline'], missing('pipeline', awaited, known))]
    const name = run.startsWith(CHILD) ? run.slice(CHILD.length) : null
    if (name === null || (known.has(name) && name !== placed.value.name)) return []
    const message = name === placed.value.name ? 'a pipeline cannot start itself' : missing('pipeline', name, known)
    return [problem(placed, ['dag', 'tasks', id, 'run'], message)]
  })
}

/** A schedule that Temporal would refuse is refused here, where it stands. */
function scheduleProblems(placed: Placed<Pipeline>): readonly Problem[] {
  try {
    desiredSchedule(placed.value)
    return []
  } catch (error) {
    if (!(error instanceof LodelineError)) throw error
    const [, field, rest] = /^schedule\.(\w+): (.*)$/s.exec(error.message) ?? []
    return [
      field === undefined || rest === undefined ? problem(placed, ['schedule'], error.message) : problem(placed, ['schedule', field], rest),
    ]
  }
}

function missing(what: string, name: string, known: ReadonlySet<string>): string {
  const near = meant(name, known)
  return `there is no ${what} \`${name}\`, neither here nor in the catalog${near === undefined ? '' : `; did you mean \`${near}\`?`}`
}

export function problem(placed: Placed<{ readonly name: string }>, path: readonly PropertyKey[], message: string, key = false): Problem {
  return { file: placed.file, ...placed.place(path, key), path: `${placed.value.name}: ${path.map(String).join('.')}`, message }
}
