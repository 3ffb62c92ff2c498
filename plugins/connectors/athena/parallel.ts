/** Results in the order of the items, at most `width` under way. The first failure ends it, once what was under way is done. */
export async function inParallel<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = new Array(items.length)
  const queue = items.entries()
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.max(1, Math.min(width, items.length)) }, lane))
  for (const done of lanes) if (done.status === 'rejected') throw done.reason
  return results
}
