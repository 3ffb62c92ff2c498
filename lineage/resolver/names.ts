import type { Defaults, TableName } from '../../contracts/lineage.ts'
import type { Dialect, NameRules } from '../dialects/dialect.ts'
import type { Ident, Name } from '../tree.ts'

export function fold(ident: Pick<Ident, 'text' | 'quoted'>, rules: NameRules): string {
  const how = ident.quoted ? rules.quoted : rules.unquoted
  return how === 'lower' ? ident.text.toLowerCase() : how === 'upper' ? ident.text.toUpperCase() : ident.text
}

/** The form in which two spellings of one column, alias or table are equal: matching is looser than folding nearly everywhere. */
export function looseKey(text: string): string {
  return text.toLowerCase()
}

/** Separates the parts of a key; cannot stand in a name. */
const SEPARATOR = '\u0000'

/**
 * What identifies a table within a connection's names, whatever the case. Temp tables are apart from lasting ones of the same name.
 */
export function tableKey(table: Pick<TableName, 'parts' | 'temp'>): string {
  // The first character keeps keys from names that every object has.
  return (table.temp ? '#' : '=') + table.parts.join(SEPARATOR).toLowerCase()
}

/** The last part of what a table's key is made of. */
export function lastOfKey(key: string): string {
  return key.slice(Math.max(key.lastIndexOf(SEPARATOR), 0) + 1)
}

/** The name with the defaults in force in front, folded. `temp` where the caller knows it to be one. */
export function qualify(name: Name, dialect: Dialect, defaults: Defaults, temp = false): TableName {
  if (name.form === 'stage') return stage(name, dialect, defaults)
  if (name.form !== 'plain') return unqualified(name)
  const rules = dialect.resolution
  const parts = name.parts.map((part) => fold(part, rules.tables))
  const last = parts.at(-1) ?? ''
  const prefix = rules.temporaryPrefix
  if (prefix !== null && last.startsWith(prefix)) return table([last], true, true)
  fillMiddle(parts, rules.emptySchema ?? rules.defaultSchema, foldText(defaults.schema, rules.tables))
  const database = foldText(defaults.database, rules.tables)
  const schema = foldText(defaults.schema, rules.tables)
  return rules.nameDepth === 2
    ? twoLevels(parts, schema ?? database, temp)
    : threeLevels(parts, database, schema ?? (database === null ? null : rules.defaultSchema), temp)
}

function twoLevels(parts: readonly string[], schema: string | null, temp: boolean): TableName {
  const full = parts.length < 2 && schema !== null ? [schema, ...parts] : parts
  return table(full, full.length >= 2, temp)
}

function threeLevels(parts: readonly string[], database: string | null, schema: string | null, temp: boolean): TableName {
  const withSchema = parts.length === 1 && schema !== null ? [schema, ...parts] : parts
  // A database without a schema cannot be told from a schema: better than nothing, but partial.
  if (withSchema.length === 1 && database !== null) return table([database, ...withSchema], false, temp)
  const full = withSchema.length === 2 && database !== null ? [database, ...withSchema] : withSchema
  return table(full, full.length >= 3, temp)
}

function table(parts: readonly string[], complete: boolean, temp: boolean): TableName {
  return { name: parts.join('.'), parts, form: 'table', complete, temp }
}

/** `@stage/path` is in a schema like a table: `@db.schema.stage/path`. A user's own stage (`@~`) is nowhere; a table's (`@%t`) is beside it. */
function stage(name: Name, dialect: Dialect, defaults: Defaults): TableName {
  const text = name.parts.map((part) => part.text).join('.')
  const slash = text.indexOf('/')
  const [called, path] = slash < 0 ? [text.slice(1), ''] : [text.slice(1, slash), text.slice(slash)]
  if (called.startsWith('~') || called === '') return { name: text, parts: [text], form: 'stage', complete: true, temp: false }
  const own = called.split('.')
  const rules = dialect.resolution.tables
  const front = [foldText(defaults.database, rules), foldText(defaults.schema, rules)].slice(0, Math.max(0, 3 - own.length))
  const known = front.filter((part) => part !== null)
  if (known.length < front.length) return { name: text, parts: [text], form: 'stage', complete: false, temp: false }
  const parts = [...known, ...own.map((part) => fold({ text: part, quoted: false }, rules))]
  const full = `@${parts.join('.')}${path}`
  return { name: full, parts: [full], form: 'stage', complete: true, temp: false }
}

function unqualified(name: Name): TableName {
  const text = name.form === 'path' ? (name.parts.at(-1)?.text ?? '') : name.parts.map((part) => part.text).join('.')
  const form = name.form === 'path' ? 'path' : 'table'
  return { name: text, parts: [text], form, complete: name.form !== 'variable', temp: false }
}

/** Defaults come from outside and are no SQL text: they are folded like unquoted names unless that would lose their case. */
function foldText(text: string | null | undefined, rules: NameRules): string | null {
  if (text === null || text === undefined || text === '') return null
  return rules.unquoted === 'lower' && rules.quoted === 'lower' ? text.toLowerCase() : text
}

/** `db..t`: the schema between is the dialect's. */
function fillMiddle(parts: string[], empty: string | null, schema: string | null): void {
  while (parts.length > 1 && parts[0] === '') parts.shift()
  for (let i = parts.length - 2; i > 0; i--) {
    if (parts[i] === '') {
      const filler = empty ?? schema
      if (filler === null) parts.splice(i, 1)
      else parts[i] = filler
    }
  }
}

export function identText(idents: readonly Ident[]): string {
  return idents.map((ident) => ident.text).join('.')
}
