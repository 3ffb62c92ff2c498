/** Half-open UTC range [from, to), ISO strings. */
export interface Window {
  readonly from: string
  readonly to: string
}

/** Milliseconds of an ISO time; one that names no zone is UTC, wherever the program runs. NaN where it is none. */
export function instantOf(text: string): number {
  const trimmed = text.trim()
  return Date.parse(/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(trimmed) ? `${trimmed.replace(' ', 'T')}Z` : trimmed)
}
