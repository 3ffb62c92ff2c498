import type { Host } from '../../contracts/plugin.ts'

export interface TestHost extends Host {
  readonly counts: Map<string, number>
  readonly lines: string[]
  abort(): void
}

/** A host that writes down what a plugin says and counts. */
export function testHost(): TestHost {
  const controller = new AbortController()
  const counts = new Map<string, number>()
  const lines: string[] = []
  return {
    signal: controller.signal,
    counts,
    lines,
    log: (level, message) => void lines.push(`${level}: ${message}`),
    count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    now: () => Date.parse('2026-01-02T03:04:05Z'),
    abort: () => controller.abort(new Error('stopped by the test')),
  }
}

/** Everything an async iterable yields. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
