import type { Cte, Expr, Query, QueryBody, SetOperation, Statement, TableQuery } from '../tree.ts'
import { type Context, type CteFrame, type Scope, tableNamed } from './context.ts'
import { changed, column, EMPTY_ROW, NONE, type RowType, rowOf, TRANSFORMATION, union } from './model.ts'
import { fold } from './names.ts'
import { pipeRow } from './pipe.ts'
import { columnsOf, findColumn, renamed } from './rows.ts'
import { addCte, findCte, newCteList } from './scope.ts'
import { orderedRow, selectRow, valuesRow } from './select.ts'
import { type ArmRow, combined } from './set-operations.ts'

/** The row of a query. `parent` is the scope that correlated names may reach; `ctes` those in force around it. */
export function resolveQuery(context: Context, query: Query, parent: Scope | null, ctes: CteFrame | null): RowType {
  const frame = addCtes(context, query.ctes, query.recursive, parent, ctes)
  return bodyRow(context, query.body, parent, frame, query.order)
}

export function bodyRow(
  context: Context,
  body: QueryBody,
  parent: Scope | null,
  ctes: CteFrame | null,
  order: readonly Expr[] = [],
): RowType {
  switch (body.kind) {
    case 'select':
      return selectRow(context, body, parent, ctes, order)
    case 'nested': {
      const row = resolveQuery(context, body.query, parent, ctes)
      orderedRow(context, row, order, parent, ctes)
      return row
    }
    case 'set': {
      const row = combined(context, armRows(context, body, parent, ctes))
      orderedRow(context, row, order, parent, ctes)
      return row
    }
    case 'values':
      return valuesRow(context, body, parent, ctes)
    case 'table':
      return tableRow(context, body, ctes)
    case 'pipe':
      return pipeRow(context, body, parent, ctes, bodyRow)
    case 'unknown':
      return EMPTY_ROW
    default:
      return body satisfies never
  }
}

function armRows(context: Context, body: SetOperation, parent: Scope | null, ctes: CteFrame | null): readonly ArmRow[] {
  return body.arms.map((arm) => ({ arm, row: bodyRow(context, arm.body, parent, ctes) }))
}

function tableRow(context: Context, { name }: TableQuery, ctes: CteFrame | null): RowType {
  const [only] = name.parts
  const cte = only && name.parts.length === 1 ? findCte(ctes, fold(only, context.dialect.resolution.aliases)) : null
  if (cte) return cte.row
  const table = tableNamed(context, name)
  context.reads.add(table.name)
  return rowOf(columnsOf(context, table.row))
}

// ---------------------------------------------------------------- WITH

/** Frames for the CTEs in order: each sees those before it, and itself where it is recursive. */
export function addCtes(
  context: Context,
  ctes: readonly Cte[],
  recursive: boolean,
  parent: Scope | null,
  outer: CteFrame | null,
): CteFrame | null {
  let frame = outer
  const list = newCteList(outer)
  for (const [position, cte] of ctes.entries()) {
    const key = fold(cte.name, context.dialect.resolution.aliases)
    frame = addCte(list, position, key, cteRow(context, cte, key, recursive, parent, frame))
  }
  return frame
}

function cteRow(context: Context, cte: Cte, key: string, recursive: boolean, parent: Scope | null, frame: CteFrame | null): RowType {
  if (cte.body.kind !== 'query' || isStatement(cte.body))
    return listed(context, cte, context.resolvers.statement(context, cte.body as Statement, frame))
  const arms = recursiveArms(context, cte.body, key, recursive)
  return arms === null
    ? listed(context, cte, resolveQuery(context, cte.body, parent, frame))
    : recursiveRow(context, cte, cte.body, key, arms, parent, frame)
}

/** A query and a query statement share their `kind`; only the query has a body. */
function isStatement(body: Query | Statement): body is Statement {
  return !('body' in body && 'ctes' in body && 'order' in body)
}

function listed(context: Context, cte: Cte, row: RowType): RowType {
  if (cte.columns.length === 0) return withAdded(context, cte, row)
  const rules = context.dialect.resolution.columns
  const named = rowOf(renamed(columnsOf(context, row), cte.columns, (i) => (cte.columns[i] ? fold(cte.columns[i], rules) : '')))
  return withAdded(context, cte, named)
}

/** What SEARCH and CYCLE add: the path is made of the columns that they name, the mark of nothing. */
function withAdded(context: Context, { added }: Cte, row: RowType): RowType {
  if (added.length === 0) return row
  const rules = context.dialect.resolution.columns
  const made = added.map(({ name, of }) => {
    const inputs = union(of.map((each) => findColumn(context, row, each)?.inputs ?? NONE))
    return column(fold(name, rules), changed(inputs, TRANSFORMATION))
  })
  return rowOf([...columnsOf(context, row), ...made])
}

/** How many arms come before the first that could name the CTE itself; null when it is not recursive. */
function recursiveArms(context: Context, query: Query, key: string, recursive: boolean): number | null {
  const { body } = query
  if (body.kind !== 'set' || (!recursive && !context.dialect.resolution.implicitRecursion)) return null
  const first = body.arms.findIndex((arm) => namesTable(context, arm.body, key))
  return first > 0 ? first : null
}

/** Whether a FROM at the top of the body names the table: where SQL allows a recursive reference, except in nested queries. */
function namesTable(context: Context, body: QueryBody, key: string): boolean {
  if (body.kind === 'nested') return namesTable(context, body.query.body, key)
  if (body.kind === 'set') return body.arms.some((arm) => namesTable(context, arm.body, key))
  if (body.kind !== 'select') return false
  const sources = body.relations.flatMap((relation) => [relation.source, ...relation.joins.map((join) => join.source)])
  return sources.some((source) => namesSource(context, source, key))
}

type AnySource = (QueryBody & { kind: 'select' })['relations'][number]['source']

function namesSource(context: Context, source: AnySource, key: string): boolean {
  if (source.kind === 'table') {
    const [only] = source.name.parts
    return only !== undefined && source.name.parts.length === 1 && fold(only, context.dialect.resolution.aliases) === key
  }
  if (source.kind === 'query') return namesTable(context, source.query.body, key)
  if (source.kind === 'group')
    return source.relations.some((relation) =>
      [relation.source, ...relation.joins.map((join) => join.source)].some((each) => namesSource(context, each, key)),
    )
  return false
}

/** Rounds until no column gains an input; each round can only add, and there are finitely many base columns. */
function recursiveRow(
  context: Context,
  cte: Cte,
  query: Query,
  key: string,
  anchors: number,
  parent: Scope | null,
  outer: CteFrame | null,
): RowType {
  const frame = addCtes(context, query.ctes, query.recursive, parent, outer)
  const { arms } = query.body as SetOperation
  const resolved = (from: number, to: number, ctes: CteFrame | null): readonly ArmRow[] =>
    arms.slice(from, to).map((arm) => ({ arm, row: bodyRow(context, arm.body, parent, ctes) }))
  const anchor = resolved(0, anchors, frame)
  let row = listed(context, cte, combined(context, anchor))
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const self = addCte(newCteList(frame), 0, key, row)
    const next = listed(context, cte, combined(context, [...anchor, ...resolved(anchors, arms.length, self)]))
    const before = size(context, row)
    row = next
    if (size(context, next) === before) break
  }
  orderedRow(context, row, query.order, parent, frame)
  return row
}

/** Inputs move one column further a round: more rounds than columns of a sensible recursion. */
const MAX_ROUNDS = 32

function size(context: Context, row: RowType): number {
  return columnsOf(context, row).reduce((sum, each) => sum + 1 + each.inputs.length, 0)
}
