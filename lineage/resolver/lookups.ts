import { namesOfCall } from '../table-calls.ts'
import type { CallExpr, Expr } from '../tree.ts'
import { type Scope, tableNamed } from './context.ts'
import { type Inputs, union } from './model.ts'
import { findColumn, openInputs } from './rows.ts'

/** What a call looks up in a table that it names, and the arguments that say which row. */
interface LookedUp {
  readonly inputs: Inputs
  readonly rest: readonly Expr[]
}

/**
 * `dictGet('db.d', 'a', key)`, `dictGetOrDefault('d', ('a', 'b'), key, …)`, `dictHas('d', key)`, `joinGet('db.t', 'a', key)` (ClickHouse) read a
 * dictionary or a table. https://clickhouse.com/docs/sql-reference/functions/ext-dict-functions
 */
export function lookedUp({ context }: Scope, { upper, args }: CallExpr): LookedUp | null {
  if (!context.dialect.grammar.withExpressions || !/^(?:DICT(?:GET|HAS|IS)|JOINGET)/.test(upper)) return null
  const [name] = namesOfCall({ upper: 'DICTIONARY', args }).names
  if (name === undefined) return null
  const table = tableNamed(context, name)
  context.reads.add(table.name)
  const values = VALUES.test(upper) ? attributes(args[1]) : []
  const inputs = values.map(({ text }) => findColumn(context, table.row, { text })?.inputs ?? openInputs(context, table.row, { text }))
  return { inputs: union(inputs), rest: args.slice(values.length > 0 ? 2 : 1) }
}

/** Of the others the second argument is a key. */
const VALUES = /^(?:DICTGET(?!HIERARCHY|CHILDREN|DESCENDANTS)|JOINGET)/

function attributes(arg: Expr | undefined): readonly { readonly text: string }[] {
  const items = arg?.kind === 'construct' ? arg.items : arg ? [arg] : []
  return items.flatMap((item) => (item.kind === 'literal' && item.type === 'string' ? [item] : []))
}
