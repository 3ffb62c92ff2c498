import type { LexicalRules } from '../dialects/dialect.ts'

/** What a character can begin; the tokenizer switches on it. */
export const CLASS = {
  other: 0,
  space: 1,
  newline: 2,
  word: 3,
  digit: 4,
  quote: 5,
  doubleQuote: 6,
  nameQuote: 7,
  bracketQuote: 8,
  operator: 9,
  dash: 10,
  slash: 11,
  hash: 12,
  dollar: 13,
  at: 14,
  colon: 15,
  question: 16,
  percent: 17,
  brace: 18,
  dot: 19,
  /** punctuation that is never part of a longer operator: , ; */
  single: 20,
  /** ( ) [ ] { } */
  bracket: 21,
} as const

const BY_CHARACTER: Readonly<Record<string, number>> = {
  "'": CLASS.quote,
  '"': CLASS.doubleQuote,
  '`': CLASS.nameQuote,
  '-': CLASS.dash,
  '/': CLASS.slash,
  '#': CLASS.hash,
  $: CLASS.dollar,
  '@': CLASS.at,
  ':': CLASS.colon,
  '?': CLASS.question,
  '%': CLASS.percent,
  '{': CLASS.brace,
  '.': CLASS.dot,
  _: CLASS.word,
  '(': CLASS.bracket,
  '}': CLASS.bracket,
  ')': CLASS.bracket,
  '[': CLASS.bracket,
  ']': CLASS.bracket,
  ',': CLASS.single,
  ';': CLASS.single,
  '\n': CLASS.newline,
  '\r': CLASS.newline,
}

function classOf(code: number): number {
  const character = String.fromCharCode(code)
  if (code <= 32 && BY_CHARACTER[character] === undefined) return CLASS.space
  if (character >= '0' && character <= '9') return CLASS.digit
  if (/[a-z]/i.test(character)) return CLASS.word
  return BY_CHARACTER[character] ?? CLASS.operator
}

/** What characters beyond ASCII are to the tokenizer: a letter, or a blank. */
export const WIDE_LETTER = 128
export const WIDE_BLANK = 129
/** Tables by character have a place for every byte, so that looking one up needs no check. */
export const CODES = 256

/** Class of each character under the dialect's rules; those beyond ASCII are `other`. */
export function characterClasses(rules: LexicalRules): Uint8Array {
  const classes = new Uint8Array(CODES)
  for (let code = 0; code < 128; code++) classes[code] = classOf(code)
  if (rules.nameQuotes.includes('[')) classes['['.charCodeAt(0)] = CLASS.bracketQuote
  return classes
}

/** For each character of ASCII that goes on in a word its upper case, else 0. */
export function foldedCharacters(rules: LexicalRules): Uint8Array {
  const folded = new Uint8Array(CODES)
  for (let code = 0; code < 128; code++) {
    const character = String.fromCharCode(code)
    if (/[a-z0-9_]/i.test(character) || rules.wordCharacters.includes(character)) folded[code] = character.toUpperCase().charCodeAt(0)
  }
  return folded
}

/** Blanks beyond ASCII that texts copied from documents carry: no-break, zero-width, byte-order mark, ideographic and typographic spaces. */
export function isWideSpace(code: number): boolean {
  return (
    code === 0xa0 ||
    code === 0xfeff ||
    code === 0x3000 ||
    (code >= 0x2000 && code <= 0x200b) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x85
  )
}
