import { createHash } from 'node:crypto'

/** Stable id of a natural key: 32 hex digits (128 bits). The parts are kept apart, so ("a", "bc") differs from ("ab", "c"). */
export function idOf(...parts: readonly (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
