/** Lines of a log that are objects with plain values in the fields that count, read where they stand in `block`; see ../flat-record.ts. */

import { folded, sameBytes } from './bytes'
import { byte, CLOSE_OBJECT, COMMA, endOfScalar, endOfString, endOfValue, OPEN_OBJECT, pastBlanks, QUOTE, stringHash } from './json'
import {
  block,
  ends,
  ids,
  KEPT_VALUES,
  MEMBER_BYTES,
  MOST_FIELDS,
  MOST_MEMBERS,
  memberBytes,
  memberFields,
  memberLengths,
  RESULT_MEMBER,
  RESULT_MEMBER_AT,
  results,
  slots,
  starts,
  text,
  VALUE_BYTES,
  valueBytes,
  valueIds,
  valueLengths,
} from './memory'
import { readSkeleton, skeletonEnd } from './skeleton'

export * from './memory'
export { setRules } from './skeleton'

/** The field of a member that no field is named after; `SQL` is the first one. */
const OTHER: i32 = -1
const SQL: i32 = 0

const PARSE: i32 = 0
const READ: i32 = 1
/** The member at RESULT_MEMBER_AT is not the one that stood there in the line before. */
const UNKNOWN_MEMBER: i32 = 2

/** Bits of the fields whose values are kept: those that few values of a log are in. */
let keptFields: i32 = 0
let lastId: i32 = 0

export function keepFields(fields: i32): void {
  keptFields = fields
}

/** Reads the line from `start` to `end`; JavaScript fills in an unknown member and calls `goOn`. */
export function readLine(start: i32, end: i32): i32 {
  for (let field = 0; field < MOST_FIELDS; field++) store<i32>(starts + (field << 2), -1)
  const first = pastBlanks(block + start)
  if (byte(first) !== OPEN_OBJECT) return PARSE
  return readMembers(pastBlanks(first + 1), 0, block + end)
}

export function goOn(end: i32): i32 {
  return readMembers(block + load<i32>(results + (RESULT_MEMBER_AT << 2)), load<i32>(results + (RESULT_MEMBER << 2)), block + end)
}

function readMembers(from: usize, firstMember: i32, last: usize): i32 {
  let at = from
  for (let member = firstMember; member < MOST_MEMBERS; member++) {
    const length = load<i32>(memberLengths + (member << 2))
    if (length === 0 || !sameBytes(at, memberBytes + member * MEMBER_BYTES, length)) {
      store<i32>(results + (RESULT_MEMBER_AT << 2), <i32>(at - block))
      store<i32>(results + (RESULT_MEMBER << 2), member)
      return UNKNOWN_MEMBER
    }
    at = readValue(at + length, load<i32>(memberFields + (member << 2)))
    if (at === 0) return PARSE
    at = pastBlanks(at)
    if (byte(at) === CLOSE_OBJECT) return at < last && pastBlanks(at + 1) >= last && load<i32>(starts) >= 0 ? READ : PARSE
    if (byte(at) !== COMMA) return PARSE
    at = pastBlanks(at + 1)
  }
  return PARSE
}

/** Just past the value, or 0. */
function readValue(at: usize, field: i32): usize {
  if (byte(at) !== QUOTE) {
    if (field === OTHER) return endOfValue(at, 0)
    const end: usize = field === SQL ? 0 : endOfScalar(at)
    if (end !== 0) setSpan(field, at, end, folded(v128.load(at), <i32>(end - at), 0x85ebca6b))
    return end
  }
  if (field === SQL) {
    if (!readSkeleton(at + 1)) return 0
    store<i32>(starts, <i32>(at - block))
    return skeletonEnd
  }
  const end = endOfString(at + 1)
  if (field !== OTHER && end !== 0) setSpan(field, at, end, stringHash)
  return end
}

function setSpan(field: i32, start: usize, end: usize, hash: i32): void {
  const offset = (<usize>field) << 2
  store<i32>(starts + offset, <i32>(start - block))
  store<i32>(ends + offset, <i32>(end - block))
  if (((keptFields >> field) & 1) === 0) return
  const length = <i32>(end - start)
  if (length > VALUE_BYTES) {
    store<i32>(ids + offset, 0)
    return
  }
  const slot = field * KEPT_VALUES + (hash & (KEPT_VALUES - 1))
  const kept = valueBytes + slot * VALUE_BYTES
  const lengthAt = valueLengths + (slot << 2)
  const idAt = valueIds + (slot << 2)
  if (load<i32>(lengthAt) !== length || !sameBytes(start, kept, length)) {
    memory.copy(kept, start, length)
    store<i32>(lengthAt, length)
    store<i32>(idAt, ++lastId)
  }
  store<i32>(slots + offset, slot)
  store<i32>(ids + offset, load<i32>(idAt))
}

/** The skeleton of the JSON string at the beginning of `text`, its quote included. */
export function readText(): bool {
  return readSkeleton(text + 1)
}
