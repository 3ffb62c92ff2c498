import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { type Catalog, openCatalog } from '../../catalog/open.ts'
import { putPipeline } from '../../catalog/pipelines.ts'
import type { RunSummary } from '../../contracts/activities.ts'
import { pipelineSchema } from '../../contracts/pipeline.ts'
import { type RunStatus, statusQuery } from '../../workflows/messages.ts'
import { startTemporal, type TestTemporal, type TestTemporalOptions } from './temporal.ts'
import { makeHome, startWorkerProcess, type TestWorker } from './worker.ts'

/** A server, a worker process and a catalog, as on one machine. */
export interface TestRuntime {
  readonly temporal: TestTemporal
  readonly client: Client
  readonly catalog: Catalog
  readonly home: string
  /** The worker at hand; `restart` puts another in its place. */
  worker(): TestWorker
  startWorker(env?: Readonly<Record<string, string>>): Promise<TestWorker>
  /** A path in the home, for traces and flags. */
  file(name: string): string
  lines(name: string): readonly string[]
  /** Applies a DAG as a pipeline of type `pipeline`, under a name of its own; gives the name. */
  pipeline(dag: unknown, more?: object): Promise<string>
  start(pipeline: string, input?: object): Promise<WorkflowHandle>
  run(pipeline: string, input?: object): Promise<RunSummary>
  status(handle: WorkflowHandle): Promise<RunStatus>
  until(what: string, holds: () => Promise<boolean> | boolean): Promise<void>
  row(run: string): Promise<RunRow>
  tasks(run: string): Promise<Readonly<Record<string, string>>>
  stop(): Promise<void>
}

export interface RunRow {
  readonly id: string
  readonly status: string
  readonly counts: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
  readonly error: { readonly code: string; readonly message: string } | null
  readonly window_from: string | null
  readonly window_to: string | null
}

/** Ends a wait for what never comes; a machine that is busy with other things is given time. */
const WAIT_MS = 120_000

export interface TestRuntimeOptions extends TestTemporalOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Absent: a SQLite file in the home. */
  readonly catalogUrl?: string
}

export async function startRuntime(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const temporal = await startTemporal(options)
  const home = await makeHome()
  const url = options.catalogUrl ?? `sqlite:${join(home.path, 'catalog.db')}`
  const catalog = await openCatalog({ url })
  const workers: TestWorker[] = []
  const startWorker = async (env: Readonly<Record<string, string>> = {}): Promise<TestWorker> => {
    const worker = await startWorkerProcess({
      address: temporal.address,
      home: home.path,
      env: { LODELINE_CATALOG_URL: url, ...options.env, ...env },
    })
    workers.push(worker)
    return worker
  }
  await startWorker()
  const client = await temporal.client()
  const file = (name: string): string => join(home.path, name)
  const start = (pipeline: string, input: object = {}): Promise<WorkflowHandle> =>
    client.workflow.start('pipeline', {
      taskQueue: 'lodeline',
      workflowId: `test/${pipeline}/${randomUUID()}`,
      args: [{ pipeline, ...input }],
    })
  return {
    temporal,
    client,
    catalog,
    home: home.path,
    worker: () => workers.at(-1) ?? fail('no worker'),
    startWorker,
    file,
    lines: (name) => readLines(file(name)),
    pipeline: (dag, more = {}) => applyPipeline(catalog, dag, more),
    start,
    run: async (pipeline, input) => (await start(pipeline, input)).result(),
    status: (handle) => handle.query(statusQuery),
    until,
    row: (run) => runRow(catalog, run),
    tasks: (run) => taskStates(catalog, run),
    async stop() {
      await Promise.all(workers.map((worker) => worker.kill()))
      await temporal.stop()
      await catalog.close()
      await home.remove()
    },
  }
}

function fail(message: string): never {
  throw new Error(message)
}

async function applyPipeline(catalog: Catalog, dag: unknown, more: object): Promise<string> {
  const name = `p-${randomUUID().slice(0, 8)}`
  await putPipeline(catalog.db, pipelineSchema.parse({ name, type: 'pipeline', dag, ...more }), null, new Date().toISOString())
  return name
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error(`not within ${WAIT_MS / 1000} s: ${what}`)
    await delay(50)
  }
}

async function runRow(catalog: Catalog, run: string): Promise<RunRow> {
  const row = await catalog.db.selectFrom('runs').selectAll().where('id', '=', run).executeTakeFirstOrThrow()
  return {
    ...row,
    counts: JSON.parse(row.counts),
    warnings: JSON.parse(row.warnings),
    error: row.error === null ? null : JSON.parse(row.error),
  }
}

async function taskStates(catalog: Catalog, run: string): Promise<Readonly<Record<string, string>>> {
  const rows = await catalog.db.selectFrom('task_runs').select(['task', 'state']).where('run', '=', run).execute()
  return Object.fromEntries(rows.map(({ task, state }) => [task, state]))
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n')
  } catch {
    return []
  }
}
