import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { type Paint, paintOf } from './paint.ts'

/** Where a command writes what it does not return: streams, progress. */
export interface Output {
  readonly paint: Paint
  readonly isTerminal: boolean
  readonly width: number
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>
  /** For people: progress, notes. Goes to the error stream, so that data can be piped. */
  note(text: string): void
}

const PLAIN_WIDTH = 120

export function outputOf(stdout: Writable & { isTTY?: boolean; columns?: number }, stderr: Writable & { isTTY?: boolean }, colour: boolean): Output {
  return {
    paint: paintOf(colour),
    isTerminal: stdout.isTTY === true && stderr.isTTY === true,
    width: stdout.columns ?? PLAIN_WIDTH,
    async write(text) {
      if (text !== '' && !stdout.write(text)) await once(stdout, 'drain')
    },
    note(text) {
      stderr.write(`${text}\n`)
    },
  }
}
