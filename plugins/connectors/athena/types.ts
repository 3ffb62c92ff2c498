import type { AssetColumn } from '../../../contracts/assets.ts'

/** A Hive type as Glue writes it, taken apart: `array<struct<id:bigint,at:timestamp>>`. */
export type HiveType =
  | { readonly kind: 'scalar'; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: 'array'; readonly item: HiveType }
  | { readonly kind: 'map'; readonly key: HiveType; readonly value: HiveType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: HiveType }[] }
  | { readonly kind: 'unknown'; readonly text: string }

/** Deeper types are no real tables; the text is kept as it is. */
const DEEPEST = 100

/** Reads a type to any real depth; what it doesn't understand is `unknown` with its text, never an error. Linear in the text. */
export function readType(text: string): HiveType {
  const reader = { text: text.trim(), at: 0 }
  const type = typeAt(reader, 0)
  return type === null || reader.at < reader.text.length ? { kind: 'unknown', text: text.trim() } : type
}

interface Reader {
  readonly text: string
  at: number
}

function typeAt(reader: Reader, depth: number): HiveType | null {
  if (depth > DEEPEST) return null
  const name = word(reader).toLowerCase()
  if (name === '') return null
  if (peek(reader) === '(') return { kind: 'scalar', name, args: parenthesised(reader) }
  if (peek(reader) !== '<') return { kind: 'scalar', name, args: [] }
  reader.at += 1
  const type = generic(reader, name, depth)
  return type !== null && eat(reader, '>') ? type : null
}

function generic(reader: Reader, name: string, depth: number): HiveType | null {
  if (name === 'struct' || name === 'row') return structFields(reader, depth)
  const first = typeAt(reader, depth + 1)
  if (first === null) return null
  if (name === 'array') return { kind: 'array', item: first }
  if (name !== 'map' || !eat(reader, ',')) return null
  const value = typeAt(reader, depth + 1)
  return value === null ? null : { kind: 'map', key: first, value }
}

function structFields(reader: Reader, depth: number): HiveType | null {
  const fields: { name: string; type: HiveType }[] = []
  do {
    const name = fieldName(reader)
    if (name === '' || !eat(reader, ':')) return null
    const type = typeAt(reader, depth + 1)
    if (type === null) return null
    fields.push({ name, type })
  } while (eat(reader, ','))
  return { kind: 'struct', fields }
}

/** Field names may be back-quoted and then hold anything. */
function fieldName(reader: Reader): string {
  skipBlanks(reader)
  if (reader.text[reader.at] !== '`') return untilOneOf(reader, ':<>,').trim()
  const end = reader.text.indexOf('`', reader.at + 1)
  if (end < 0) return ''
  const name = reader.text.slice(reader.at + 1, end)
  reader.at = end + 1
  return name
}

function parenthesised(reader: Reader): readonly string[] {
  const end = reader.text.indexOf(')', reader.at)
  const close = end < 0 ? reader.text.length : end
  const args = reader.text.slice(reader.at + 1, close).split(',')
  reader.at = Math.min(close + 1, reader.text.length)
  return args.map((arg) => arg.trim())
}

function word(reader: Reader): string {
  skipBlanks(reader)
  return untilOneOf(reader, '<>(),:').trim()
}

function untilOneOf(reader: Reader, stops: string): string {
  const from = reader.at
  while (reader.at < reader.text.length && !stops.includes(reader.text[reader.at] ?? '')) reader.at += 1
  return reader.text.slice(from, reader.at)
}

function skipBlanks(reader: Reader): void {
  while (reader.text[reader.at] === ' ') reader.at += 1
}

function peek(reader: Reader): string | undefined {
  skipBlanks(reader)
  return reader.text[reader.at]
}

function eat(reader: Reader, char: string): boolean {
  if (peek(reader) !== char) return false
  reader.at += 1
  return true
}

/** The columns and nested fields of a column, as `a`, `a.b`, `a.b.c`: what lineage and search can name. Arrays are passed through. */
export function fieldPaths(column: AssetColumn): readonly { readonly path: readonly string[]; readonly type: HiveType }[] {
  const found: { path: readonly string[]; type: HiveType }[] = []
  collect([column.name], readType(column.type ?? ''), found)
  return found
}

function collect(path: readonly string[], type: HiveType, found: { path: readonly string[]; type: HiveType }[]): void {
  found.push({ path, type })
  if (type.kind === 'array') collectInside(path, type.item, found)
  else if (type.kind === 'map') collectInside(path, type.value, found)
  else collectInside(path, type, found)
}

function collectInside(path: readonly string[], type: HiveType, found: { path: readonly string[]; type: HiveType }[]): void {
  if (type.kind === 'struct') for (const field of type.fields) collect([...path, field.name], field.type, found)
  else if (type.kind === 'array') collectInside(path, type.item, found)
  else if (type.kind === 'map') collectInside(path, type.value, found)
}
