import type { Dialect } from '../../../lineage/dialects/dialect.ts'
import { type LineReader, openLineReader } from './line-reader.ts'

/**
 * A hash of a text without its literals and comments, made in one pass over its bytes as they stand in the log: UTF-8, quoted and escaped as a JSON
 * string. It is finer than the fingerprint (it knows neither keywords, blanks nor the case of names) and several times cheaper: texts of one skeleton have
 * one fingerprint, so that repeats need neither to be decoded nor to be taken apart. Texts with anything in them that it does not know for sure have none.
 */
export interface Skeleton {
  /** What reads the lines of the log; the SQL of the line it read last is the text last read. */
  readonly reader: LineReader
  /** False: the text has no skeleton. */
  readText(sql: string): boolean
  /** The SQL of a line stands here in the reader's memory, behind its quote. */
  readFrom(start: number): void
  /** 64 bits of the text last read, as two integers. */
  readonly high: number
  readonly low: number
  /** Where, in the text last read, its numbers stand whose value is part of the hash: what may be ordinals of ORDER BY and GROUP BY. */
  places(): ReadonlySet<number>
}

/** As ./line-reader/skeleton.ts has them. Below DIGIT: characters that stand for themselves, blanks too; from there on: those that may begin something. */
const WORD = 1
/** A digit right behind it is part of a name or parameter. */
const MARKER = 2
const DIGIT = 8
const DASH = 9
const SLASH = 10
const LITERAL = 11
const NAME = 12
const REFUSE = 13
/** The quote that closes the JSON string. */
const CLOSE = 14
/** The backslash of JSON. */
const ESCAPE = 15

export function skeletons(dialect: Dialect): Skeleton {
  const reader = openLineReader()
  setDialect(reader, dialect)
  const { bytes, integers, at } = reader
  const results = at.results >> 2
  let from = 0

  return {
    reader,
    readText(sql) {
      const json = JSON.stringify(sql)
      if (json.length > at.TEXT_BYTES || Buffer.byteLength(json) > at.TEXT_BYTES) return false
      const length = bytes.write(json, at.text)
      bytes.fill(0, at.text + length, at.text + length + at.SPARE_BYTES)
      from = at.text + 1
      return reader.readText() === 1
    },
    readFrom(start) {
      from = start
    },
    get high() {
      return integers[results + at.RESULT_HIGH] as number // in bounds
    },
    get low() {
      return integers[results + at.RESULT_LOW] as number // in bounds
    },
    places() {
      const first = at.places >> 2
      const offsets = integers.subarray(first, first + (integers[results + at.RESULT_PLACES] as number)) // in bounds
      return textPlaces(bytes, from, offsets)
    },
  }
}

/** The same places in UTF-16 units of the text. */
function textPlaces(bytes: Buffer, from: number, offsets: Int32Array): ReadonlySet<number> {
  const places = new Set<number>()
  let [done, place] = [0, 0]
  for (const offset of offsets) {
    place += lengthOf(bytes, from + done, from + offset)
    done = offset
    places.add(place)
  }
  return places
}

/** Of a stretch of a JSON string, in UTF-16 units. */
function lengthOf(bytes: Buffer, start: number, end: number): number {
  return (JSON.parse(`"${bytes.toString('utf8', start, end)}"`) as string).length // what stands in quotes is a string
}

function setDialect({ bytes, at, setRules }: LineReader, { lexical }: Dialect): void {
  const kinds = byteKinds(lexical)
  bytes.set(kinds, at.kinds)
  bytes.set(
    halves(kinds, (kind) => kind > DIGIT),
    at.stopHalves,
  )
  bytes.set(
    halves(kinds, (kind) => kind === WORD || kind === MARKER || kind === DIGIT),
    at.wordHalves,
  )
  setRules(lexical.doubleQuotedStrings ? LITERAL : NAME, lexical.backslashEscapes, lexical.tripleQuotes, lexical.dashNeedsBlank)
}

function byteKinds(lexical: Dialect['lexical']): Uint8Array {
  const kinds = new Uint8Array(256)
  const set = (characters: string, kind: number): void => {
    for (const character of characters) kinds[character.charCodeAt(0)] = kind
  }
  for (let code = 0; code < 32; code++) kinds[code] = REFUSE
  for (let code = 0; code < 256; code++) if (code >= 128 || /[a-z_]/i.test(String.fromCharCode(code))) kinds[code] = WORD
  set('0123456789', DIGIT)
  set('-', DASH)
  set('/', SLASH)
  set("'", LITERAL)
  set('"', CLOSE)
  set('\\', ESCAPE)
  set('`', NAME)
  set(':@%.', MARKER)
  set('$#{}', REFUSE)
  if (lexical.nameQuotes.includes('[')) set('[', REFUSE)
  if (lexical.at === 'stage') set('@', REFUSE) // its path stands without quotes, digits and all
  return kinds
}

/** Two tables of the bytes of these kinds, by the lower and by the upper half of a byte: it is one of them where both have a bit in common. */
function halves(kinds: Uint8Array, isWanted: (kind: number) => boolean): Uint8Array {
  const tables = new Uint8Array(32)
  const bits = new Map<string, number>()
  for (let upper = 0; upper < 16; upper++) {
    const lowers = Array.from({ length: 16 }, (_, lower) => lower).filter((lower) => isWanted(kinds[upper * 16 + lower] as number)) // one of 256
    if (lowers.length === 0) continue
    const bit = bits.get(lowers.join()) ?? 1 << bits.size
    if (bit > 128) throw new RangeError('a set of bytes that eight bits do not tell')
    bits.set(lowers.join(), bit)
    tables[16 + upper] = bit
    for (const lower of lowers) tables[lower] = (tables[lower] as number) | bit // as above
  }
  return tables
}
