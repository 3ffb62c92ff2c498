import { join } from 'node:path'
import { Worker, type WorkerOptions } from '@temporalio/worker'
import type { Logger as WinstonLogger } from 'winston'
import { createActivities } from '../activities/host/create.ts'
import type { HostDeps } from '../activities/host/deps.ts'
import { TASKS } from '../activities/tasks.ts'
import { type Catalog, openCatalog } from '../catalog/open.ts'
import type { PluginRegistry } from '../contracts/registry.ts'
import type { Reconciled } from '../deploy/reconcile.ts'
import { startReconciler } from '../deploy/reconciler.ts'
import { workflowBundle } from './bundle.ts'
import type { WorkerConfig } from './config.ts'
import { durationMs } from './durations.ts'
import { type HealthServer, type Readiness, serveHealth } from './health.ts'
import { hostDeps, queuesOf } from './host-deps.ts'
import { lendPackages } from './lend-packages.ts'
import { temporalLogger } from './logs.ts'
import { createMetrics } from './metrics.ts'
import { startPulse } from './pulse.ts'
import { loadPlugins } from './registry.ts'
import { registerSearchAttributes } from './search-attributes.ts'
import { startSweeper } from './sweeper.ts'
import { connectTemporal, type TemporalConnections, type TemporalTarget } from './temporal-connection.ts'
import { startThreads, type Threads } from './threads.ts'

/** What the process gives: settings are read, the log is open, Temporal's runtime is installed. */
export interface StartOptions {
  readonly config: WorkerConfig
  readonly target: TemporalTarget
  readonly log: WinstonLogger
  /** Root of the program. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends the waiting for Temporal. */
  readonly signal: AbortSignal
  /** Address of Temporal's metrics exporter. */
  readonly temporalMetrics: string | null
}

export interface RunningWorker {
  readonly health: string
  readonly registry: PluginRegistry
  readonly catalog: Catalog
  /** Resolves when it was stopped; rejects when Temporal refuses it for good. */
  readonly ended: Promise<void>
  /** Finishes what is under way within the grace time, and closes everything. */
  stop(): Promise<void>
}

interface State {
  phase: 'starting' | 'running' | 'stopping'
  waitingFor: string | null
}

/** Puts a worker together and starts it. Resolves once it takes tasks. */
export async function startWorker(options: StartOptions): Promise<RunningWorker> {
  const { config, log, root } = options
  const state: State = { phase: 'starting', waitingFor: null }
  const threads = startThreads(config.threads)
  lendPackages()
  const registry = await loadPlugins({
    folders: [join(root, 'plugins'), join(config.home, 'plugins')],
    named: config.plugins,
    builtIn: new Set(Object.keys(TASKS)),
    cwd: process.cwd(),
  })
  for (const { folder, message } of registry.problems) log.error(`plugin not loaded: ${message}`, { folder })
  const metrics = createMetrics({ threadsWaiting: () => threads.waiting, temporal: options.temporalMetrics })
  const workers: Worker[] = []
  const health = await serveHealth({ ...config.health, readiness: () => readiness(state, workers, registry), metrics: metrics.text })
  const catalog = await openCatalog({ url: config.catalog.url })
  const temporal = await connectTemporal(options.target, {
    signal: options.signal,
    waiting: (reason, nextInMs) => {
      state.waitingFor = `Temporal at ${options.target.address}`
      log.warn(`waiting for Temporal at ${options.target.address}`, { reason, nextInMs })
    },
  })
  state.waitingFor = null
  const searchAttributes = await registerSearchAttributes(temporal.connection, options.target.namespace, log)
  const { client } = temporal
  const deps = hostDeps({
    config,
    log,
    env: options.env,
    catalog,
    registry,
    threads,
    client,
    searchAttributes,
    taskEnded: metrics.taskEnded,
  })
  workers.push(...(await createWorkers(options, deps, temporal)))
  const sweeper = startSweeper(deps, {
    everyMs: durationMs(config.sweepEvery),
    keepRunsMs: durationMs(config.keepRuns),
    log,
    // Where it was not allowed at the start it is not tried again: nothing sets them then.
    keepSearchAttributes: async () =>
      searchAttributes.length > 0 && registerSearchAttributes(temporal.connection, options.target.namespace, log),
  })
  const reconciler = startReconciler(
    { catalog, schedules: client.schedule, holder: deps.settings.processId, now: () => new Date() },
    {
      everyMs: durationMs(config.reconcileEvery),
      onRound: (round) => sayRound(log, round),
      onError: (error) => log.warn('reconciling deployments failed', { reason: String(error) }),
    },
  )
  const pulse = config.serves.includes('workflows') ? [startPulse(catalog)] : []
  const parts: Parts = { state, workers, loops: [sweeper, reconciler, ...pulse], threads, temporal, catalog, health }
  const ended = Promise.all(workers.map((worker) => worker.run())).then(() => undefined)
  ended.catch(() => undefined) // whoever waits for `ended` is told
  state.phase = 'running'
  log.info('worker is running', {
    queues: workers.map(({ options: { taskQueue } }) => taskQueue),
    temporal: options.target.address,
    health: health.url,
  })
  return { health: health.url, registry, catalog, ended, stop: () => stop(parts, ended) }
}

