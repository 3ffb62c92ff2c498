import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LodelineError } from '../../../contracts/errors.ts'
import { digestOf, type JobEvent } from './events.ts'

/** How far back a repeated delivery is looked for: more than any batch is long. */
const TAIL_BYTES = 16 * 1024 * 1024

export function filePath(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : resolve(file)
}

/**
 * Appends events as lines, once each: a batch that is delivered again finds its lines at the end of the file. A last line
 * that a killed process left unfinished is cut off first. One process writes the file at a time.
 */
export async function appendEvents(file: string, events: readonly JobEvent[]): Promise<void> {
  const path = filePath(file)
  try {
    await mkdir(dirname(path), { recursive: true })
    const handle = await open(path, 'a+')
    try {
      const { size } = await handle.stat()
      const from = Math.max(0, size - TAIL_BYTES)
      const tail = Buffer.alloc(size - from)
      await handle.read(tail, 0, tail.length, from)
      const end = tail.lastIndexOf(0x0a) + 1
      if (end < tail.length) await handle.truncate(from + end)
      const there = new Set(tail.subarray(0, end).toString().split('\n').map(digestOf))
      const lines = events.map((event) => JSON.stringify(event)).filter((line) => !there.has(digestOf(line)))
      await handle.appendFile(lines.map((line) => `${line}\n`).join(''))
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unwritable' // node:fs errors have one
    throw new LodelineError('SINK_REJECTED', `cannot write ${path} (${code})`, { path }, error)
  }
}
