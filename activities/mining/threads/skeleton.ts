import type { Dialect } from '../../../lineage/dialects/dialect.ts'

/**
 * A hash of a text without its literals and comments, made in one loop over its characters. It is finer than the fingerprint (it
 * knows neither keywords, blanks nor the case of names) and several times cheaper: texts of one skeleton have one fingerprint, so that repeats need no
 * tokens. Texts with anything in them that it does not know for sure have none.
 */
export interface Skeleton {
  /** False: the text has no skeleton. */
  of(sql: string): boolean
  /** 53 bits of the text last given. */
  readonly hash: number
  /** Where its numbers stand whose value is part of the hash: what may be ordinals of ORDER BY and GROUP BY. */
  readonly verbatim: ReadonlySet<number>
}

/** Below DIGIT: characters that stand for themselves, blanks too; from there on: those that may begin something. */
const PLAIN = 0
const WORD = 1
/** A digit right behind it is part of a name or parameter. */
const MARKER = 2
const DIGIT = 3
const DASH = 4
const SLASH = 5
const LITERAL = 6
const NAME = 7
const REFUSE = 8

/** Stand for what is left out: a text that has such characters itself is refused. */
const LITERAL_SYMBOL = 1
const NUMBER_SYMBOL = 2
const COMMENT_SYMBOL = 3
/** A comment with a line end in it: some words count only where they begin a line. */
const LINE_SYMBOL = 4

const NEWLINE = 10
const PRIME = 0x01000193
const DASH_CODE = 0x2d
const SLASH_CODE = 0x2f
const STAR = 0x2a
const COMMA_CODE = 0x2c

function characterKinds({ lexical }: Dialect): Uint8Array {
  const kinds = new Uint8Array(128)
  const set = (characters: string, kind: number): void => {
    for (const character of characters) kinds[character.charCodeAt(0)] = kind
  }
  for (let code = 0; code < 32; code++) kinds[code] = REFUSE
  for (let code = 0; code < 128; code++) if (/[a-z_]/i.test(String.fromCharCode(code))) kinds[code] = WORD
  set('0123456789', DIGIT)
  set('\t\n\r', PLAIN)
  set('-', DASH)
  set('/', SLASH)
  set("'", LITERAL)
  set('"', lexical.doubleQuotedStrings ? LITERAL : NAME)
  set('`', NAME)
  set(':@%.', MARKER)
  set('$#{}\\', REFUSE)
  if (lexical.nameQuotes.includes('[')) set('[', REFUSE)
  if (lexical.at === 'stage') set('@', REFUSE) // its path stands without quotes, digits and all
  return kinds
}

export function skeletons(dialect: Dialect): Skeleton {
  const kinds = characterKinds(dialect)
  const { backslashEscapes, tripleQuotes } = dialect.lexical
  const verbatim = new Set<number>()
  let hash = 0

  function kindOf(code: number): number {
    return code < 128 ? (kinds[code] as number) : WORD
  }

  /** Just past a literal, or -1 where it may be another than it looks: behind a letter (`E'…'`), or in triple quotes. */
  function endOfLiteral(text: string, at: number, quote: number, isPrefixed: boolean): number {
    const isTriple = tripleQuotes && text.charCodeAt(at + 1) === quote && text.charCodeAt(at + 2) === quote
    return isPrefixed || isTriple ? -1 : endOfQuoted(text, at, quote, backslashEscapes)
  }

  // Nearly all of the miner's time goes through the first loop: state in local variables, one look-up a character.
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: as above; in pieces it takes several times as long
  function of(text: string): boolean {
    const length = text.length
    let a = 0x811c9dc5 | 0
    let b = 0x9e3779b9 | 0
    let at = 0
    /** Just past the last number that may be an ordinal. */
    let ordinalEnd = -1
    if (verbatim.size > 0) verbatim.clear()
    for (;;) {
      let code = 0
      let kind = PLAIN
      for (; at < length; at++) {
        code = text.charCodeAt(at)
        if (code < 128) {
          kind = kinds[code] as number
          if (kind >= DIGIT) break
        }
        a = Math.imul(a ^ code, PRIME)
        b = ((b << 5) | (b >>> 27)) ^ a
      }
      if (at >= length) break
      const last = at === 0 ? PLAIN : kindOf(text.charCodeAt(at - 1))
      let symbol = LITERAL_SYMBOL
      let end = at + 1
      if (kind === DIGIT) {
        symbol = 0
        // What is no number by itself is part of a name, and counts.
        const past = last === WORD || last === DIGIT || last === MARKER ? -1 : endOfNumber(text, at, kinds)
        if (past > 0) {
          end = past
          if (mayBeOrdinal(text, at, ordinalEnd)) {
            ordinalEnd = end
            verbatim.add(at)
          } else symbol = NUMBER_SYMBOL
        }
      } else if (kind === LITERAL) end = endOfLiteral(text, at, code, last === WORD || last === DIGIT || last === LITERAL)
      else if (kind === NAME) {
        end = endOfQuoted(text, at, code, false)
        symbol = 0
      } else if (kind === REFUSE) return false
      else if (beginsComment(text, at, code)) {
        end = endOfComment(text, at, dialect)
        symbol = end > 0 && hasNewline(text, at, end) ? LINE_SYMBOL : COMMENT_SYMBOL
      } else symbol = 0
      if (end < 0) return false
      if (symbol !== 0) {
        a = Math.imul(a ^ symbol, PRIME)
        b = ((b << 5) | (b >>> 27)) ^ a
        at = end
      }
      for (; at < end; at++) {
        a = Math.imul(a ^ text.charCodeAt(at), PRIME)
        b = ((b << 5) | (b >>> 27)) ^ a
      }
    }
    hash = mixed(a, b)
    return true
  }

  return {
    of,
    get hash() {
      return hash
    },
    verbatim,
  }
}

