import { TOKEN } from '../../tokens/tokens.ts'
import type { Name } from '../../tree.ts'
import { atEnd, type Cursor, eat, kind, lastEnd, peek, textAt, wordAt } from '../cursor.ts'
import { atString } from './boundary.ts'
import { inBrackets, location, pathOfString } from './parts.ts'

/** Options whose value is where data lies; in upper case. */
// biome-ignore format: a table
const LOCATION_OPTIONS: ReadonlySet<string> = new Set([
  'LOCATION',
  'EXTERNAL_LOCATION',
  'PATH',
  'URIS',
  'URI',
  'URL',
  'BASE_LOCATION',
  'INPATH',
])

/** An option that names locations: `LOCATION '…'`, `LOCATION = @s/p`, `WITH (external_location = '…')`, `OPTIONS (uris = ['…'])`. True if one was eaten. */
export function readLocations(cursor: Cursor, into: Name[]): boolean {
  if (
    (peek(cursor, 'WITH') || peek(cursor, 'OPTIONS') || peek(cursor, 'TBLPROPERTIES') || peek(cursor, 'USING')) &&
    wordAt(cursor, 1) === '('
  ) {
    cursor.at++
    bracketLocations(cursor, into)
    return true
  }
  if (!isLocationOption(cursor)) return false
  cursor.at++
  locationValue(cursor, into)
  return true
}

function isLocationOption(cursor: Cursor): boolean {
  const found = kind(cursor)
  if (found !== TOKEN.word && found !== TOKEN.quoted && found !== TOKEN.string) return false
  const text = textAt(cursor, 0)
  if (text.length > LONGEST_OPTION) return false
  return LOCATION_OPTIONS.has(text.replace(/^['"`]|['"`]$/g, '').toUpperCase())
}

const LONGEST_OPTION = 20

function locationValue(cursor: Cursor, into: Name[]): void {
  if (!eat(cursor, '=')) eat(cursor, '=>')
  if (peek(cursor, '(') || peek(cursor, '[')) {
    stringsWithin(cursor, into)
    return
  }
  const found = location(cursor)
  if (found !== null) into.push(found)
}

/** All options in a bracket. */
export function bracketLocations(cursor: Cursor, into: Name[]): void {
  inBrackets(cursor, () => {
    while (!atEnd(cursor)) {
      const before = cursor.at
      if (!readLocations(cursor, into)) cursor.at++
      if (cursor.at <= before) cursor.at = before + 1
    }
  })
}

/** All strings in a bracket are locations. */
export function stringsWithin(cursor: Cursor, into: Name[]): void {
  inBrackets(cursor, () => {
    while (!atEnd(cursor)) {
      if (atString(cursor)) into.push(pathOfString(cursor))
      else cursor.at++
    }
    return lastEnd(cursor)
  })
}
