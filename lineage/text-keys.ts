import { ansi } from './dialects/ansi.ts'
import { DIALECTS, findDialect } from './dialects/index.ts'
import { type FingerprintOptions, fingerprint as fingerprintIn } from './fingerprint.ts'
import { normalise as normaliseIn } from './normalise.ts'

/** `fingerprint` and `normalise` for those who know a dialect by name; one not known is read as `ansi`, as `analyze` does. */
export function fingerprint(sql: string, dialect: string, options: FingerprintOptions = {}): string {
  return fingerprintIn(sql, findDialect(dialect) ?? ansi, options)
}

export function normalise(sql: string, dialect: string): string {
  return normaliseIn(sql, findDialect(dialect) ?? ansi)
}

export const dialectNames: readonly string[] = DIALECTS.map(({ name }) => name)
