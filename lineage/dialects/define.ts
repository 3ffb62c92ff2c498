import { characterClasses, foldedCharacters } from '../tokens/characters.ts'
import { characterTraits } from '../tokens/operators.ts'
import { WORD_COUNT, type Word, wordId } from '../tokens/words.ts'
import type { Dialect, DialectSpec } from './dialect.ts'

/** A dialect from its rules, with the tables that the tokenizer and parser read. Frozen: a dialect is made once and shared. */
export function defineDialect(spec: DialectSpec): Dialect {
  const reservedIds = new Uint8Array(WORD_COUNT)
  for (const word of spec.reserved) reservedIds[wordId(word)] = 1
  const characters = characterClasses(spec.lexical)
  const folded = foldedCharacters(spec.lexical)
  return Object.freeze({
    ...spec,
    characters,
    folded,
    traits: characterTraits(characters, folded),
    stringPrefixes: new Set(spec.lexical.stringPrefixes.split(' ')),
    reservedIds,
  })
}

/** The set without some words and with others: a dialect's difference to the one it is made from. */
export function words(
  base: ReadonlySet<Word>,
  difference: { readonly add?: readonly Word[]; readonly drop?: readonly Word[] },
): ReadonlySet<Word> {
  const result = new Set(base)
  for (const word of difference.drop ?? []) result.delete(word)
  for (const word of difference.add ?? []) result.add(word)
  return result
}

/** The set with the names of a blank-separated list added. */
export function names(base: ReadonlySet<string>, list: string): ReadonlySet<string> {
  return new Set([...base, ...list.split(/\s+/).filter((name) => name !== '')])
}
