import { setTimeout as sleep } from 'node:timers/promises'
import { getRun, type LogEntry, runLogs } from '../../../catalog/runs.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import type { Paint } from '../paint.ts'
import { isOver, requireRun } from '../runs.ts'
import { requireTasks } from '../steering.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
/** -1, below all, for a level that is none of ours. */
const levelOf = ({ level }: LogEntry) => (LEVELS as readonly string[]).indexOf(level)
const PAGE = 500
const FOLLOW_EVERY_MS = 500

export const command = defineCommand({
  summary: 'Show what a run logged',
  description: 'With --json one JSON object a line.',
  args: [{ name: 'run', description: 'Id of the run, its beginning, its workflow id, or `last`' }],
  flags: {
    follow: { type: 'boolean', description: 'Go on until the run ends' },
    level: { type: 'choice', choices: LEVELS, value: 'LEVEL', description: 'This level and above', default: 'debug' },
    task: { type: 'string', value: 'ID', description: 'Only of this task' },
  },
  examples: [{ line: 'lodeline runs logs last --follow', says: 'live, until it ends' }],
  async run({ run: name, follow, level, task }, deps) {
    const { db } = await deps.catalog()
    const run = await requireRun(await deps.catalog(), name)
    if (task !== undefined) requireTasks(run, [task])
    const wanted = (line: LogEntry) => levelOf(line) >= LEVELS.indexOf(level)
    let last = 0
    const page = () => runLogs(db, run.id, { after: last, limit: PAGE, ...(task === undefined ? {} : { task }) })
    for (;;) {
      const over = !follow || deps.signal.aborted || isOver((await getRun(db, run.id))?.status ?? 'lost') // asked before reading, so no last line is missed
      for (let lines = await page(); lines.length > 0; lines = await page()) {
        last = lines.at(-1)?.number ?? last
        const text = lines.filter(wanted).map((line) => (deps.output.json ? JSON.stringify(line) : lineText(line, deps.output.paint)))
        if (text.length > 0) await deps.output.write(`${text.join('\n')}\n`)
      }
      if (over) return { code: deps.signal.aborted ? EXIT.interrupted : EXIT.done, text: '' }
      await sleep(FOLLOW_EVERY_MS, undefined, { signal: deps.signal }).catch(() => undefined)
    }
  },
})

function lineText({ at, level, task, message, facts }: LogEntry, paint: Paint): string {
  const colour = level === 'error' ? paint.red : level === 'warn' ? paint.yellow : paint.dim
  const shown = Object.entries(facts).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${paint.dim(at.slice(11, 23))} ${colour(level.padEnd(5))} ${task === null ? '' : `${paint.cyan(task)} `}${message}${shown.length === 0 ? '' : paint.dim(`  ${shown.join(' ')}`)}`
}
