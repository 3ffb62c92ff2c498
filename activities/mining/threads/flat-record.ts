import type { RecordKeys } from '../../../contracts/query-record.ts'
import { endOfJsonString, pastBlanks } from './json-values.ts'
import { LINE_HAS_UNKNOWN_MEMBER, LINE_READ } from './line-reader.ts'
import type { Field, RecordFields } from './record-fields.ts'
import { FIELDS, numberOf, textOf } from './record-keys.ts'
import type { Skeleton } from './skeleton.ts'
import { timeInBytes, timeOf } from './times.ts'

/**
 * Most lines of a log are objects with plain values in the fields that count, and with an SQL that was seen before. Such a line is read where it stands, in one pass: nothing is
 * decoded but values not seen lately, and of the SQL there is but its skeleton.
 */
export interface FlatRecord extends RecordFields {
  /**
   * False: the line is to be parsed, for whatever reason; it may be broken. True: it is valid JSON with each member's plain value, its SQL is a
   * string, and the skeleton that was given holds it.
   */
  read(bytes: Buffer, start: number, end: number): boolean
}

const QUOTE = 0x22
const COLON = 0x3a
const SQL = FIELDS.indexOf('sql')
const OTHER = -1
/** Those that few values of a log are in: users, databases, the session that goes on. */
const KEPT: readonly Field[] = ['defaultDatabase', 'defaultSchema', 'session', 'user', 'status']

interface KeptValue {
  readonly id: number
  readonly value: unknown
  readonly text: string | null
}

export function flatRecord(keys: RecordKeys, skeleton: Skeleton): FlatRecord {
  const fields = new Map(FIELDS.flatMap((field, index) => (keys[field] === undefined ? [] : [[keys[field], index] as const])))
  const indexes = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as { readonly [Each in Field]: number } // all of FIELDS
  /** A path leads into nested objects, and two fields of one key need it twice: such logs are parsed. */
  const isPossible = FIELDS.every((field) => !keys[field]?.includes('.')) && fields.size === Object.values(keys).filter(Boolean).length
  const { reader } = skeleton
  const { integers, at } = reader
  const block = reader.bytes.subarray(at.block, at.block + at.BLOCK_BYTES + at.SPARE_BYTES)
  const [starts, ends, slots, ids] = [at.starts, at.ends, at.slots, at.ids].map((place) =>
    integers.subarray(place >> 2, (place >> 2) + at.MOST_FIELDS),
  ) as [Int32Array, Int32Array, Int32Array, Int32Array] // as many as there are places
  const kept: (KeptValue | undefined)[] = new Array(at.MOST_FIELDS * at.KEPT_VALUES)
  /** What the block holds; null where it is but a line of it. */
  let loaded: Buffer | null = null
  // The reader may have read another log: what it knows of members holds for other keys.
  reader.bytes.fill(0, at.memberLengths, at.memberFields)
  reader.keepFields(KEPT.reduce((bits, field) => bits | (1 << indexes[field]), 0))

  /** Where the line begins in the block; -1 where it is too long for it. A larger block is taken line by line. */
  function load(bytes: Buffer, start: number, end: number): number {
    if (bytes === loaded) return start
    const isWhole = bytes.length <= at.BLOCK_BYTES
    if (!isWhole && end - start > at.BLOCK_BYTES) return -1
    const part = isWhole ? bytes : bytes.subarray(start, end)
    block.set(part)
    block.fill(0, part.length, part.length + at.SPARE_BYTES)
    loaded = isWhole ? bytes : null
    return isWhole ? start : 0
  }

  /** Puts the member at which the reader stopped where it looks for it, its name from the quote to where the value begins. */
  function learnMember(): boolean {
    const results = at.results >> 2
    const [from, number] = [integers[results + at.RESULT_MEMBER_AT] as number, integers[results + at.RESULT_MEMBER] as number] // in bounds
    const nameEnd = block[from] === QUOTE ? endOfJsonString(block, from) : -1
    if (nameEnd < 0) return false
    const colon = pastBlanks(block, nameEnd)
    const valueStart = pastBlanks(block, colon + 1)
    if (block[colon] !== COLON || valueStart - from > at.MEMBER_BYTES) return false
    const name = JSON.parse(block.toString('utf8', from, nameEnd)) as string // endOfJsonString has looked at it
    reader.bytes.set(block.subarray(from, valueStart), at.memberBytes + number * at.MEMBER_BYTES)
    integers[(at.memberLengths >> 2) + number] = valueStart - from
    integers[(at.memberFields >> 2) + number] = fields.get(name) ?? OTHER
    return true
  }

  function read(bytes: Buffer, start: number, end: number): boolean {
    const from = isPossible ? load(bytes, start, end) : -1
    if (from < 0) return false
    const to = from + end - start
    let found = reader.readLine(from, to)
    while (found === LINE_HAS_UNKNOWN_MEMBER && learnMember()) found = reader.goOn(to)
    if (found !== LINE_READ) return false
    skeleton.readFrom(at.block + (starts[SQL] as number) + 1)
    return true
  }

  function keptValue(field: number): KeptValue | null {
    const start = starts[field] as number
    if (start < 0) return null
    const [slot, id] = [slots[field] as number, ids[field] as number] // as many as there are fields
    const known = id === 0 ? undefined : kept[slot]
    if (known !== undefined && known.id === id) return known
    const value: unknown = JSON.parse(block.toString('utf8', start, ends[field]))
    const fresh = { id, value, text: textOf(value) }
    if (id !== 0) kept[slot] = fresh
    return fresh
  }

  return {
    read,
    value: (field) => keptValue(indexes[field])?.value,
    text: (field) => keptValue(indexes[field])?.text ?? null,
    time(field) {
      const index = indexes[field]
      const start = starts[index] as number
      if (start < 0) return Number.NaN
      const time = block[start] === QUOTE ? timeInBytes(block, start + 1, (ends[index] as number) - 1) : Number.NaN
      return Number.isNaN(time) ? timeOf(JSON.parse(block.toString('utf8', start, ends[index]))) : time
    },
    number(field) {
      const index = indexes[field]
      const start = starts[index] as number
      return start < 0 ? 0 : numberOf(JSON.parse(block.toString('latin1', start, ends[index])))
    },
  }
}
