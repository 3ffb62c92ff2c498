import { listDeadLetters } from '../../../catalog/dead-letters.ts'
import { logOfPipeline } from '../../../catalog/metadata/history.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { countLines, requireRun } from '../runs.ts'
import { table } from '../table.ts'

export const command = defineCommand({
  summary: 'Show the records a run could not take',
  description: 'Where each one is (object, line, byte), why it could not be taken, and how it begins; literals are masked.',
  args: [{ name: 'run', description: 'Id of the run, its beginning, its workflow id, or `last`' }],
  flags: {
    reason: { type: 'string', value: 'REASON', description: 'Only of this reason, e.g. BAD_JSON' },
    all: { type: 'boolean', description: 'Of all objects of the pipeline, not only of those this run mined' },
    limit: { type: 'number', description: 'At most so many', default: 50, min: 1 },
  },
  examples: [
    { line: 'lodeline runs dead-letters last', says: 'the first 50' },
    { line: 'lodeline runs dead-letters last --reason BAD_JSON --limit 1000 --json', says: 'for a program' },
  ],
  async run({ run: name, reason, all, limit }, deps) {
    const catalog = await deps.catalog()
    const run = await requireRun(catalog, name)
    const letters = await listDeadLetters(catalog.db, {
      pipeline: await logOfPipeline(catalog, run.pipeline),
      limit,
      ...(all ? {} : { run: run.id }),
      ...(reason === undefined ? {} : { reason }),
    })
    const counted = countLines({ deadLetters: run.counts.deadLetters ?? {} })[0]?.[1]
    if (letters.length === 0) {
      const none = reason === undefined ? 'There is none: every record was taken.' : `There is none of reason ${reason}.`
      return { code: EXIT.done, text: counted === undefined || reason === undefined ? none : `${none} In all: ${counted}`, data: letters }
    }
    const rows = letters.map((letter) => [letter.object, letter.line, letter.offset, letter.reason, letter.sample])
    const more = letters.length === limit ? `\nThe first ${limit}; --limit shows more.` : ''
    return {
      code: EXIT.done,
      text: `${table(deps.output, ['OBJECT', 'LINE', 'BYTE', 'REASON', 'BEGINS'], rows)}${counted === undefined ? '' : `\n\nIn all: ${counted}`}${more}`,
      data: letters,
    }
  },
})
