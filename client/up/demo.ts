import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { getConnection } from '../../catalog/connections.ts'
import type { ConnectionNames } from '../../contracts/once.ts'
import type { Pipeline } from '../../contracts/pipeline.ts'
import type { Run } from '../../contracts/runs.ts'
import { PACKAGE_ROOT } from '../../deploy/home.ts'
import { applyDocuments } from '../cli/apply-documents.ts'
import type { CommandResult } from '../cli/command.ts'
import type { Deps } from '../cli/deps.ts'
import { EXIT } from '../cli/exit-codes.ts'
import { askPlugins } from '../cli/plugin-process.ts'
import { progressBoard, shareOf, workOf } from '../cli/progress.ts'
import { isOver } from '../cli/runs.ts'
import { number } from '../cli/table.ts'
import { fileStream, importSchema } from '../import.ts'
import { findRun } from '../runs.ts'
import { lodelineOver } from '../sdk/lodeline.ts'
import type { Lodeline } from '../sdk/runs.ts'
import { demoSummary, type MinedSource } from './demo-summary.ts'
import type { Services } from './services.ts'

const EXAMPLES = join(PACKAGE_ROOT, 'examples')
const MANAGER = 'examples'

/** The examples, from documents to lineage: what a user does with a warehouse of their own, in the same steps. */
export async function runDemo(services: Services, deps: Deps, once: boolean): Promise<CommandResult & { readonly data: object }> {
  const { signal } = deps
  const startedAt = deps.now()
  const changes = await applyDocuments([join(EXAMPLES, 'pipelines')], { manager: MANAGER, prune: false, dryRun: false }, deps)
  const pipelines = changes.flatMap((change) => (change.kind === 'pipeline' ? [change.document] : []))
  deps.output.note(
    `${pipelines.length} example pipelines are in the catalog (${changes.filter(({ change }) => change === 'create').length} documents new).`,
  )
  deps.output.note(await importSchemas(pipelines, deps, signal))
  const sources = await mineAll(lodelineOver(services.client), pipelines, deps, signal)
  if (signal.aborted) return { code: EXIT.interrupted, text: '', data: {} }
  return await demoSummary(sources, once ? null : services.temporal, deps, deps.now() - startedAt)
}

/** `examples/schemas/NAME.csv` is for the connection NAME. */
async function importSchemas(pipelines: readonly Pipeline[], deps: Deps, signal: AbortSignal): Promise<string> {
  const catalog = await deps.catalog()
  const files = await readdir(join(EXAMPLES, 'schemas'))
  const wanted = new Set(pipelines.map(({ connection }) => connection))
  const stored = await Promise.all([...wanted].map((name) => getConnection(catalog.db, name ?? '')))
  const connections = stored.flatMap((one) => (one === null ? [] : [one.document]))
  const sums = { tables: 0, columns: 0, changed: 0 }
  for await (const names of askPlugins<ConnectionNames>({ action: 'names', connections }, deps)) {
    for (const file of files.filter((name) => name.startsWith(`${names.connection}.`)).sort()) {
      const stream = fileStream(join(EXAMPLES, 'schemas', file))
      const result = await importSchema(catalog, { names, stream }, { now: new Date(deps.now()).toISOString(), signal })
      sums.tables += result.tables
      sums.columns += result.columns
      sums.changed += result.changed
    }
  }
  return `Schemas of ${connections.length} sources: ${number(sums.tables)} tables with ${number(sums.columns)} columns, ${number(sums.changed)} assets new or changed.`
}

async function mineAll(
  lodeline: Lodeline,
  pipelines: readonly Pipeline[],
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly MinedSource[]> {
  const board = await progressBoard(
    deps.output,
    pipelines.map(({ name }) => name),
    deps.now,
  )
  try {
    return await Promise.all(
      pipelines.map((pipeline) => mineOne(lodeline, pipeline, deps, signal, (says, share) => board.update(pipeline.name, { says, share }))),
    )
  } finally {
    board.stop()
  }
}

async function mineOne(
  lodeline: Lodeline,
  { name, type }: Pipeline,
  deps: Deps,
  signal: AbortSignal,
  show: (says: string, share: number) => void,
): Promise<MinedSource> {
  const catalog = await deps.catalog()
  show('queued', 0)
  const handle = await lodeline.start({ type, pipeline: name })
  for await (const status of handle.progress({ signal })) {
    const counts = (await findRun(catalog, handle.workflowId))?.counts
    const records = counts?.records === undefined ? '' : `, ${number(counts.records)} records`
    if (!isOver(status.status)) show(`${workOf(status)}${records}`, shareOf(status))
  }
  if (signal.aborted) return { pipeline: name, run: null }
  const outcome = await handle.wait()
  const run: Run | null = await findRun(catalog, handle.workflowId)
  show(outcome.status, 1)
  return { pipeline: name, run }
}
