import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { ColumnDefinition, Expr, Ident, Name } from '../../tree.ts'
import { atEnd, type Cursor, eat, kind, peek, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseLabel, parseTableName } from '../names.ts'
import { inBrackets } from './parts.ts'

export interface ColumnsClause {
  readonly columns: readonly ColumnDefinition[]
  /** `(LIKE t INCLUDING ALL)`. */
  readonly like: Name | null
}

/** The bracket behind a table's name: columns, and constraints, which are skipped. */
export function columnDefinitions(cursor: Cursor): ColumnsClause {
  return inBrackets(cursor, () => {
    const columns: ColumnDefinition[] = []
    let like: Name | null = null
    while (!atEnd(cursor)) {
      if (eat(cursor, 'LIKE')) like = parseTableName(cursor)
      else if (!atConstraint(cursor)) {
        const column = columnDefinition(cursor)
        if (column !== null) columns.push(column)
      }
      skipElement(cursor)
    }
    return { columns, like }
  })
}

/** Past the next comma of this level. */
function skipElement(cursor: Cursor): void {
  while (!atEnd(cursor)) {
    if (eat(cursor, ',')) return
    skipBalanced(cursor)
  }
}

/** Whether a table constraint or index stands here, and not a column that is called so. */
function atConstraint(cursor: Cursor): boolean {
  const next = wordAt(cursor, 1)
  switch (word(cursor)) {
    case 'CONSTRAINT':
      return next !== ',' && next !== ')'
    case 'PRIMARY':
    case 'FOREIGN':
      return next === 'KEY'
    case 'UNIQUE':
      return next === '(' || next === 'KEY' || next === 'INDEX' || next === 'CLUSTERED' || next === 'NONCLUSTERED' || next === 'NOT'
    case 'CHECK':
    case 'EXCLUDE':
      return next === '(' || next === 'USING'
    case 'INDEX':
    case 'KEY':
    case 'PROJECTION':
      return isIndex(cursor)
    case 'PERIOD':
      return next === 'FOR'
    default:
      return peek(cursor, 'INHERITS')
  }
}

/** `INDEX name (…)`, `KEY name (…)`, `INDEX name expr TYPE …`: not so where a type and what may follow one stand behind the word. */
function isIndex(cursor: Cursor): boolean {
  const next = wordAt(cursor, 1)
  if (next === '(') return true
  const third = wordAt(cursor, 2)
  if (third === '(') return !TYPES_WITH_SIZE.has(textAt(cursor, 1).toUpperCase())
  return !(cursor.at + 2 >= cursor.end || third === ',' || AFTER_NAME.has(third))
}

// biome-ignore format: a table
const TYPES_WITH_SIZE: ReadonlySet<string> = new Set(['VARCHAR', 'CHAR', 'NVARCHAR', 'NCHAR', 'DECIMAL', 'NUMERIC', 'NUMBER', 'INT', 'FLOAT', 'VARBINARY', 'VARCHAR2'])

/** Words that may follow a column's name where it has no type. */
// biome-ignore format: a table
const AFTER_NAME: ReadonlySet<Word> = new Set<Word>(['AS', 'COMMENT', 'DEFAULT', 'NOT', 'NULL', 'PRIMARY', 'UNIQUE', 'WITH', 'ENCODE', 'CONSTRAINT', 'GENERATED', 'MATERIALIZED', 'CHECK', 'REFERENCES', 'COLLATE', 'OPTIONS'])

/** `name type …`, `name AS (expr)`, `name`; null if no name stands here. */
export function columnDefinition(cursor: Cursor): ColumnDefinition | null {
  const name = parseLabel(cursor)
  if (name === null) return null
  const type = columnType(cursor)
  return { name, type, generated: generatedBy(cursor, type) }
}

/** The type's first word in upper case; '' if there is none. Its brackets and those of `<…>` are skipped. */
function columnType(cursor: Cursor): string {
  const found = kind(cursor)
  if ((found !== TOKEN.word && found !== TOKEN.quoted) || AFTER_NAME.has(word(cursor))) return ''
  const type = textAt(cursor, 0).toUpperCase()
  cursor.at++
  while (eat(cursor, '.')) cursor.at++
  if (peek(cursor, '<')) skipAngles(cursor)
  if (peek(cursor, '(')) skipBalanced(cursor)
  return type
}

/** Past `<…>` of a nested type, which may close with `>>`. */
export function skipAngles(cursor: Cursor): void {
  let depth = 0
  while (!atEnd(cursor)) {
    const current = word(cursor)
    if (current === '<') depth++
    else if (current === '<>') depth += 0
    else if (current === '>') depth--
    else if (current === '>>') depth -= 2
    skipBalanced(cursor)
    if (depth <= 0) return
  }
}

/** `AS (expr)`, `GENERATED ALWAYS AS (expr)`, and ClickHouse's MATERIALIZED expr, ALIAS expr: null where the column is a plain one. */
function generatedBy(cursor: Cursor, type: string): Expr | null {
  while (!atEnd(cursor) && !peek(cursor, ',')) {
    if (peek(cursor, '<')) skipAngles(cursor)
    else if (eat(cursor, 'AS')) {
      if (peek(cursor, 'IDENTITY') || peek(cursor, 'ROW')) return null
      return cursor.rules.expression(cursor)
    } else if (type !== '' && peek(cursor, 'MATERIALIZED') && wordAt(cursor, 1) !== 'VIEW') {
      cursor.at++
      return cursor.rules.expression(cursor)
    } else skipBalanced(cursor)
  }
  return null
}

export function namesOf(columns: readonly ColumnDefinition[]): readonly Ident[] {
  return columns.map((column) => column.name)
}
