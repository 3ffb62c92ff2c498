import type { Dialect } from '../../../lineage/dialects/dialect.ts'
import { beginsComment, endOfComment, endOfLiteral, endOfNumber, endOfQuoted, hasNewline, mayBeOrdinal } from './skeleton-parts.ts'

/**
 * A hash of a text without its literals and comments, made in one loop over its bytes as they stand in the log: UTF-8, quoted and escaped as a JSON
 * string. It is finer than the fingerprint (it knows neither keywords, blanks nor the case of names) and several times cheaper: texts of one skeleton have
 * one fingerprint, so that repeats need neither to be decoded nor to be taken apart. Texts with anything in them that it does not know for sure have none.
 */
export interface Skeleton {
  /** Reads the JSON string whose first byte behind the quote is at `start`. False: the text has no skeleton, or is no JSON string. */
  read(bytes: Buffer, start: number): boolean
  /** As `read`, of a text that is no JSON. */
  readText(sql: string): boolean
  /** Just past the closing quote of the string last read. */
  readonly end: number
  /** 53 bits of the text last read. */
  readonly hash: number
  /** Where, in the text last read, its numbers stand whose value is part of the hash: what may be ordinals of ORDER BY and GROUP BY. */
  places(): ReadonlySet<number>
}

/** Below DIGIT: characters that stand for themselves, blanks too; from there on: those that may begin something. */
const PLAIN = 0
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

/** Stand for what is left out: a text that has such characters itself is refused. */
const LITERAL_SYMBOL = 1
const NUMBER_SYMBOL = 2
const COMMENT_SYMBOL = 3
/** A comment with a line end in it: some words count only where they begin a line. */
const LINE_SYMBOL = 4

const PRIME = 0x01000193
const NOTHING = Buffer.alloc(0)
const QUOTE_CODE = 0x22

interface CharacterKinds {
  /** By byte. */
  readonly bytes: Uint8Array
  /** What a double quote begins, which stands behind a backslash. */
  readonly doubleQuote: number
  /** In a literal a backslash takes the character behind it. */
  readonly escapes: boolean
  readonly triples: boolean
  readonly dashNeedsBlank: boolean
}

function characterKinds({ lexical }: Dialect): CharacterKinds {
  const bytes = new Uint8Array(256)
  const set = (characters: string, kind: number): void => {
    for (const character of characters) bytes[character.charCodeAt(0)] = kind
  }
  for (let code = 0; code < 32; code++) bytes[code] = REFUSE
  for (let code = 0; code < 256; code++) if (code >= 128 || /[a-z_]/i.test(String.fromCharCode(code))) bytes[code] = WORD
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
  return {
    bytes,
    doubleQuote: lexical.doubleQuotedStrings ? LITERAL : NAME,
    escapes: lexical.backslashEscapes,
    triples: lexical.tripleQuotes,
    dashNeedsBlank: lexical.dashNeedsBlank,
  }
}

/**
 * By two bytes in a row, the later one in the upper half: 1 where the later one may begin something. A digit that goes on in a name or parameter begins
 * nothing, and in a stretch without a stop each digit does, the first byte apart.
 */
function stopTable(kinds: Uint8Array): Uint8Array {
  const stops = new Uint8Array(65_536)
  for (let pair = 0; pair < stops.length; pair++) {
    const before = kinds[pair & 255]
    const kind = kinds[pair >>> 8] ?? PLAIN
    const goesOn = kind === DIGIT && (before === WORD || before === MARKER || before === DIGIT)
    stops[pair] = kind >= DIGIT && !goesOn ? 1 : 0
  }
  return stops
}