interface Parts {
  readonly state: State
  readonly workers: readonly Worker[]
  readonly loops: readonly { stop(): Promise<void> }[]
  readonly threads: Threads
  readonly temporal: TemporalConnections
  readonly catalog: Catalog
  readonly health: HealthServer
}

function sayRound(log: WinstonLogger, { changed, problems }: Reconciled): void {
  if (changed.length > 0) log.info('deployments changed in Temporal', { pipelines: changed })
  for (const { pipeline, code, message } of problems) log.warn(`pipeline is not deployed: ${message}`, { pipeline, code })
}

/** Readiness goes first, so that nobody sends more; what is under way has the grace time; the rest follows. */
async function stop({ state, workers, loops, threads, temporal, catalog, health }: Parts, ended: Promise<void>): Promise<void> {
  state.phase = 'stopping'
  await Promise.all(loops.map((loop) => loop.stop()))
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
  await ended.catch(() => undefined)
  await threads.close()
  await catalog.close()
  await health.close()
  await temporal.close() // last: the SDK throws when a call that is still being tried again meets a closed connection
}

function readiness({ phase, waitingFor }: State, workers: readonly Worker[], registry: PluginRegistry): Readiness {
  const states = workers.map((worker) => worker.getState())
  const ready = phase === 'running' && states.length > 0 && states.every((one) => one === 'RUNNING')
  const waiting = waitingFor === null ? [] : [{ code: 'TEMPORAL_UNREACHABLE', message: `waiting for ${waitingFor}` }]
  return {
    ready,
    state: phase === 'running' ? (states.find((one) => one !== 'RUNNING') ?? 'RUNNING').toLowerCase() : phase,
    problems: [...waiting, ...registry.problems],
  }
}

/** One worker a queue: workflows and short tasks share the control queue. */
async function createWorkers(
  { config, target, root, log }: StartOptions,
  deps: HostDeps,
  temporal: TemporalConnections,
): Promise<readonly Worker[]> {
  const activities = createActivities(deps)
  const bundle = config.serves.includes('workflows')
    ? await workflowBundle({ root, cache: join(config.home, 'cache'), logger: temporalLogger(log) })
    : null
  const common = {
    connection: temporal.native,
    namespace: target.namespace,
    activities,
    // How long a run waits for a worker that was killed before another takes it up; Temporal's default is 10 s.
    stickyQueueScheduleToStartTimeout: '4s',
    shutdownGraceTime: durationMs(config.shutdown.grace),
    shutdownForceTime: durationMs(config.shutdown.force),
    maxHeartbeatThrottleInterval: durationMs(config.heartbeat.every),
    defaultHeartbeatThrottleInterval: durationMs(config.heartbeat.every),
  } satisfies Partial<WorkerOptions>
  const queues = queuesOf(config)
  const slots = { ...config.slots, cpu: config.slots.cpu === 0 ? deps.threads.size * 2 : config.slots.cpu }
  const made: Worker[] = []
  for (const name of ['control', 'io', 'cpu', 'push'] as const) {
    const workflows = name === 'control' && bundle !== null
    if (!config.serves.includes(name) && !workflows) continue
    made.push(
      await Worker.create({
        ...common,
        taskQueue: queues[name] ?? name,
        maxConcurrentActivityTaskExecutions: slots[name],
        ...(workflows ? { workflowBundle: { codePath: bundle.codePath }, maxConcurrentWorkflowTaskExecutions: slots.workflows } : {}),
        ...(name === 'push' && config.pushPerSecond > 0 ? { maxTaskQueueActivitiesPerSecond: config.pushPerSecond } : {}),
      }),
    )
  }
  return made
}
