import type { RecordKeys } from '../../../contracts/query-record.ts'
import { valueAtKey } from '../../../contracts/record-keys.ts'

/** Takes one field out of a parsed line; undefined where it is not there. */
export type FieldReader = (record: Readonly<Record<string, unknown>>) => unknown

/** The readers of the fields that the log has; null where it names no key. */
export type RecordReader = { readonly [Field in keyof Required<RecordKeys>]: FieldReader | null }

export const FIELDS: readonly (keyof RecordKeys)[] = [
  'sql',
  'defaultDatabase',
  'defaultSchema',
  'session',
  'user',
  'startTime',
  'endTime',
  'durationMs',
  'rows',
  'bytes',
  'cost',
  'status',
  'id',
]

export function recordReader(keys: RecordKeys): RecordReader {
  return Object.fromEntries(FIELDS.map((field) => [field, keys[field] === undefined ? null : fieldReader(keys[field])])) as RecordReader // all of FIELDS are there
}

/** `a.b` is the member `b` of the member `a`, unless the record has a member that is called `a.b`. */
export function fieldReader(key: string): FieldReader {
  return key.includes('.') ? (record) => valueAtKey(record, key) : (record) => record[key]
}

/** A default, user or session: text, or a number that stands for one; empty means absent. Redshift pads its CHAR columns with blanks. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') {
    const text = value.charCodeAt(0) > 32 && value.charCodeAt(value.length - 1) > 32 ? value : value.trim()
    return text === '' ? null : text
  }
  return typeof value === 'number' ? String(value) : null
}

/** A measure: numbers, also those written as text. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : 0
  if (typeof value !== 'string' || value === '') return 0
  const number = Number(value)
  return Number.isFinite(number) ? number : 0
}
