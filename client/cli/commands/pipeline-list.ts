import { listDeployments } from '../../../catalog/deployments.ts'
import { listPipelines } from '../../../catalog/pipelines.ts'
import { lastRuns } from '../../../catalog/runs.ts'
import type { Deployment } from '../../../contracts/deployments.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import type { Paint } from '../paint.ts'
import { stateText } from '../runs.ts'
import { nextRunAt, scheduleText } from '../schedules.ts'
import { table, time } from '../table.ts'

export const command = defineCommand({
  summary: 'List the pipelines',
  args: [],
  flags: { connection: { type: 'string', value: 'NAME', description: 'Only of this connection' } },
  examples: [{ line: 'lodeline pipeline list', says: 'with schedule, deployment and last run' }],
  async run({ connection }, deps) {
    const { db } = await deps.catalog()
    const [all, deployments, runs] = await Promise.all([listPipelines(db), listDeployments(db), lastRuns(db)])
    const leaving = connection === undefined ? deployments.filter(({ phase }) => phase === 'deleting') : []
    const stored = all.filter(({ document }) => connection === undefined || document.connection === connection)
    if (stored.length === 0 && leaving.length === 0)
      return { code: EXIT.done, text: 'There is no pipeline yet; `lodeline apply -f FILE` makes one.', data: [] }
    const data = stored.map(({ document: { name, type, connection: of, schedule, paused } }) => {
      const deployment = deployments.find(({ pipeline }) => pipeline === name)
      const last = runs.get(name)
      return {
        name,
        type,
        connection: of,
        schedule,
        paused: deployment?.paused ?? paused ?? false,
        deployment:
          deployment === undefined
            ? null
            : { phase: deployment.phase, nextRunAt: nextRunAt(deployment, schedule, deps.now()), error: deployment.error },
        lastRun: last === undefined ? null : { id: last.id, status: last.status, startedAt: last.startedAt },
      }
    })
    const { paint } = deps.output
    const rows = data.map((one) => [
      one.name,
      one.type,
      one.connection,
      scheduleText(one.schedule),
      phaseText(one.deployment, one.paused, paint),
      time(one.deployment?.nextRunAt),
      one.lastRun === null ? paint.dim('never') : `${stateText(one.lastRun.status, paint)} ${time(one.lastRun.startedAt)}`,
    ])
    const head = ['PIPELINE', 'TYPE', 'CONNECTION', 'SCHEDULE', 'DEPLOYMENT', 'NEXT (UTC)', 'LAST RUN (UTC)']
    const lines = [...(rows.length === 0 ? [] : [table(deps.output, head, rows)]), ...leaving.map(leavingText)]
    return { code: EXIT.done, text: lines.join('\n'), data }
  },
})

function phaseText(deployment: { readonly phase: string } | null, paused: boolean, paint: Paint): string {
  if (deployment === null) return ''
  const phase = deployment.phase === 'failed' ? paint.red(deployment.phase) : deployment.phase
  return paused && deployment.phase !== 'manual' ? `${phase}, ${paint.yellow('paused')}` : phase
}

/** A tombstone: removed here, and Temporal does not know it yet. */
function leavingText({ pipeline, error }: Deployment): string {
  return `${pipeline} was removed; its schedule leaves Temporal ${error === null ? 'within seconds of a worker being up' : `later: ${error.message}`}`
}
