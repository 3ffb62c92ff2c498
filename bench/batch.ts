import { createBuffers } from '../lineage/analyze.ts'
import { answerLine, NEW_BATCH } from '../lineage/batch.ts'

/** The batch protocol on stdin and stdout with nothing loaded but `lineage/`: what the conformance runner and the benchmarks start. */
async function* lines(): AsyncGenerator<string> {
  process.stdin.setEncoding('utf8')
  let rest = ''
  // Not readline: it also breaks lines at U+2028, which JSON may hold.
  for await (const chunk of process.stdin) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
  yield rest
}

const buffers = createBuffers()
let state = NEW_BATCH
for await (const line of lines()) {
  if (line.trim() === '') continue
  const answer = answerLine(line, state, buffers)
  state = answer.state
  if (!process.stdout.write(`${answer.line}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
