import type { SinkField } from '../contracts/plugin.ts'

/** What is inside a column of a struct, array or map, read from the type as its source writes it. Derived, so that it cannot differ from the type. */
export interface NestedField {
  /** `address.geo.lat`; arrays are passed through (`items.sku`), maps have `key` and `value`. */
  readonly name: string
  /** From the column down; a part may have dots in it. */
  readonly path: readonly string[]
  readonly parent: string
  readonly type: string
  /** Among the fields of its parent, from 0. */
  readonly ordinal: number
  readonly comment?: string
}

/** Types of sources nest a few levels; text that pretends to more is cut off there. */
const DEEPEST = 500
const MOST_FIELDS = 10_000
/** Glue's limit (https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html). */
const LONGEST_TYPE = 131_072

/** Parents before their fields, in the order of the type. */
export function nestedFields({ name, type = '' }: { readonly name: string; readonly type?: string | undefined }): readonly NestedField[] {
  const found: NestedField[] = []
  addFields(found, [name], type, 0)
  return found
}

function addFields(found: NestedField[], path: readonly string[], type: string, depth: number): void {
  if (depth > DEEPEST) return
  for (const [ordinal, field] of fieldsIn(type).entries()) {
    if (found.length >= MOST_FIELDS) return
    const { name, comment } = field
    const own = [...path, name]
    found.push({
      name: own.join('.'),
      path: own,
      parent: path.join('.'),
      type: field.type,
      ordinal,
      ...(comment === undefined ? {} : { comment }),
    })
    addFields(found, own, field.type, depth + 1)
  }
}

interface Field {
  readonly name: string
  readonly type: string
  readonly comment?: string
}

/** The same as a tree for sinks, in which an array has one field `_element`, as OpenLineage's own integrations write it. */
export function fieldTree(type: string | undefined): readonly SinkField[] {
  return type === undefined || type.length > LONGEST_TYPE ? [] : treeOf(type, 0, { left: MOST_FIELDS })
}

function treeOf(type: string, depth: number, room: { left: number }): readonly SinkField[] {
  if (depth > DEEPEST) return []
  const element = arrayElement(type)
  const below: readonly Field[] = element === null ? fieldsIn(type) : [{ name: '_element', type: element }]
  return below.flatMap(({ name, type: of, comment }) => {
    if (room.left-- <= 0) return []
    const fields = treeOf(of, depth + 1, room)
    return [{ name, type: of, ...(comment === undefined ? {} : { comment }), ...(fields.length === 0 ? {} : { fields }) }]
  })
}

/** Null for what is no array. */
function arrayElement(type: string): string | null {
  const { kind, parts } = typeParts(type)
  return ARRAYS.has(kind) ? (parts[0] ?? '').trim() : null
}

/** Hive, Spark and Glue write `struct<a:int>`, Trino `row(a integer)`, BigQuery `STRUCT<a INT64>`, Snowflake `OBJECT(a NUMBER)`. */
function fieldsIn(type: string): readonly Field[] {
  const { kind, parts } = typeParts(type)
  if (ARRAYS.has(kind)) return fieldsIn(parts[0] ?? '')
  if (kind === 'map' && parts.length === 2)
    return [
      { name: 'key', type: (parts[0] ?? '').trim() },
      { name: 'value', type: (parts[1] ?? '').trim() },
    ]
  return STRUCTS.has(kind) ? parts.flatMap((part) => fieldOf(part) ?? []) : []
}

/** `struct<a:int,b:int>`: its kind and what stands between its brackets; no kind where it has none. */
function typeParts(type: string): { readonly kind: string; readonly parts: readonly string[] } {
  const outer = /^\s*([a-z]+)\s*[<(]/i.exec(type)
  const from = outer?.[0].length ?? 0
  const end = outer === null ? -1 : closing(type, from)
  return end < 0 ? { kind: '', parts: [] } : { kind: outer?.[1]?.toLowerCase() ?? '', parts: split(type.slice(from, end), ',') }
}

const ARRAYS: ReadonlySet<string> = new Set(['array', 'list'])
const STRUCTS: ReadonlySet<string> = new Set(['struct', 'row', 'record', 'object'])
const NAME = /^\s*(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|([^\s:<>(),`"]+))\s*(?::\s*|\s)\s*(\S[\s\S]*)$/
const COMMENT = /\s+comment\s+(?:'((?:[^'\\]|\\.|'')*)'|"((?:[^"\\]|\\.)*)")\s*$/i
const REST = /\s+(?:not\s+null|options\s*\([\s\S]*\))\s*$/i

/** Null for a type without a name, as in an anonymous row. */
function fieldOf(text: string): Field | null {
  const [, backquoted, quoted, plain, said = ''] = NAME.exec(text) ?? []
  const name = backquoted?.replaceAll('``', '`') ?? quoted?.replaceAll('""', '"') ?? plain
  if (name === undefined) return null
  const comment = COMMENT.exec(said)
  const type = said.replace(COMMENT, '').replace(REST, '').trim()
  const words = comment?.[1]?.replaceAll("''", "'") ?? comment?.[2]
  return { name, type, ...(words === undefined || words === '' ? {} : { comment: words }) }
}

/** Where the bracket that was opened before `from` is closed; -1 where it is not. */
function closing(text: string, from: number): number {
  for (const [at, depth] of levels(text, from)) if (depth < 0) return at
  return -1
}

function split(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let from = 0
  for (const [at, depth] of levels(text, 0)) {
    if (depth > 0 || text[at] !== separator) continue
    parts.push(text.slice(from, at))
    from = at + 1
  }
  return [...parts, text.slice(from)]
}

/** Each character outside of quotes, with the depth of brackets behind it. */
function* levels(text: string, from: number): Generator<readonly [at: number, depth: number]> {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === '`' || char === '"' || char === "'") {
      const end = text.indexOf(char, at + 1)
      if (end < 0) return
      at = end
      continue
    }
    if (char === '<' || char === '(' || char === '[') depth++
    else if (char === '>' || char === ')' || char === ']') depth--
    yield [at, depth]
  }
}
