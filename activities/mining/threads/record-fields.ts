import type { RecordKeys } from '../../../contracts/query-record.ts'
import { type FieldReader, numberOf, recordReader, textOf } from './record-keys.ts'
import { timeOf } from './times.ts'

export type Field = keyof Required<RecordKeys>

/** The fields of the record last read, by what they are to the miner; what the log does not name or the record does not have is absent. */
export interface RecordFields {
  /** Undefined: absent. */
  value(field: Field): unknown
  /** A default, user or session. */
  text(field: Field): string | null
  /** Epoch milliseconds, or NaN. */
  time(field: Field): number
  /** A measure; 0 where there is none. */
  number(field: Field): number
}

export interface ParsedRecord extends RecordFields {
  read(record: Readonly<Record<string, unknown>>): void
}

/** The fields of a line that JSON.parse read. */
export function parsedRecord(keys: RecordKeys): ParsedRecord {
  const readers: { readonly [Each in Field]: FieldReader | null } = recordReader(keys)
  let record: Readonly<Record<string, unknown>> = {}
  const value = (field: Field): unknown => readers[field]?.(record)
  return {
    read(parsed) {
      record = parsed
    },
    value,
    text: (field) => textOf(value(field)),
    time: (field) => timeOf(value(field)),
    number: (field) => numberOf(value(field)),
  }
}
