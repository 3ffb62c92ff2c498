import { LodelineError } from '../../contracts/errors.ts'

/** Results are references and counters. Temporal refuses 2 MiB, and tries again for ever; a fault of ours must end sooner. */
const MOST_BYTES = 256 * 1024

/** Gives the value back as JSON keeps it, so that what tests see is what a history holds. */
export function guardPayload<Value>(value: Value, what: string): Value {
  const text = JSON.stringify(value ?? null)
  const bytes = Buffer.byteLength(text)
  if (bytes > MOST_BYTES) {
    throw new LodelineError('PAYLOAD_TOO_LARGE', `${what} is ${bytes} bytes; at most ${MOST_BYTES} may pass through Temporal`, { bytes })
  }
  return JSON.parse(text) as Value // JSON of a JSON value
}
