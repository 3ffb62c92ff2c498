/** The promise's outcome, or the signal's reason as soon as it is given, or `late()` once the time is over. */
export async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  limit?: { readonly ms: number; readonly late: () => Error },
): Promise<T> {
  signal.throwIfAborted()
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  const timer = limit && setTimeout(() => reject(limit.late()), limit.ms)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([promise, stopped])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

export const timeout = (message: string): Error => Object.assign(new Error(message), { name: 'TimeoutError' })
