import { createBuffers } from '../../../lineage/analyze.ts'
import { answerLine, type BatchState, NEW_BATCH } from '../../../lineage/batch.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { lineGroups } from '../lines.ts'

/** How an answer without an error ends; cheaper than parsing each answer again. */
const TAKEN = '"error":null}'

export const command = defineCommand({
  summary: 'Lineage of many texts: NDJSON in, NDJSON out',
  description: `Reads one JSON object a line from standard input and writes one a line to standard output, in the same order, as soon as it is known.

  in   {"id","sql","dialect","defaultDatabase","defaultSchema","sessionId","schema":{"db.schema.table":["col",…]}}
  out  {"id","statements":[{"index","kind","inputs","outputs","columns","indirect","confidence","diagnostics"}],"error":null}

Only "sql" is needed. Lines in a row with one sessionId are one session: USE, temp tables and renames carry over. SQL that is not
understood is a diagnostic of its statement; "error" is for lines that are no request.`,
  args: [],
  flags: {},
  examples: [
    { line: 'lodeline lineage batch < examples/sql/queries.ndjson > lineage.ndjson', says: 'a file of texts' },
    { line: `echo '{"id":1,"dialect":"snowflake","sql":"insert into t select a from s"}' | lodeline lineage batch`, says: 'one text' },
  ],
  exits: { 0: 'Every line was taken.', 3: 'At least one line was no request; its answer says so in "error".' },
  async run(_given, { stdin, output }) {
    let state: BatchState = NEW_BATCH
    const buffers = createBuffers()
    let refused = 0
    for await (const lines of lineGroups(stdin)) {
      const answers: string[] = []
      for (const line of lines) {
        if (line.trim() === '') continue
        const answer = answerLine(line, state, buffers)
        state = answer.state
        if (!answer.line.endsWith(TAKEN)) refused++
        answers.push(answer.line)
      }
      if (answers.length > 0) await output.write(`${answers.join('\n')}\n`)
    }
    return { code: refused === 0 ? EXIT.done : EXIT.outcome, text: '' }
  },
})
