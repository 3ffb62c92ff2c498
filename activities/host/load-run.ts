import { getConnection } from '../../catalog/connections.ts'
import { getPipeline } from '../../catalog/pipelines.ts'
import { findRun } from '../../catalog/run-state.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { Connection, Pipeline, WorkflowInput } from '../../contracts/pipeline.ts'
import type { Connector } from '../../contracts/plugin.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import type { BoundConnection, LogLevel } from '../task.ts'
import type { HostDeps } from './deps.ts'
import { withDescendants } from './descendants.ts'
import { resolveSecrets } from './secrets.ts'

/** What every attempt of a run needs to know of it. */
export interface LoadedRun {
  readonly input: WorkflowInput
  readonly pipeline: Pipeline
  keepsLog(level: LogLevel): boolean
  /** The run whose items of a task count as done: the one that is resumed, where both walk the same list. */
  itemsFrom(task: string, manifest: string): string | null
  /** Resolves the connection's secrets anew for each attempt; their values are added to `seen`. */
  connect(deps: HostDeps, seen: Set<string>): Promise<BoundConnection | null>
}

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export async function loadRun(deps: HostDeps, run: string): Promise<LoadedRun> {
  const found = await findRun(deps, run)
  if (found === null) throw new LodelineError('RUN_UNKNOWN', `The catalog knows no run ${run}; was it opened on another catalog?`)
  const pipeline = await livePipeline(deps, found.pipeline)
  if (pipeline === null) throw new LodelineError('PIPELINE_UNKNOWN', `The pipeline ${found.pipeline} was removed while it ran`)
  const { resumeFrom, rerun = [] } = found.input
  const again = withDescendants(found.dag, rerun)
  const least = ORDER.indexOf(pipeline.logLevel ?? (pipeline.options['debugLog'] === true ? 'debug' : 'info'))
  return {
    input: found.input,
    pipeline,
    itemsFrom: (task, manifest) => (resumeFrom === undefined || again.has(task) || manifest.startsWith(`${run}/`) ? null : resumeFrom),
    keepsLog: (level) => ORDER.indexOf(level) >= least,
    connect: async (host, seen) =>
      pipeline.connection === undefined ? null : bind(host, await connectionNamed(host, pipeline.connection), seen),
  }
}

/** Null when there is none, or it was removed. */
export async function livePipeline({ catalog }: Pick<HostDeps, 'catalog'>, name: string): Promise<Pipeline | null> {
  return (await getPipeline(catalog.db, name))?.document ?? null
}

export async function connectionNamed(deps: HostDeps, name: string): Promise<Connection> {
  const found = await getConnection(deps.catalog.db, name)
  if (found === null) throw new LodelineError('CONNECTION_UNKNOWN', `There is no connection ${name}`)
  return found.document
}

async function bind(deps: HostDeps, document: Connection, seen: Set<string>): Promise<BoundConnection> {
  const connector = connectorNamed(deps.registry, document.connector)
  const resolved = await resolveSecrets({ ...document.config, ...document.credentials }, deps.secrets, seen)
  const parsed = connector.config.safeParse(resolved)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new LodelineError(
      'DOCUMENT_INVALID',
      `connection ${document.name}: config.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
    )
  }
  return { document, connector, config: parsed.data }
}

export function connectorNamed({ connectors, problems }: PluginRegistry, name: string): Connector {
  const found = connectors.get(name)
  if (found !== undefined) return found
  const broken = problems.map(({ folder, message }) => `${folder}: ${message}`).join('; ')
  throw new LodelineError(
    'PLUGIN_NOT_INSTALLED',
    `No connector is named ${name}; there are ${[...connectors.keys()].sort().join(', ')}${broken === '' ? '' : `. Plugins that could not be loaded: ${broken}`}`,
  )
}
