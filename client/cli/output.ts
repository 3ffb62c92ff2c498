import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { type Paint, paintOf } from './paint.ts'

/** Where a command writes what it does not return: streams, progress. */
export interface Output {
  readonly paint: Paint
  readonly isTerminal: boolean
  readonly width: number
  /** `--json` was asked for; only commands that write streams need to know. */
  readonly json: boolean
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>
  /** For people: progress, notes. Goes to the error stream, so that data can be piped. */
  note(text: string): void
}

const PLAIN_WIDTH = 120

export interface Streams {
  readonly stdout: Writable & { isTTY?: boolean; columns?: number }
  readonly stderr: Writable & { isTTY?: boolean }
}

export function outputOf({ stdout, stderr }: Streams, { colour, json }: { readonly colour: boolean; readonly json: boolean }): Output {
  return {
    paint: paintOf(colour),
    isTerminal: stdout.isTTY === true && stderr.isTTY === true,
    width: stdout.columns ?? PLAIN_WIDTH,
    json,
    async write(text) {
      if (text !== '' && !stdout.write(text)) await once(stdout, 'drain')
    },
    note(text) {
      stderr.write(`${text}\n`)
    },
  }
}
