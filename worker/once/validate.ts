import type { z } from 'zod'
import { hasStandardDag, noDagFor, taskNames } from '../../activities/host/begin-run.ts'
import { lackOf } from '../../activities/host/capabilities.ts'
import { TASKS } from '../../activities/tasks.ts'
import { checkDag } from '../../contracts/dag-check.ts'
import { meant } from '../../contracts/nearest.ts'
import type { OnceRequest, Validated, ValidatedPipeline, ValidationProblem } from '../../contracts/once.ts'
import type { Connection, Pipeline } from '../../contracts/pipeline.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import { issueMessage, knownKeys, secretPaths, unknownKey, withoutUnions } from '../../contracts/schema-walk.ts'
import { SECRET_REFERENCE } from '../../contracts/secret.ts'

/** Documents against the schemas of the plugins they name. What is wrong is told with its place, and never with a value. */
export function validateDocuments(
  registry: PluginRegistry,
  { connections, pipelines }: OnceRequest & { readonly action: 'validate' },
): Validated {
  const parts = [
    ...connections.map((connection, index) => connectionParts(registry, connection, index)),
    ...pipelines.map((pipeline, index) => pipelineParts(registry, pipeline, index)),
  ].flat()
  return { problems: parts.flatMap(({ problems }) => problems), secrets: parts.flatMap(({ secrets }) => secrets) }
}

interface Place {
  readonly kind: 'connection' | 'pipeline'
  readonly index: number
  readonly path: readonly (string | number)[]
}

function connectionParts(
  registry: PluginRegistry,
  { connector: name, config, credentials }: Connection,
  index: number,
): readonly Validated[] {
  const place: Place = { kind: 'connection', index, path: ['config'] }
  const connector = registry.connectors.get(name)
  if (connector === undefined) return [unknownName({ ...place, path: ['connector'] }, 'connector', name, registry.connectors.keys())]
  // Credentials lie beside the config in a document, and are one with it for the connector.
  const found = against(connector.config, { ...config, ...credentials }, place)
  const moved = (path: readonly (string | number)[]) => {
    const first = path[1]
    return credentials !== undefined && typeof first === 'string' && Object.hasOwn(credentials, first)
      ? ['credentials', ...path.slice(1)]
      : path
  }
  return [
    {
      problems: found.problems.map((problem) => ({ ...problem, path: moved(problem.path) })),
      secrets: found.secrets.map((secret) => ({ ...secret, path: moved(secret.path) })),
    },
  ]
}

function pipelineParts(registry: PluginRegistry, { pipeline, connector }: ValidatedPipeline, index: number): readonly Validated[] {
  const sinks = pipeline.sinks.map(({ sink: name, config }, position): Validated => {
    const path = ['sinks', position]
    const sink = registry.sinks.get(name)
    if (sink === undefined) return unknownName({ kind: 'pipeline', index, path: [...path, 'sink'] }, 'sink', name, registry.sinks.keys())
    return against(sink.config, config, { kind: 'pipeline', index, path: [...path, 'config'] })
  })
  const dag = dagPart(registry, pipeline, index)
  const known = connector === null ? undefined : registry.connectors.get(connector)
  const lack = known === undefined ? null : lackOf(known, pipeline)
  if (lack === null) return [...queryLogParts(registry, pipeline, connector, index), ...sinks, dag]
  return [...sinks, dag, { problems: [{ kind: 'pipeline', index, key: false, ...lack }], secrets: [] }]
}

const PLUGIN_TASKS = ' (tasks of a plugin are known where the plugin is: LODELINE_PLUGINS)'

/** What a run would be refused for when it begins is refused where it is written. */
function dagPart(registry: PluginRegistry, { type, dag }: Pipeline, index: number): Validated {
  const at = (path: readonly (string | number)[], message: string): ValidationProblem => ({
    kind: 'pipeline',
    index,
    path,
    message,
    key: false,
  })
  if (type !== 'pipeline') return { problems: hasStandardDag(registry, type) ? [] : [at(['type'], noDagFor(registry, type))], secrets: [] }
  const checked = dag === undefined ? null : checkDag(dag, taskNames({ registry, tasks: TASKS }))
  const found = checked === null || checked.ok ? [] : checked.problems
  return {
    problems: found.map(({ path, message }) =>
      at(['dag', ...stepsOf(path)], path.endsWith('.run') ? `${message}${PLUGIN_TASKS}` : message),
    ),
    secrets: [],
  }
}

/** The steps of `tasks.load.after[1]`: a task's id holds neither dots nor brackets. */
function stepsOf(path: string): readonly (string | number)[] {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) && path.includes(`[${step}]`) ? Number(step) : step))
}

function queryLogParts(registry: PluginRegistry, { options }: Pipeline, connector: string | null, index: number): readonly Validated[] {
  const given = options['queryLog']
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return []
  const kind = given['kind']
  const place: Place = { kind: 'pipeline', index, path: ['options', 'queryLog'] }
  if (typeof kind !== 'string') return []
  const own = kind === 'connection' && connector !== null ? registry.connectors.get(connector) : undefined
  if (own?.queries !== undefined) {
    const { kind: _, ...settings } = given
    return own.historySettings === undefined ? [] : [against(own.historySettings, settings, place)]
  }
  const log = registry.queryLogs.get(kind)
  if (log === undefined) return [unknownName({ ...place, path: [...place.path, 'kind'] }, 'query log', kind, registry.queryLogs.keys())]
  return [against(log.options, given, place)]
}

function unknownName(place: Place, what: string, name: string, known: Iterable<string>): Validated {
  const names = [...known].sort()
  const near = meant(name, names)
  const message = `there is no ${what} \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`} (there are ${names.join(', ')})`
  return { problems: [{ ...place, message, key: false }], secrets: [] }
}

/** A reference stands for a string that is not known yet, so it is not held against a format. */
function against(schema: z.ZodType, value: unknown, place: Place): Validated {
  const at: At = (path) => [...place.path, ...path.map((step) => (typeof step === 'symbol' ? String(step) : step))]
  const parsed = schema.safeParse(value)
  const problems = parsed.success
    ? []
    : parsed.error.issues.flatMap(withoutUnions).flatMap((issue) => problemsOf(issue, schema, value, place, at))
  return { problems, secrets: secretPaths(schema, value).map((path) => ({ kind: place.kind, index: place.index, path: at(path) })) }
}

type At = (path: readonly PropertyKey[]) => readonly (string | number)[]

function problemsOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  value: unknown,
  { kind, index }: Place,
  at: At,
): readonly ValidationProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path)
    return issue.keys.map((key) => ({ kind, index, path: [...at(issue.path), key], key: true, message: unknownKey(key, known) }))
  }
  return isReference(value, issue.path) ? [] : [{ kind, index, path: at(issue.path), key: false, message: issueMessage(issue, value) }]
}

function isReference(value: unknown, path: readonly PropertyKey[]): boolean {
  const found = path.reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined), value)
  return typeof found === 'string' && SECRET_REFERENCE.test(found) && !found.startsWith('file://')
}
