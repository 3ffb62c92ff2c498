import { idOf } from './hash.ts'
import { storable } from './storable.ts'

/** The form of one part of a name by which two spellings are equal. Dialects differ; nearly everywhere names match whatever their case. */
export type Fold = (part: string) => string
export const foldCase: Fold = (part) => part.toLowerCase()

/** Between the parts of a key; cannot stand in a name. */
const SEPARATOR = '\u001f'

/** By this the assets of a connection are told apart and found. */
export function pathKey(path: readonly string[], fold: Fold = foldCase): string {
  return path.map((part) => storable(fold(part))).join(SEPARATOR)
}

export function nameKeyOf(key: string): string {
  return key.slice(key.lastIndexOf(SEPARATOR) + 1)
}

/** True when the parts of `suffix` are the last ones of `key`. */
export function endsWithKey(key: string, suffix: string): boolean {
  return key === suffix || key.endsWith(SEPARATOR + suffix)
}

export function assetId(connection: string, key: string): string {
  return idOf('asset', connection, key)
}
