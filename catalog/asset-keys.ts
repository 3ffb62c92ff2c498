import { idOf } from './hash.ts'
import { storable } from './storable.ts'

/** The form of one part of a name by which two spellings are equal. Dialects differ; nearly everywhere names match whatever their case. */
export type Fold = (part: string) => string
export const foldCase: Fold = (part) => part.toLowerCase()

/** How a source tells names apart: `any` whatever their case; else exactly, `upper` and `lower` being what unquoted names become. */
export type NameCase = 'any' | 'upper' | 'lower' | 'exact'

/**
 * The fold of a source's names. Names in the case that unquoted ones have are keyed in lower case; others, which only quotes can
 * make, keep their case between quotes: `ORDERS` and `"orders"` of Snowflake are two tables.
 */
export function foldBy(names: NameCase): Fold {
  if (names === 'any') return foldCase
  const plain = names === 'upper' ? (part: string) => part.toUpperCase() : foldCase
  return (part) => (part === plain(part) ? foldCase(part) : `"${part}"`)
}

/** The same for spellings that differ in case only. */
export function looseKey(key: string): string {
  return key.replaceAll('"', '').toLowerCase()
}

/** Between the parts of a key; cannot stand in a name. */
const SEPARATOR = '\u001f'

/** By this the assets of a connection are told apart and found. */
export function pathKey(path: readonly string[], fold: Fold = foldCase): string {
  return path.map((part) => storable(fold(part))).join(SEPARATOR)
}

/** Loose, so that a name is found however it is cased; the key itself tells exactly. */
export function nameKeyOf(key: string): string {
  return looseKey(key.slice(key.lastIndexOf(SEPARATOR) + 1))
}

/** True when the parts of `suffix` are the last ones of `key`. */
export function endsWithKey(key: string, suffix: string): boolean {
  return key === suffix || key.endsWith(SEPARATOR + suffix)
}

export function assetId(connection: string, key: string): string {
  return idOf('asset', connection, key)
}
