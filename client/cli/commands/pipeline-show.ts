import { stringify } from 'yaml'
import { getDeployment } from '../../../catalog/deployments.ts'
import { listRuns } from '../../../catalog/runs.ts'
import type { Dag } from '../../../contracts/dag.ts'
import type { Deployment } from '../../../contracts/deployments.ts'
import type { ScheduleDocument } from '../../../contracts/pipeline.ts'
import { dagMermaid } from '../../documents/dag-mermaid.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requirePipeline } from '../lookup.ts'
import { maskObject } from '../masked.ts'
import { askPluginsOnce } from '../plugin-process.ts'
import { stateText } from '../runs.ts'
import { comingRuns, nextRunAt } from '../schedules.ts'
import { facts, table, time } from '../table.ts'

const RUNS = 5

export const command = defineCommand({
  summary: 'Show one pipeline, its deployment and its last run',
  args: [{ name: 'name', description: 'Name of the pipeline' }],
  flags: {
    dag: { type: 'boolean', description: 'Print the DAG its runs execute, as YAML' },
    mermaid: { type: 'boolean', description: 'Draw that DAG as a Mermaid flowchart' },
  },
  examples: [
    { line: 'lodeline pipeline show snowflake-history', says: 'its document, deployment, next runs and last runs' },
    { line: 'lodeline pipeline show snowflake-history --mermaid', says: 'a picture of its tasks' },
  ],
  async run({ name, dag, mermaid }, deps) {
    const { db } = await deps.catalog()
    const { document, managedBy, generation, updatedAt } = await requirePipeline(await deps.catalog(), name)
    if (dag || mermaid) return showDag(await askPluginsOnce<Dag>({ action: 'dag', pipeline: document }, deps), mermaid)
    const [kept, runs] = await Promise.all([getDeployment(db, name), listRuns(db, { pipeline: name, limit: RUNS })])
    const deployment = kept === null ? null : { ...kept, nextRunAt: nextRunAt(kept, document.schedule, deps.now()) }
    const next = comingRuns(document.schedule, deps.now())
    const shown = maskObject(document)
    const data = { ...document, ...(shown as typeof document), managedBy, generation, updatedAt, deployment, nextRuns: next, runs } // masked, but of the same shape
    const { paint } = deps.output
    const rows = runs.map((run) => [run.id, stateText(run.status, paint), time(run.startedAt), run.counts.records, run.counts.edges])
    const text = [
      paint.dim(`# managed by ${managedBy ?? 'nobody'}, changed ${updatedAt}`),
      stringify(shown).trimEnd(),
      ...(deployment === null ? [] : [`\n${paint.bold('Deployment')}\n${deploymentText(deployment, deps.output)}`]),
      ...(document.schedule === undefined
        ? []
        : [`\n${paint.bold('Next runs (UTC)')}  ${next.map(time).join(', ') || noneOf(document.schedule)}`]),
      ...(rows.length === 0
        ? [`\nIt has never run; \`lodeline pipeline run ${name} --wait\` runs it.`]
        : [`\n${table(deps.output, ['RUN', 'STATE', 'STARTED (UTC)', 'RECORDS', 'EDGES'], rows)}`]),
    ]
    return { code: EXIT.done, text: text.join('\n'), data }
  },
})

function noneOf({ endAt }: ScheduleDocument): string {
  return endAt === undefined ? 'none' : `none: the schedule ended ${endAt}`
}

function showDag(dag: Dag, drawn: boolean) {
  return { code: EXIT.done, text: drawn ? dagMermaid(dag) : stringify(dag).trimEnd(), data: dag }
}

function deploymentText(deployment: Deployment, output: Parameters<typeof facts>[0]): string {
  return facts(output, [
    ['phase', deployment.phase],
    ['paused', deployment.paused ? 'yes' : ''],
    ['next run', time(deployment.nextRunAt)],
    ['error', deployment.error === null ? '' : `${deployment.error.code}: ${deployment.error.message}`],
    ['attempts', deployment.attempts === 0 ? null : deployment.attempts],
    ['next attempt', time(deployment.nextAttemptAt)],
    ['drift healed', deployment.drift === null ? '' : `${deployment.drift.what}, ${time(deployment.drift.at)}`],
  ])
}
