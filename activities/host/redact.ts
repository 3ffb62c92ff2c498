/** Takes secrets out of a text that leaves the worker. */
export type Redact = (text: string) => string

/** Forms secrets take in messages of drivers and SDKs, whatever their values. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/[^\s:/@]*:)[^\s@/]+@/g, '$1***@'],
  [
    /\b((?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|authorization)\b["']?\s*[:=]\s*["']?)(?:bearer\s+)?[^\s"',;&]+/gi,
    '$1***',
  ],
  [/\bbearer\s+[A-Za-z0-9._~+/=-]{8,}/gi, 'Bearer ***'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '***'],
]
/** Shorter values would blot out words. */
const SHORTEST = 4
const LONGEST_MESSAGE = 2000

/** `secrets` is read at each call: values become known as they are resolved. */
export function redactor(secrets: ReadonlySet<string>): Redact {
  return (text) => {
    let clean = text
    for (const secret of secrets) if (secret.length >= SHORTEST) clean = clean.replaceAll(secret, '***')
    for (const [pattern, by] of PATTERNS) clean = clean.replace(pattern, by)
    return clean.length > LONGEST_MESSAGE ? `${clean.slice(0, LONGEST_MESSAGE)}…` : clean
  }
}
