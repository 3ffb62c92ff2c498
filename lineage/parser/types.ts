import { TOKEN } from '../tokens/tokens.ts'
import type { Word } from '../tokens/words.ts'
import { atEnd, type Cursor, closer, eat, kind, kindAt, peek, skipBalanced, textAt, word, wordAt } from './cursor.ts'
import { parseParts } from './names.ts'

/** Words that go on in a type's name: DOUBLE PRECISION, CHARACTER VARYING, TIMESTAMP WITH TIME ZONE, INTERVAL DAY TO SECOND, BIGINT UNSIGNED. */
const TYPE_TAIL = /^(?:precision|varying|unsigned|signed|zerofill|large|object|to|second|minute|hour|day|month|year)$/i

/**
 * Moves past a type and returns its first word in upper case: `int`, `varchar(10) character set latin`, `array<struct<a int>>`,
 * `decimal(10, 2)[]`, `timestamp with time zone`, `db.schema.type`, `row(a int, b array(int))`, `t.c%TYPE`.
 */
export function parseType(cursor: Cursor): string {
  if (kind(cursor) !== TOKEN.word && kind(cursor) !== TOKEN.quoted && kind(cursor) !== TOKEN.template && kind(cursor) !== TOKEN.parameter)
    return ''
  const name = textAt(cursor, 0).toUpperCase()
  cursor.at++
  parseParts(cursor, [])
  while (!atEnd(cursor) && typeGoesOn(cursor)) {}
  return name
}

function typeGoesOn(cursor: Cursor): boolean {
  const current = word(cursor)
  if (current === '(' || current === '[') {
    skipBalanced(cursor)
    return true
  }
  if (current === '<' || current === '<>') return skipAngles(cursor)
  if (current === '%') return eatPercentType(cursor)
  if ((current === 'WITH' || current === 'WITHOUT') && (wordAt(cursor, 1) === 'TIME' || wordAt(cursor, 1) === 'LOCAL')) {
    cursor.at += wordAt(cursor, 1) === 'TIME' ? 3 : 4
    return true
  }
  if (current === 'CHARACTER' && wordAt(cursor, 1) === 'SET') {
    cursor.at += 3
    return true
  }
  if (current === 'ARRAY' && (wordAt(cursor, 1) === '[' || wordAt(cursor, 1) === ')')) return eat(cursor, 'ARRAY')
  if (kind(cursor) !== TOKEN.word || !TYPE_TAIL.test(textAt(cursor, 0))) return false
  cursor.at++
  return true
}

function eatPercentType(cursor: Cursor): boolean {
  if (kindAt(cursor, 1) !== TOKEN.word) return false
  cursor.at += 2
  return true
}

const ANGLES: Readonly<Partial<Record<Word, number>>> = { '<': 1, '<>': 0, '>': -1, '>>': -2, '->': -1, '>=': -1 }

/** Past `<…>` with nested ones, at the current `<`; false if it never closes. */
export function skipAngles(cursor: Cursor): boolean {
  const start = cursor.at
  let depth = 0
  while (!atEnd(cursor)) {
    depth += ANGLES[word(cursor)] ?? 0
    if (peek(cursor, '(') || peek(cursor, '[')) cursor.at = closer(cursor)
    if (peek(cursor, ';')) break
    cursor.at++
    if (depth <= 0) return true
  }
  cursor.at = start
  return false
}
