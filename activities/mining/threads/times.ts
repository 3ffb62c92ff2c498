const DAY_MS = 86_400_000
/** Epoch numbers below this are seconds (until 5138), below 1000 times it milliseconds, then micro- and nanoseconds. */
const SECONDS_BELOW = 1e11
/** In seconds, in 1973: what is smaller is no time of a query, but a number that means something else, or nothing. */
const FIRST_SECOND = 1e8

/**
 * Epoch milliseconds of a time as logs write it: ISO 8601 with or without zone (UTC then), epoch in s, ms, us, ns, or one of the forms that
 * databases print (`Jan 2 2026 3:04AM`, `1/2/2026 3:04:05 AM` with the month first, `02.01.2026 03:04`); NaN when it is none.
 */
export function timeOf(value: unknown): number {
  if (typeof value === 'string') return value.length >= 10 ? textTime(value) : numberTime(Number(value === '' ? Number.NaN : value))
  return typeof value === 'number' ? numberTime(value) : Number.NaN
}

function numberTime(value: number): number {
  if (!(value >= FIRST_SECOND)) return Number.NaN
  if (value < SECONDS_BELOW) return value * 1000
  if (value < SECONDS_BELOW * 1e3) return value
  return value < SECONDS_BELOW * 1e6 ? value / 1e3 : value / 1e6
}

/** Seconds of the day of `hh`, `mm`, `ss`; negative where they are none. */
function secondsOf(hours: number, minutes: number, seconds: number): number {
  return hours < 24 && minutes < 60 && seconds <= 60 ? (hours * 60 + minutes) * 60 + seconds : -1
}

/** `YYYY-MM-DD[T ]hh:mm:ss[.fff…][Z]` without the cost of Date.parse; anything else goes there. */
function textTime(text: string): number {
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const isDate = text.charCodeAt(4) === 45 && text.charCodeAt(7) === 45 && year >= 0 && month > 0 && month < 13 && day > 0 && day < 32
  if (!isDate) return otherTime(text)
  const midnight = daysFromCivil(year, month, day) * DAY_MS
  if (text.length === 10) return midnight
  const time = secondsOf(digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2))
  const isTime = text.charCodeAt(13) === 58 && text.charCodeAt(16) === 58 && time >= 0
  if (!isTime) return otherTime(text)
  return fraction(text, 19, midnight + time * 1000)
}

/** As `timeOf` of `YYYY-MM-DD[T ]hh:mm:ss[.fff…][Z]` in ASCII, from `start` to `end`; NaN for all else. */
export function timeInBytes(bytes: Uint8Array, start: number, end: number): number {
  const year = pair(bytes, start) * 100 + pair(bytes, start + 2)
  const month = pair(bytes, start + 5)
  const day = pair(bytes, start + 8)
  const time = secondsOf(pair(bytes, start + 11), pair(bytes, start + 14), pair(bytes, start + 17))
  const hasMarks = bytes[start + 4] === 45 && bytes[start + 7] === 45 && bytes[start + 13] === 58 && bytes[start + 16] === 58
  if (!hasMarks || !(year >= 0 && month > 0 && month < 13 && day > 0 && day < 32 && time >= 0) || end - start < 19) return Number.NaN
  let ms = daysFromCivil(year, month, day) * DAY_MS + time * 1000
  let at = start + 19
  if (bytes[at] === 46) {
    at++
    for (let unit = 100; at < end; at++) {
      const digit = (bytes[at] as number) - 48 // in bounds
      if (digit < 0 || digit > 9) break
      ms += digit * unit
      unit = Math.trunc(unit / 10)
    }
  }
  return at === end || (at === end - 1 && ((bytes[at] as number) | 32) === 122) ? ms : Number.NaN // as above; Z
}

/** Two digits; a negative number where they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 48
  const ones = (bytes[at + 1] ?? 0) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1e9
}

function fraction(text: string, from: number, seconds: number): number {
  let at = from
  let ms = seconds
  if (text.charCodeAt(at) === 46) {
    at++
    for (let unit = 100; at < text.length; at++) {
      const digit = text.charCodeAt(at) - 48
      if (digit < 0 || digit > 9) break
      ms += digit * unit
      unit = Math.trunc(unit / 10)
    }
  }
  const atEnd = at === text.length || (at === text.length - 1 && (text.charCodeAt(at) | 32) === 122) // Z
  return atEnd ? ms : otherTime(text)
}

function otherTime(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return numberTime(Number(text))
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return writtenTime(text.trim())
  const zoned = /(z|utc|gmt|[+-]\d\d:?\d\d|[+-]\d\d)$/i.test(text.slice(10))
  const iso = text
    .replace(/^(\d{4}-\d\d-\d\d) /, '$1T')
    .replace(/ ?(UTC|GMT)$/i, 'Z')
    .replace(/ (?=[+-]\d\d)/, '')
    .replace(/([+-]\d\d)$/, '$1:00')
  return Date.parse(zoned ? iso : `${iso}Z`)
}

const STARTS = /^(\d|(mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ,.])/i
const COMPACT = /^(\d{4})(\d\d)(\d\d)[T ]?(\d\d):?(\d\d):?(\d\d)/
const DAY_FIRST = /^(\d\d?)\.(\d\d?)\.(\d{4})[ T]/

/** Other forms. Date.parse takes nearly anything for a date, so what it is asked is looked at first. */
function writtenTime(text: string): number {
  if (COMPACT.test(text)) return otherTime(text.replace(COMPACT, '$1-$2-$3T$4:$5:$6'))
  if (DAY_FIRST.test(text))
    return otherTime(text.replace(DAY_FIRST, (_, day: string, month: string, year: string) => `${year}-${two(month)}-${two(day)}T`))
  if (!STARTS.test(text) || !/\d:\d\d/.test(text)) return Number.NaN
  const spaced = text.replace(/(\d)(am|pm)$/i, '$1 $2')
  const isZoned = /\b(utc|gmt)\b|z$|[+-]\d\d:?\d\d$/i.test(spaced)
  return Date.parse(isZoned ? spaced : `${spaced} UTC`)
}

const two = (digits: string): string => digits.padStart(2, '0')

/** A negative number where a character is not a digit. */
function digits(text: string, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return -1e9
    value = value * 10 + digit
  }
  return value
}

/** Days since 1970-01-01 of a Gregorian date, by counting years from March. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** Day number of a time, for counters; NO_DAY where the record has none. */
export const NO_DAY = -1_000_000
export function dayOf(time: number): number {
  return Number.isNaN(time) ? NO_DAY : Math.floor(time / DAY_MS)
}
/** `2025-01-31`, or empty for NO_DAY. */
export function dayName(day: number): string {
  return day === NO_DAY || !Number.isFinite(day) ? '' : new Date(day * DAY_MS).toISOString().slice(0, 10)
}
