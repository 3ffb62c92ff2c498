import { listDeployments } from '../../catalog/deployments.ts'
import type { Catalog } from '../../catalog/open.ts'
import { listPipelines } from '../../catalog/pipelines.ts'
import type { Deployment } from '../../contracts/deployments.ts'
import { LodelineError } from '../../contracts/errors.ts'
import { deployNow } from '../deploy-now.ts'
import type { CommandResult } from './command.ts'
import type { Deps } from './deps.ts'
import { EXIT } from './exit-codes.ts'
import { requirePipeline } from './lookup.ts'
import { table, time } from './table.ts'

/** What the commands that steer deployments share: which pipelines, the round against Temporal, and how it went. */

export const SELECTION = {
  args: [{ name: 'names', description: 'Names of pipelines', optional: true, many: true }],
  all: { type: 'boolean', description: 'All pipelines' },
} as const

/** Of all, those that have a schedule; a name that is given must have one. */
export async function scheduled(catalog: Catalog, names: readonly string[], all: boolean): Promise<readonly string[]> {
  if (!all) return await selected(catalog, names, all)
  return (await listPipelines(catalog.db)).flatMap(({ document }) => (document.schedule === undefined ? [] : [document.name]))
}

/** The names given, each of a pipeline that is there; or all. */
export async function selected(catalog: Catalog, names: readonly string[], all: boolean): Promise<readonly string[]> {
  if (all) return (await listPipelines(catalog.db)).map((stored) => stored.document.name)
  if (names.length === 0) throw new LodelineError('OPTION_UNKNOWN', 'name one or more pipelines, or give --all')
  for (const name of names) await requirePipeline(catalog, name)
  return names
}

/**
 * Brings the named deployments to Temporal now. Temporal being away is no failure: what was asked for is written down, and
 * the reconciler of any worker goes on with it.
 */
export async function deployedNow(deps: Deps, names: readonly string[]): Promise<CommandResult> {
  if (names.length === 0) return { code: EXIT.done, text: 'No pipeline has a schedule.', data: [] }
  const catalog = await deps.catalog()
  const away = await deployNow(catalog, names, async (act) => act((await deps.temporal()).client))
  if (away !== null)
    deps.output.note(`${deps.output.paint.yellow('!')} ${away.message}: it is written down, and goes on by itself when Temporal is back.`)
  const wanted = new Set(names)
  const deployments = (await listDeployments(catalog.db)).filter((deployment) => wanted.has(deployment.pipeline))
  return outcomeOf(deps, deployments)
}

function outcomeOf(deps: Deps, deployments: readonly Deployment[]): CommandResult {
  const failed = deployments.some((deployment) => deployment.phase === 'failed')
  const rows = deployments.map((deployment) => [
    deployment.pipeline,
    phaseText(deployment),
    time(deployment.nextRunAt),
    deployment.error?.message ?? '',
  ])
  return {
    code: failed ? EXIT.outcome : EXIT.done,
    text: table(deps.output, ['PIPELINE', 'DEPLOYMENT', 'NEXT RUN (UTC)', 'ERROR'], rows),
    data: deployments,
  }
}

function phaseText(deployment: Deployment): string {
  return deployment.paused ? `${deployment.phase}, paused` : deployment.phase
}
