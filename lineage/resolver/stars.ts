import type { Ident, SelectItem, StarExpr } from '../tree.ts'
import type { Context, Scope } from './context.ts'
import { fieldsOf, valueOf } from './expressions.ts'
import { type Column, column } from './model.ts'
import { fold, looseKey } from './names.ts'
import { starOf } from './relations.ts'
import { columnsOf, hideInStar } from './rows.ts'
import { loopRowNamed, resolveColumn, sourceNamed, spanned } from './scope.ts'

/** The columns of `*`, `t.*`, `t.struct.*` with EXCEPT, REPLACE, RENAME and patterns applied. */
export function expandStar(scope: Scope, star: StarExpr): readonly Column[] {
  const columns = starSource(scope, star)
  if (star.pattern?.kind === 'names' && columns.some((each) => each.star !== null)) return listedColumns(scope, star, star.pattern.names)
  if (star.except.length === 0 && star.replace.length === 0 && star.rename.length === 0 && star.pattern === null) return columns
  const matching = star.pattern === null ? columns : filtered(columns, star.pattern)
  return shaped(scope, star, matching)
}

/** `COLUMNS(['a', 'b'])` of a table that is not known: it has those. */
function listedColumns(scope: Scope, { qualifier }: StarExpr, names: readonly Ident[]): readonly Column[] {
  const rules = scope.context.dialect.resolution.columns
  return names.map((each) => column(fold(each, rules), resolveColumn(scope, [...qualifier, each], each.from, each.to)))
}

function starSource(scope: Scope, star: StarExpr): readonly Column[] {
  if (star.base) {
    const { base } = star
    if (base.kind === 'construct' && base.form === 'row') return base.items.map((item, i) => column(`_col${i}`, valueOf(scope, item)))
    const fields = fieldsOf(scope, base)
    return fields ? columnsOf(scope.context, fields) : [column('*', valueOf(scope, base))]
  }
  const parts = star.qualifier
  if (parts.length === 0) return starOf(scope)
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const named = sourceNamed(at, parts, parts.length)
    if (named) return columnsOf(at.context, named.row)
  }
  const looped = parts.length === 1 && parts[0] ? loopRowNamed(scope.context, parts[0].text) : null
  if (looped) return columnsOf(scope.context, looped)
  return structStar(scope, star)
}

/** `t.col.*`: the fields of a struct, where the text shows them, else all that is below the column. */
function structStar(scope: Scope, star: StarExpr): readonly Column[] {
  const last = star.qualifier.at(-1)
  const source = star.qualifier.length > 1 ? sourceNamed(scope, star.qualifier, star.qualifier.length - 1) : null
  const candidates = source ? [source] : scope.sources
  for (const each of last ? candidates : []) {
    const found = each.row.columns?.find((one) => one.key === looseKey(last?.text ?? ''))
    if (found?.fields) return columnsOf(scope.context, found.fields)
  }
  return [column('*', spanned(resolveColumn(scope, star.qualifier, star.from, star.to), star.from, star.to))]
}

function filtered(columns: readonly Column[], pattern: NonNullable<StarExpr['pattern']>): readonly Column[] {
  const test = patternTest(pattern)
  return columns.filter((each) => each.star !== null || test(each))
}

function patternTest(pattern: NonNullable<StarExpr['pattern']>): (column: Column) => boolean {
  if (pattern.kind === 'names') {
    const names = new Set(pattern.names.map((name) => looseKey(name.text)))
    return (each) => names.has(each.key)
  }
  const source = pattern.kind === 'like' ? `^${likePattern(pattern.text)}$` : pattern.text
  try {
    const regex = new RegExp(source, 'i')
    return (each) => regex.test(each.name)
  } catch {
    // A regular expression of another engine's flavour: nothing is known to be left out.
    return () => true
  }
}

function likePattern(text: string): string {
  return text
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
}

function shaped(scope: Scope, star: StarExpr, columns: readonly Column[]): readonly Column[] {
  const except = new Set(star.except.map((ident) => looseKey(ident.text)))
  const replaced = new Map(star.replace.map((item) => [replacedKey(item), replacement(scope, item)] as const))
  const renames = new Map(star.rename.map((each) => [looseKey(each.column.text), each.alias] as const))
  const gone = new Set([...except, ...replaced.keys(), ...renames.keys()])
  const result: Column[] = []
  for (const each of columns) {
    if (each.star) result.push(hideInStar(each, gone))
    else if (!except.has(each.key)) result.push(renameColumn(scope.context, replaced.get(each.key) ?? each, renames.get(each.key)))
    if (!each.star) replaced.delete(each.key)
  }
  if (columns.some((each) => each.star)) result.push(...ofOpenStar(scope, star, replaced, renames))
  return result
}

/** What REPLACE and RENAME name of a table that is not known is then known to be there. */
function ofOpenStar(
  scope: Scope,
  star: StarExpr,
  replaced: ReadonlyMap<string, Column>,
  renames: ReadonlyMap<string, { readonly text: string; readonly quoted: boolean }>,
): readonly Column[] {
  const moved = [...renames].map(([key, alias]) => {
    const { from, to } = star
    const inputs = resolveColumn(scope, [...star.qualifier, { text: key, quoted: false, from, to }], from, to)
    return column(fold(alias, scope.context.dialect.resolution.columns), inputs)
  })
  return [...replaced.values(), ...moved]
}

function replacedKey(item: SelectItem): string {
  return looseKey(item.alias?.text ?? '')
}

function replacement(scope: Scope, item: SelectItem): Column {
  const name = item.alias ? fold(item.alias, scope.context.dialect.resolution.columns) : ''
  return column(name, valueOf(scope, item.expr), fieldsOf(scope, item.expr))
}

function renameColumn(context: Context, from: Column, alias: { readonly text: string; readonly quoted: boolean } | undefined): Column {
  return alias ? column(fold(alias, context.dialect.resolution.columns), from.inputs, from.fields) : from
}
