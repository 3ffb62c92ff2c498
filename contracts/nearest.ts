/** Candidates ordered by how near they are to a mistyped name, case ignored; used wherever an unknown name is answered. */
export function nearest(name: string, candidates: Iterable<string>, limit = 5): string[] {
  const wanted = name.toLowerCase()
  return [...candidates]
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** The nearest one, where it is near enough that it may have been meant. */
export function meant(name: string, candidates: Iterable<string>): string | undefined {
  const [best] = nearest(name, candidates, 1)
  if (best === undefined) return undefined
  const longest = Math.max(name.length, best.length)
  return distance(name.toLowerCase(), best.toLowerCase()) <= MEANT * longest ? best : undefined
}

/** Share of the letters that may be other ones. */
const MEANT = 0.65

/** Levenshtein distance, where a name that contains the other is nearer than its length says. */
function distance(a: string, b: string): number {
  if (a.length > 0 && b.length > 0 && (b.includes(a) || a.includes(b))) return Math.abs(a.length - b.length) / 4
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
