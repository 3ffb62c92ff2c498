import { listRuns } from '../../../catalog/runs.ts'
import { RUN_STATES } from '../../../contracts/runs.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requirePipeline } from '../lookup.ts'
import { deadLettersOf, stateText } from '../runs.ts'
import { duration, table, time } from '../table.ts'

export const command = defineCommand({
  summary: 'List runs, newest first',
  args: [],
  flags: {
    pipeline: { type: 'string', value: 'NAME', description: 'Only of this pipeline' },
    status: { type: 'choice', choices: RUN_STATES, value: 'STATE', description: 'Only in this state' },
    limit: { type: 'number', description: 'At most so many', default: 20, min: 1 },
  },
  examples: [
    { line: 'lodeline runs list', says: 'the last 20' },
    { line: 'lodeline runs list --pipeline snowflake-history --status failed', says: 'what went wrong' },
  ],
  async run({ pipeline, status, limit }, deps) {
    const catalog = await deps.catalog()
    const runs = await listRuns(catalog.db, {
      limit,
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(status === undefined ? {} : { status: [status] }),
    })
    if (runs.length === 0 && pipeline !== undefined) await requirePipeline(catalog, pipeline) // of one that was removed there may be runs
    if (runs.length === 0)
      return { code: EXIT.done, text: 'There is no such run yet; `lodeline pipeline run NAME` starts one.', data: runs }
    const { paint } = deps.output
    const rows = runs.map((run) => [
      run.id,
      run.pipeline,
      stateText(run.status, paint),
      time(run.startedAt),
      duration(run.startedAt, run.endedAt, deps.now()),
      run.counts.records,
      run.counts.edges,
      deadLettersOf(run.counts),
    ])
    return {
      code: EXIT.done,
      text: table(deps.output, ['RUN', 'PIPELINE', 'STATE', 'STARTED (UTC)', 'TOOK', 'RECORDS', 'EDGES', 'DEAD LETTERS'], rows),
      data: runs,
    }
  },
})
