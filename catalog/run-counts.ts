import type { RunCounts } from '../contracts/runs.ts'

/** Flat counts by dotted name, of one attempt at one task or item. */
export type FlatCounts = Record<string, number>

/** `deadLetters.BAD_JSON` becomes a count inside `deadLetters`; names go one level deep. */
export function nestCounts(flat: Readonly<FlatCounts>): RunCounts {
  const counts: RunCounts = {}
  for (const [name, value] of Object.entries(flat)) {
    const dot = name.indexOf('.')
    if (dot < 0) {
      counts[name] = value
      continue
    }
    const outer = name.slice(0, dot)
    const found = counts[outer]
    const inner: Record<string, number> = typeof found === 'object' ? found : {}
    inner[name.slice(dot + 1)] = value
    counts[outer] = inner
  }
  return counts
}

export function addCount(flat: FlatCounts, name: string, by: number): void {
  flat[name] = (flat[name] ?? 0) + by
}
