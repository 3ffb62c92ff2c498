import type { RecordKeys } from '../../../contracts/query-record.ts'
import { ESCAPES, endOfJsonScalar, endOfJsonValue, pastBlanks } from './json-values.ts'
import type { Field, RecordFields } from './record-fields.ts'
import { FIELDS, numberOf, textOf } from './record-keys.ts'
import type { Skeleton } from './skeleton.ts'
import { timeInBytes, timeOf } from './times.ts'

/**
 * Most lines of a log are objects with plain values in the fields that count, and with an SQL that was seen before. Such a line is read here where it stands, in one pass: nothing is
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
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d

/** No more members than this are looked at. */
const MOST_MEMBERS = 64
/** Values of each field that are kept decoded, a power of two: users, databases, the session that goes on. */
const KEPT_VALUES = 256
const SQL = FIELDS.indexOf('sql')
const OTHER = -1

/** A member's name as it stood in the line before, from its quote to where its value begins: the next line has the same nearly always. */
interface Member {
  readonly bytes: Buffer
  readonly field: number
}

interface KeptValue {
  readonly hash: number
  readonly bytes: Buffer
  readonly value: unknown
  readonly text: string | null
}

export function flatRecord(keys: RecordKeys, skeleton: Skeleton): FlatRecord {
  const fields = new Map(FIELDS.flatMap((field, index) => (keys[field] === undefined ? [] : [[keys[field], index] as const])))
  const indexes = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as { readonly [Each in Field]: number } // all of FIELDS
  /** A path leads into nested objects, and two fields of one key need it twice: such logs are parsed. */
  const isPossible = FIELDS.every((field) => !keys[field]?.includes('.')) && fields.size === Object.values(keys).filter(Boolean).length
  const members: Member[] = []
  const kept = FIELDS.map((): (KeptValue | undefined)[] => new Array(KEPT_VALUES))
  const starts = new Int32Array(FIELDS.length)
  const ends = new Int32Array(FIELDS.length)
  const hashes = new Int32Array(FIELDS.length)
  let line: Buffer = Buffer.alloc(0)

  function learnMember(bytes: Buffer, at: number, number: number): Member | null {
    const nameEnd = bytes[at] === QUOTE ? endOfString(bytes, at + 1) : -1
    if (nameEnd < 0) return null
    const colon = pastBlanks(bytes, nameEnd)
    if (bytes[colon] !== COLON) return null
    const name = JSON.parse(bytes.toString('utf8', at, nameEnd)) as string // endOfString has looked at it
    const member = { bytes: Buffer.from(bytes.subarray(at, pastBlanks(bytes, colon + 1))), field: fields.get(name) ?? OTHER }
    members[number] = member
    return member
  }

  /** Just past the value, or -1. */
  function readValue(bytes: Buffer, at: number, field: number): number {
    if (bytes[at] !== QUOTE) {
      if (field === OTHER) return endOfJsonValue(bytes, at)
      const end = field === SQL ? -1 : endOfJsonScalar(bytes, at)
      if (end >= 0) setSpan(field, at, end, hashOf(bytes, at, end))
      return end
    }
    if (field !== SQL) {
      const end = endOfString(bytes, at + 1)
      if (field !== OTHER) setSpan(field, at, end, stringHash)
      return end
    }
    if (!skeleton.read(bytes, at + 1)) return -1
    starts[SQL] = at
    return skeleton.end
  }

  function setSpan(field: number, start: number, end: number, hash: number): void {
    starts[field] = start
    ends[field] = end
    hashes[field] = hash
  }

  let stringHash = 0
  /** Just past the closing quote, or -1; with its hash. */
  function endOfString(bytes: Buffer, from: number): number {
    let hash = 0
    for (let at = from; at < bytes.length; at++) {
      let code = bytes[at] as number // in bounds
      if (code === QUOTE) {
        stringHash = hash
        return at + 1
      }
      if (code < 32) return -1
      if (code === BACKSLASH) {
        code = bytes[++at] as number // undefined at the end: no escape
        if (ESCAPES[code] !== 1) return -1
        hash = Math.imul(hash ^ BACKSLASH, 0x01000193)
      }
      hash = Math.imul(hash ^ code, 0x01000193)
    }
    return -1
  }

  function read(bytes: Buffer, start: number, end: number): boolean {
    if (!isPossible) return false
    line = bytes
    starts.fill(-1)
    let at = pastBlanks(bytes, start)
    if (bytes[at] !== OPEN) return false
    at = pastBlanks(bytes, at + 1)
    for (let number = 0; number < MOST_MEMBERS; number++) {
      let member: Member | null | undefined = members[number]
      if (member === undefined || !standsAt(bytes, at, member.bytes)) member = learnMember(bytes, at, number)
      if (member === null) return false
      const valueEnd = readValue(bytes, at + member.bytes.length, member.field)
      if (valueEnd < 0) return false
      at = pastBlanks(bytes, valueEnd)
      if (bytes[at] === CLOSE) return pastBlanks(bytes, at + 1) >= end && at < end && (starts[SQL] as number) >= 0
      if (bytes[at] !== COMMA) return false
      at = pastBlanks(bytes, at + 1)
    }
    return false
  }

  function keptValue(field: number): KeptValue | null {
    const start = starts[field] as number
    if (start < 0) return null
    const [end, hash] = [ends[field] as number, hashes[field] as number]
    const values = kept[field] as (KeptValue | undefined)[] // one for each of FIELDS
    const slot = hash & (KEPT_VALUES - 1)
    const known = values[slot]
    if (known !== undefined && known.hash === hash && known.bytes.length === end - start && standsAt(line, start, known.bytes)) return known
    const value: unknown = JSON.parse(line.toString('utf8', start, end))
    const fresh = { hash, bytes: Buffer.from(line.subarray(start, end)), value, text: textOf(value) }
    values[slot] = fresh
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
      const time = line[start] === QUOTE ? timeInBytes(line, start + 1, (ends[index] as number) - 1) : Number.NaN
      return Number.isNaN(time) ? timeOf(JSON.parse(line.toString('utf8', start, ends[index]))) : time
    },
    number(field) {
      const index = indexes[field]
      const start = starts[index] as number
      return start < 0 ? 0 : numberOf(JSON.parse(line.toString('latin1', start, ends[index])))
    },
  }
}

function standsAt(bytes: Buffer, at: number, expected: Buffer): boolean {
  const { length } = expected
  for (let index = 0; index < length; index++) if (bytes[at + index] !== expected[index]) return false
  return true
}

function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 1
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return hash
}
