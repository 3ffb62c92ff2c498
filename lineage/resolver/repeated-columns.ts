import type { Expr, SelectItem, StarExpr } from '../tree.ts'
import type { Scope } from './context.ts'
import { valueOf } from './expressions.ts'
import { type Column, column } from './model.ts'
import { expandStar } from './stars.ts'

/**
 * `min(COLUMNS(*))`, `COLUMNS('a.') + COLUMNS('a.')` (DuckDB): one column for each that COLUMNS stands for, called like it unless there is an
 * alias, in which `\0` is the name. Null where no COLUMNS is in the item. https://duckdb.org/docs/stable/sql/expressions/star
 */
export function repeatedColumns(scope: Scope, { expr, alias }: SelectItem): readonly Column[] | null {
  const stars = starsIn(expr)
  const lists = stars.map((star) => expandStar(scope, star))
  const [first] = lists
  if (first === undefined) return null
  const before = scope.context.each
  const made = first.map((each, i) => {
    scope.context.each = new Map(stars.map((star, n) => [star, lists[n]?.[i] ?? each]))
    const inputs = valueOf(scope, expr)
    return each.star ? { ...each, inputs } : column(alias ? renamedBy(alias.text, each.name, stars[0]) : each.name, inputs)
  })
  scope.context.each = before
  return made
}

/** The alias with `\0` as the name, and `\1` as what the first bracket of the star's regular expression holds. */
export function renamedBy(alias: string, name: string, star: StarExpr | undefined): string {
  if (!alias.includes('\\')) return alias
  const groups = star?.pattern?.kind === 'regex' ? groupsOf(star.pattern.text, name) : []
  return alias.replaceAll(/\\(\d)/g, (_whole, digit: string) => (digit === '0' ? name : (groups[Number(digit)] ?? '')))
}

function groupsOf(pattern: string, name: string): readonly (string | undefined)[] {
  try {
    return new RegExp(pattern).exec(name) ?? []
  } catch {
    return []
  }
}

function starsIn(expr: Expr): readonly StarExpr[] {
  switch (expr.kind) {
    case 'star':
      return expr.each ? [expr] : []
    case 'call':
      return expr.args.flatMap(starsIn)
    case 'operation':
      return expr.operands.flatMap(starsIn)
    case 'construct':
      return expr.items.flatMap(starsIn)
    case 'case':
      return [...expr.conditions, ...expr.results].flatMap(starsIn)
    case 'cast':
    case 'named':
      return starsIn(expr.value)
    case 'access':
      return starsIn(expr.base)
    default:
      return []
  }
}
