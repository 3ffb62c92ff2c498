import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Lineage fixtures: SQL files whose `--:` comments are the expectation, one case after another. A case:
 *
 *   --: case    name                                   once, first
 *   --: dialect athena                                 once
 *   --: default database.schema | .schema              once
 *   --: schema  shop.orders(id, amount)                any number
 *   --: todo    reason                                 once: the case must still fail
 *   SELECT ...                                         the text, as it is
 *   --: kind    CREATE_TABLE INSERT                    once: every statement's kind, in order
 *   --: reads   shop.orders shop.customers             once, exact; `none` for an empty list
 *   --: writes  mart.by_customer                       once, exact; `none` for an empty list
 *   --: edge    shop.orders.amount -> mart.t.total AGGREGATION      exact as soon as one is given, or `none`
 *   --: filter  shop.orders.id shop.customers.id JOIN               exact as soon as one is given, or `none`
 *   --: error   SQL_UNTERMINATED_STRING at 1:8         exact as soon as one is given, or `none`
 *
 * Two sources that could own a column are written `(a|b).c`; output columns of a bare query stand alone. An unknown key, a
 * key too often, a case without SQL and a case that expects nothing are errors: a typo must not pass as a green test.
 */
export interface FixtureCase {
  readonly file: string
  readonly line: number
  readonly name: string
  readonly dialect: string
  readonly defaults: { readonly database: string | null; readonly schema: string | null }
  readonly schema: Readonly<Record<string, readonly string[]>>
  readonly todo: string | null
  readonly sql: string
  /** The expectation in the fixture's own lines, by key, sorted where order does not count. */
  readonly expect: Readonly<Partial<Record<ExpectKey, readonly string[]>>>
}

export const EXPECT_KEYS = ['kind', 'reads', 'writes', 'edge', 'filter', 'error'] as const
export type ExpectKey = (typeof EXPECT_KEYS)[number]
const GIVEN_KEYS = ['dialect', 'default', 'schema', 'todo'] as const
const MANY = new Set<string>(['schema', 'edge', 'filter', 'error'])
const LINE = /^--:\s+(\w+)\s*(.*?)\s*$/

interface Draft {
  readonly line: number
  readonly keys: Map<string, string[]>
  readonly sql: string[]
}

export function loadFixtures(root: string): readonly FixtureCase[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'))
  return files.sort().flatMap((file) => parseFixtures(readFileSync(join(root, file), 'utf8'), relative(root, join(root, file))))
}

export function parseFixtures(text: string, file: string): readonly FixtureCase[] {
  const drafts: Draft[] = []
  let draft: Draft | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const [, key, value] = LINE.exec(line) ?? []
    if (key === 'case') {
      draft = { line: index + 1, keys: new Map([['case', [value ?? '']]]), sql: [] }
      drafts.push(draft)
    } else if (key !== undefined) {
      note(draft ?? fail(file, index + 1, 'a key before the first case'), key, value ?? '', file, index + 1)
    } else if (line.startsWith('--:')) {
      fail(file, index + 1, `not a key: ${line}`)
    } else if (draft) {
      draft.sql.push(line)
    } else if (line.trim() !== '' && !line.startsWith('--')) {
      fail(file, index + 1, 'SQL before the first case')
    }
  }
  return drafts.map((each) => finish(each, file))
}

function note(draft: Draft, key: string, value: string, file: string, line: number): void {
  const known: readonly string[] = [...GIVEN_KEYS, ...EXPECT_KEYS]
  if (!known.includes(key)) fail(file, line, `unknown key ${key}`)
  const values = draft.keys.get(key) ?? []
  if (values.length > 0 && !MANY.has(key)) fail(file, line, `${key} is given twice`)
  if (values.includes(value)) fail(file, line, `${key} ${value} is given twice`)
  draft.keys.set(key, [...values, value])
}

function finish(draft: Draft, file: string): FixtureCase {
  const one = (key: string): string | undefined => draft.keys.get(key)?.[0]
  const sql = draft.sql.join('\n').trim()
  if (sql === '') fail(file, draft.line, 'a case without SQL')
  const expect: Partial<Record<ExpectKey, readonly string[]>> = {}
  for (const key of EXPECT_KEYS) {
    const values = draft.keys.get(key)
    if (values) expect[key] = normal(key, values)
  }
  if (Object.keys(expect).length === 0) fail(file, draft.line, 'a case that expects nothing')
  const [database, schema] = (one('default') ?? '.').split('.')
  return {
    file,
    line: draft.line,
    name: one('case') || fail(file, draft.line, 'a case without a name'),
    dialect: one('dialect') ?? fail(file, draft.line, 'a case without a dialect'),
    defaults: { database: database || null, schema: schema || null },
    schema: Object.fromEntries((draft.keys.get('schema') ?? []).map((entry) => schemaEntry(entry, file, draft.line))),
    todo: one('todo') ?? null,
    sql,
    expect,
  }
}

function schemaEntry(entry: string, file: string, line: number): [string, readonly string[]] {
  const [, name, columns] = /^([^()]+)\(([^()]*)\)$/.exec(entry) ?? []
  if (name === undefined || columns === undefined) return fail(file, line, `schema is not name(column, …): ${entry}`)
  return [name.trim(), columns.split(',').map((column) => column.trim())]
}

function normal(key: ExpectKey, values: readonly string[]): readonly string[] {
  const words = values.map((value) => value.replace(/\s+/g, ' '))
  if (words.length === 1 && words[0] === 'none') return []
  if (key === 'kind') return (words[0] ?? '').split(' ')
  if (key === 'reads' || key === 'writes') return (words[0] ?? '').split(' ').sort()
  return (key === 'filter' ? words.flatMap(filterLines) : words).sort()
}

/** `a.x b.y JOIN` is two lines: one column each. */
function filterLines(line: string): readonly string[] {
  const words = line.split(' ')
  const kind = words.pop() ?? ''
  return words.map((column) => `${column} ${kind}`)
}

function fail(file: string, line: number, why: string): never {
  throw new Error(`${file}:${line}: ${why}`)
}