export function skeletons(dialect: Dialect): Skeleton {
  const rules = characterKinds(dialect)
  const kinds = rules.bytes
  const stops = stopTable(kinds)
  const verbatim: number[] = []
  let hash = 0
  let source: Buffer = NOTHING
  let view = new DataView(source.buffer, 0, 0)
  let from = 0
  let stop = 0

  // Nearly all of the miner's time goes through the first loop: state in local variables, four bytes at a time.
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: as above; in pieces it takes several times as long
  function read(bytes: Buffer, start: number): boolean {
    const length = bytes.length
    let a = 0x811c9dc5 | 0
    let b = 0x9e3779b9 | 0
    let at = start
    /** Just past the last thing that stands as more than one byte, and what it is: the byte before does not say. */
    let past = start
    let pastKind = PLAIN
    /** Just past the last number that may be an ordinal. */
    let ordinalEnd = -1
    if (verbatim.length > 0) verbatim.length = 0
    if (bytes !== source) {
      source = bytes
      view = new DataView(bytes.buffer, bytes.byteOffset, length)
    }
    for (;;) {
      let code = bytes[at] as number // the closing quote comes first
      let kind = kinds[code] as number
      // One byte by itself, since the one before it may be half of an escape; then three at a time, each judged with the one before it.
      if (kind < DIGIT) {
        a = Math.imul(a ^ code, PRIME)
        b = ((b << 5) | (b >>> 27)) ^ a
        at++
        while (at + 3 <= length) {
          const four = view.getUint32(at - 1, true)
          if (((stops[four & 0xffff] as number) | (stops[(four >>> 8) & 0xffff] as number) | (stops[four >>> 16] as number)) !== 0) break
          a = Math.imul(a ^ four, PRIME)
          a ^= a >>> 15
          b = ((b << 5) | (b >>> 27)) ^ a
          at += 3
        }
        for (; at < length; at++) {
          code = bytes[at] as number // in bounds
          kind = kinds[code] as number
          if (kind >= DIGIT && (kind !== DIGIT || stops[(code << 8) | (bytes[at - 1] as number)] !== 0)) break
          a = Math.imul(a ^ code, PRIME)
          b = ((b << 5) | (b >>> 27)) ^ a
        }
      }
      if (at >= length) return false // never closed
      if (kind === CLOSE) break
      const last = at === past ? pastKind : (kinds[bytes[at - 1] as number] as number)
      let symbol = 0
      let end = at + 1
      if (kind === DIGIT) {
        // What is no number by itself is part of a name, and counts.
        const pastNumber = last === WORD || last === DIGIT || last === MARKER ? -1 : endOfNumber(bytes, at, kinds, WORD)
        if (pastNumber > 0) {
          end = pastNumber
          if (mayBeOrdinal(bytes, at, ordinalEnd)) {
            ordinalEnd = end
            verbatim.push(at)
          } else symbol = NUMBER_SYMBOL
        }
      } else if (kind === ESCAPE) {
        code = bytes[at + 1] as number
        end = at + 2
        past = end
        pastKind = PLAIN
        if (code === QUOTE_CODE) {
          kind = rules.doubleQuote
          pastKind = kind
        } else if (code !== 0x6e && code !== 0x72 && code !== 0x74) return false // \n, \r, \t
      } else if (kind === REFUSE) return false
      if (kind === LITERAL) {
        // Behind a letter (`E'…'`) or another literal it may be other than it looks.
        const isSure = last !== WORD && last !== DIGIT && last !== LITERAL
        end = isSure ? endOfLiteral(bytes, at, end, rules) : -1
        symbol = LITERAL_SYMBOL
        if (past > at) past = end
      } else if (kind === NAME) {
        end = endOfQuoted(bytes, end, code, false)
        if (past > at) past = end
      } else if ((kind === DASH || kind === SLASH) && beginsComment(bytes, at)) {
        end = endOfComment(bytes, at, rules.dashNeedsBlank)
        symbol = hasNewline(bytes, at, end) ? LINE_SYMBOL : COMMENT_SYMBOL
      }
      if (end <= at) return false
      if (symbol !== 0) {
        a = Math.imul(a ^ symbol, PRIME)
        b = ((b << 5) | (b >>> 27)) ^ a
        at = end
      }
      for (; at < end; at++) {
        a = Math.imul(a ^ (bytes[at] as number), PRIME)
        b = ((b << 5) | (b >>> 27)) ^ a
      }
    }
    from = start
    stop = at + 1
    hash = mixed(a, b)
    return true
  }

  return {
    read,
    readText: (sql) => read(Buffer.from(JSON.stringify(sql)), 1),
    get end() {
      return stop
    },
    get hash() {
      return hash
    },
    places() {
      let [at, place] = [from, 0]
      const places = verbatim.map((next) => {
        place += lengthOf(source, at, next)
        at = next
        return place
      })
      return new Set(places)
    },
  }
}

/** Of a stretch of a JSON string, in UTF-16 units. */
function lengthOf(bytes: Buffer, start: number, end: number): number {
  return (JSON.parse(`"${bytes.toString('utf8', start, end)}"`) as string).length // what stands in quotes is a string
}

/** 53 bits of the two, spread over all of them. */
function mixed(a: number, b: number): number {
  const one = Math.imul(a ^ (a >>> 15), 0x85ebca6b)
  const two = Math.imul(b ^ (b >>> 13), 0xc2b2ae35 | 0)
  return ((one ^ (one >>> 16)) >>> 0) * 2 ** 21 + ((two ^ (two >>> 15)) >>> 11)
}
