import { createInterface } from 'node:readline/promises'
import { type Readable, Writable } from 'node:stream'

/** One line typed on a terminal, without showing it; an empty text when it is broken off with Ctrl-C. */
export async function askHidden(stdin: Readable, prompt: string, note: (text: string) => void): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  // `terminal` puts the terminal into raw mode, in which it echoes nothing by itself.
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true })
  const broken = new AbortController()
  lines.on('SIGINT', () => broken.abort())
  note(prompt)
  try {
    return await lines.question('', { signal: broken.signal })
  } catch (error) {
    if (broken.signal.aborted) return ''
    throw error
  } finally {
    lines.close()
  }
}