/** 53 bits of the two, spread over all of them. */
function mixed(a: number, b: number): number {
  const one = Math.imul(a ^ (a >>> 15), 0x85ebca6b)
  const two = Math.imul(b ^ (b >>> 13), 0xc2b2ae35 | 0)
  return ((one ^ (one >>> 16)) >>> 0) * 2 ** 21 + ((two ^ (two >>> 15)) >>> 11)
}

/** A number right behind BY, or behind another such number and a comma. */
function mayBeOrdinal(text: string, at: number, before: number): boolean {
  let end = at - 1
  while (isBlank(text.charCodeAt(end))) end--
  const code = text.charCodeAt(end)
  if (code === COMMA_CODE) {
    end--
    while (isBlank(text.charCodeAt(end))) end--
    return end === before - 1
  }
  return (code | 32) === 0x79 && (text.charCodeAt(end - 1) | 32) === 0x62 && isBlank(text.charCodeAt(end - 2))
}

function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}

function beginsComment(text: string, at: number, code: number): boolean {
  const next = text.charCodeAt(at + 1)
  return code === DASH_CODE ? next === DASH_CODE : next === STAR || next === SLASH_CODE
}

/** Just past the comment that begins here; -1 where it is not sure that it is one. */
function endOfComment(text: string, at: number, { lexical }: Dialect): number {
  const next = text.charCodeAt(at + 1)
  if (next === STAR) return endOfBlockComment(text, at)
  if (next === SLASH_CODE || lexical.dashNeedsBlank) return -1
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function hasNewline(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === NEWLINE) return true
  return false
}

/** Just past the closing quote, or -1. A quote within is doubled or, in some dialects, behind a backslash. */
function endOfQuoted(text: string, start: number, quote: number, escapes: boolean): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (escapes && code === 0x5c) at++
    else if (code === quote) {
      if (text.charCodeAt(at + 1) !== quote) return at + 1
      at++
    }
  }
  return -1
}

/** Just past a block comment; -1 where it is a hint, is never closed, or holds another, which some dialects count. */
function endOfBlockComment(text: string, start: number): number {
  const first = text.charCodeAt(start + 2)
  if (first === 0x2b || first === 0x21) return -1
  const end = text.indexOf('*/', start + 2)
  const inner = text.indexOf('/*', start + 2)
  return end < 0 || (inner >= 0 && inner < end) ? -1 : end + 2
}

/** Just past a number of digits and a point that is nothing but that, or -1. */
function endOfNumber(text: string, start: number, kinds: Uint8Array): number {
  let at = endOfDigits(text, start)
  const fraction = text.charCodeAt(at) === 0x2e ? endOfDigits(text, at + 1) : 0
  if (fraction > at + 1) at = fraction
  const code = text.charCodeAt(at)
  return code === 0x2e || code >= 128 || kinds[code] === WORD ? -1 : at
}

function endOfDigits(text: string, start: number): number {
  let at = start
  for (let code = text.charCodeAt(at); code >= 48 && code <= 57; code = text.charCodeAt(at)) at++
  return at
}
