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
  const blot = blotter(secrets)
  return (text) => {
    let clean = blot(text)
    for (const [pattern, by] of PATTERNS) clean = clean.replace(pattern, by)
    return clean.length > LONGEST_MESSAGE ? `${clean.slice(0, LONGEST_MESSAGE)}…` : clean
  }
}

/** Takes out the values alone: what a task gives is data, in which nothing else may change. */
export function blotter(secrets: ReadonlySet<string>): Redact {
  return (text) => {
    let clean = text
    for (const form of [...secrets].flatMap(formsOf)) clean = clean.replaceAll(form, '***')
    return clean
  }
}

/** A secret as it is, and as it stands in URLs, in JSON and in base64: drivers quote requests. The longest first, so that no part of one is left. */
function formsOf(secret: string): readonly string[] {
  if (secret.length < SHORTEST) return []
  const inJson = JSON.stringify(secret).slice(1, -1)
  const forms = new Set([secret, encodeURIComponent(secret), inJson, ...[0, 1, 2].map((before) => base64Within(secret, before))])
  return [...forms].sort((one, other) => other.length - one.length)
}

/** The part of a base64 text that is the secret's alone, where a number of bytes stands before it, e.g. `user:` in a Basic header. */
function base64Within(secret: string, before: number): string {
  const bytes = Buffer.from('.'.repeat(before) + secret)
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

/** Facts of a log line, each text in them without secrets. */
export function redactFacts(facts: Readonly<Record<string, unknown>>, redact: Redact): Readonly<Record<string, unknown>> {
  const plain: unknown = JSON.parse(JSON.stringify(facts, (_, value: unknown) => (typeof value === 'string' ? redact(value) : value)))
  return plain as Readonly<Record<string, unknown>> // an object in, an object out
}
