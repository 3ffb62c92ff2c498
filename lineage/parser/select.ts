import { TOKEN } from '../tokens/tokens.ts'
import type { Expr, Ident, IntoTarget, QueryBody, Relation, Select, SelectItem, Window } from '../tree.ts'
import { atEnd, type Cursor, closer, eat, eat2, here, kind, kindAt, lastEnd, peek, skipBalanced, textAt, word, wordAt } from './cursor.ts'
import { overModel, parseModel } from './model-clause.ts'
import { parseColumnList, parseIdent, parseItemAlias, parseName } from './names.ts'
import { parseExpressionList, parseOrderItems, parseWindow } from './order.ts'
import { starItem } from './plain-select.ts'
import { startsQuery } from './query-start.ts'
import { CLAUSES_GO_ON, LIST_GOES_ON, skipUnknown } from './recovery.ts'
import { parseInto } from './select-into.ts'
import { seekFrom } from './select-recovery.ts'
import { namesScript, parseTransform } from './select-transform.ts'

/** A select in the making: the clauses fill it in whatever order they come. */
interface Draft {
  items: readonly SelectItem[]
  distinct: boolean
  distinctOn: readonly Expr[]
  as: Select['as']
  into: IntoTarget | null
  relations: readonly Relation[]
  where: Expr | null
  groupBy: Expr[]
  groupByAll: boolean
  having: Expr | null
  windows: { readonly name: Ident; readonly window: Window }[]
  qualify: Expr | null
  connectBy: Expr[]
  order: Expr[]
  transform: readonly Ident[] | null
  model: readonly SelectItem[] | null
}

function draft(): Draft {
  return {
    items: [],
    distinct: false,
    distinctOn: [],
    as: null,
    into: null,
    relations: [],
    where: null,
    groupBy: [],
    groupByAll: false,
    having: null,
    windows: [],
    qualify: null,
    connectBy: [],
    order: [],
    transform: null,
    model: null,
  }
}

function finish(cursor: Cursor, made: Draft, from: number): Select {
  return {
    kind: 'select',
    items: made.items,
    distinct: made.distinct,
    distinctOn: made.distinctOn,
    as: made.as,
    into: made.into,
    relations: made.relations,
    where: made.where,
    groupBy: made.groupBy,
    groupByAll: made.groupByAll,
    having: made.having,
    windows: made.windows,
    qualify: made.qualify,
    connectBy: made.connectBy,
    order: made.order,
    transform: made.transform,
    from,
    to: lastEnd(cursor),
  }
}

/** SELECT modifiers items { clause } */
export function parseSelect(cursor: Cursor): Select {
  const from = here(cursor)
  const made = draft()
  cursor.at++
  parseModifiers(cursor, made)
  parseProjection(cursor, made)
  parseClauses(cursor, made)
  const select = finish(cursor, made, from)
  return made.model === null || made.model.length === 0 ? select : overModel(select, made.model)
}

function parseProjection(cursor: Cursor, made: Draft): void {
  const transform = parseTransform(cursor)
  // SELECT INTO v count(*) FROM t: PL/pgSQL takes the target first
  if (transform === null && peek(cursor, 'INTO') && !cursor.dialect.grammar.bareStatements) made.into = parseFirstInto(cursor)
  made.items = transform?.items ?? parseSelectItems(cursor)
  made.transform = transform?.columns ?? null
  seekFrom(cursor)
}

/** A target that stands before the items is a variable; where no item follows it is what it would be behind them. */
function parseFirstInto(cursor: Cursor): IntoTarget | null {
  const into = parseInto(cursor)
  return into === null || atEnd(cursor) || peek(cursor, 'FROM') ? into : { ...into, variables: true }
}

/** MAP a, b USING 'script' …, REDUCE … (Hive): a SELECT TRANSFORM by other words; null, with nothing eaten, where it is none. */
export function parseScriptSelect(cursor: Cursor): Select | null {
  if (!namesScript(cursor)) return null
  const from = here(cursor)
  const made = draft()
  parseProjection(cursor, made)
  parseClauses(cursor, made)
  return finish(cursor, made, from)
}

/** FROM t [clauses] [SELECT …]: without SELECT it is all of t. */
export function parseFromFirst(cursor: Cursor): QueryBody {
  const from = here(cursor)
  const made = draft()
  cursor.at++
  made.relations = cursor.rules.relations(cursor)
  parseClauses(cursor, made)
  const script = namesScript(cursor)
  if (!peek(cursor, 'SELECT') && !script) {
    made.items = [starItem(from)]
    return finish(cursor, made, from)
  }
  if (!script) cursor.at++
  parseModifiers(cursor, made)
  parseProjection(cursor, made)
  parseClauses(cursor, made)
  return finish(cursor, made, from)
}

/** ALL, DISTINCT [ON (…)], TOP n [PERCENT] [WITH TIES], AS STRUCT | VALUE, and MySQL's words. */
function parseModifiers(cursor: Cursor, made: Draft): void {
  while (parseModifier(cursor, made)) {}
}

function parseModifier(cursor: Cursor, made: Draft): boolean {
  switch (word(cursor)) {
    case 'DISTINCT':
    case 'UNIQUE':
      return parseDistinct(cursor, made)
    case 'ALL':
    case 'DISTINCTROW':
    case 'STRAIGHT_JOIN':
    case 'HIGH_PRIORITY':
    case 'SQL_CALC_FOUND_ROWS':
    case 'SQL_NO_CACHE':
    case 'SQL_CACHE':
    case 'SQL_SMALL_RESULT':
    case 'SQL_BIG_RESULT':
    case 'SQL_BUFFER_RESULT':
      cursor.at++
      return true
    case 'TOP':
      return parseTop(cursor, made)
    case 'AS':
      parseSelectAs(cursor, made)
      return true
    case 'NORMALIZE':
      return skipNormalize(cursor)
    case 'WITH':
      return skipPrivacy(cursor)
    default:
      return false
  }
}

/** DISTINCT [ON (…)], UNIQUE of Oracle; false where the word is a column. */
function parseDistinct(cursor: Cursor, made: Draft): boolean {
  if (wordAt(cursor, 1) === ',' || (peek(cursor, 'UNIQUE') && kindAt(cursor, 1) === TOKEN.operator)) return false
  cursor.at++
  made.distinct = true
  if (peek(cursor, 'ON') && wordAt(cursor, 1) === '(') made.distinctOn = parseBracketList(cursor)
  return true
}

/** BigQuery: WITH {ANONYMIZATION | DIFFERENTIAL_PRIVACY | AGGREGATION_THRESHOLD} [OPTIONS (…)]. */
function skipPrivacy(cursor: Cursor): boolean {
  if (!/^(?:anonymization|differential_privacy|aggregation_threshold)$/i.test(textAt(cursor, 1))) return false
  cursor.at += 2
  if (eat(cursor, 'OPTIONS')) skipBalanced(cursor)
  return true
}

/** Teradata: NORMALIZE [ON MEETS OR OVERLAPS]. */
function skipNormalize(cursor: Cursor): boolean {
  if (kindAt(cursor, 1) === TOKEN.operator || kindAt(cursor, 1) === TOKEN.end) return false
  cursor.at++
  if (eat(cursor, 'ON')) while (/^(?:meets|overlaps|or)$/i.test(textAt(cursor, 0))) cursor.at++
  return true
}

function parseBracketList(cursor: Cursor): Expr[] {
  cursor.at++
  const close = closer(cursor)
  cursor.at++
  const list = parseExpressionList(cursor)
  cursor.at = Math.min(close + 1, cursor.end)
  return list
}

/** TOP 10, TOP (10), TOP 5 PERCENT WITH TIES; false where TOP is a column. */
function parseTop(cursor: Cursor, made: Draft): boolean {
  const next = kindAt(cursor, 1)
  if (next !== TOKEN.number && next !== TOKEN.parameter && wordAt(cursor, 1) !== '(' && next !== TOKEN.template) return false
  cursor.at++
  if (startsQuery(cursor, 1) && peek(cursor, '(')) made.where = cursor.rules.expression(cursor)
  else skipBalanced(cursor)
  eat(cursor, 'PERCENT')
  eat2(cursor, 'WITH', 'TIES')
  return true
}

function parseSelectAs(cursor: Cursor, made: Draft): void {
  cursor.at++
  if (peek(cursor, 'STRUCT')) made.as = 'struct'
  else if (peek(cursor, 'VALUE')) made.as = 'value'
  else parseName(cursor)
  if (made.as !== null) cursor.at++
}

/** The select list: items up to the first clause. A comma before a clause is passed over. */
export function parseSelectItems(cursor: Cursor): readonly SelectItem[] {
  const items: SelectItem[] = []
  do {
    if (atEnd(cursor) || endsItems(cursor)) break
    items.push(parseSelectItem(cursor))
    skipUnknown(cursor, LIST_GOES_ON)
  } while (eat(cursor, ','))
  return peek(cursor, 'EXCLUDE') ? excludeFrom(cursor, items) : items
}

/** Redshift: EXCLUDE behind the whole list takes columns from its stars. https://docs.aws.amazon.com/redshift/latest/dg/r_EXCLUDE_list.html */
function excludeFrom(cursor: Cursor, items: readonly SelectItem[]): readonly SelectItem[] {
  cursor.at++
  const single = peek(cursor, '(') ? null : parseIdent(cursor)
  const columns = single === null ? parseColumnList(cursor) : [single]
  return items.map((item) =>
    item.expr.kind === 'star' ? { ...item, expr: { ...item.expr, except: [...item.expr.except, ...columns] } } : item,
  )
}

function endsItems(cursor: Cursor): boolean {
  const current = word(cursor)
  return (
    (current === 'FROM' && wordAt(cursor, 1) !== ',') ||
    current === 'INTO' ||
    current === 'WHERE' ||
    current === ')' ||
    current === ';' ||
    current === 'UNION' ||
    current === 'GROUP' ||
    current === '|>'
  )
}

/** expr [[AS] alias], alias = expr (SQL Server), alias: expr (DuckDB), @v = expr, expr AS (a, b). */
function parseSelectItem(cursor: Cursor): SelectItem {
  const from = here(cursor)
  const start = cursor.at
  const before = parseLeadingAlias(cursor)
  const variable = before === null ? eatVariable(cursor) : null
  const expr = cursor.rules.expression(cursor)
  const assigned = before ?? variable
  if (assigned !== null) return { expr, alias: assigned, variable: variable !== null, aliases: [], from, to: lastEnd(cursor) }
  if (peek(cursor, 'AS') && wordAt(cursor, 1) === '(') return parseAliases(cursor, expr, from)
  const named = wordAt(cursor, -3) === 'NAMED' && wordAt(cursor, -1) === ')' ? namedIdent(cursor) : null
  const alias = named ?? parseItemAlias(cursor) ?? valueName(cursor, start)
  if (cursor.at < cursor.end && peek(cursor, '(') && alias !== null && wordAt(cursor, 1) === 'FORMAT') skipBalanced(cursor)
  return { expr, alias, variable: false, aliases: [], from, to: lastEnd(cursor) }
}

/** A value that WITH gave a name (ClickHouse) keeps it as a column of the result. */
function valueName(cursor: Cursor, start: number): Ident | null {
  const named = cursor.tokens.kinds[start] === TOKEN.word || cursor.tokens.kinds[start] === TOKEN.quoted
  if (cursor.values === null || cursor.at !== start + 1 || !named) return null
  cursor.at = start
  return parseIdent(cursor)
}

/** Teradata: `expr (NAMED x)`; the bracket was eaten with the expression. */
function namedIdent(cursor: Cursor): Ident | null {
  const at = cursor.at
  cursor.at = at - 2
  const ident = parseIdent(cursor)
  cursor.at = at
  return ident
}

function parseLeadingAlias(cursor: Cursor): Ident | null {
  const second = wordAt(cursor, 1)
  if (second !== '=' && second !== ':') return null
  const found = kind(cursor)
  if (found !== TOKEN.word && found !== TOKEN.quoted && !(found === TOKEN.string && second === '=')) return null
  if (second === '=' ? !cursor.dialect.grammar.assignedAliases : cursor.dialect.grammar.colonPaths) return null
  const alias = found === TOKEN.string ? textIdent(cursor) : parseIdent(cursor)
  cursor.at++
  return alias
}

function textIdent(cursor: Cursor): Ident {
  const from = here(cursor)
  cursor.at++
  return { text: cursor.sql.slice(from + 1, lastEnd(cursor) - 1), quoted: true, from, to: lastEnd(cursor) }
}

/** `@v = expr`, `@v += expr`, `@v := expr`: the value goes into a variable. */
function eatVariable(cursor: Cursor): Ident | null {
  if (kind(cursor) !== TOKEN.parameter || cursor.dialect.lexical.at !== 'variable') return null
  const operator = wordAt(cursor, 1)
  if (
    !(operator === '=' && cursor.dialect.grammar.assignedAliases) &&
    !(operator.length === 2 && operator.endsWith('=') && '+-*/%|&'.includes(operator.charAt(0)))
  )
    return null
  const name = parseIdent(cursor)
  cursor.at++
  return name
}

function parseAliases(cursor: Cursor, expr: Expr, from: number): SelectItem {
  cursor.at++
  const close = closer(cursor)
  const aliases: Ident[] = []
  cursor.at++
  while (cursor.at < close) {
    const alias = parseIdent(cursor)
    if (alias !== null) aliases.push(alias)
    else cursor.at++
    eat(cursor, ',')
  }
  cursor.at = Math.min(close + 1, cursor.end)
  return { expr, alias: null, variable: false, aliases, from, to: lastEnd(cursor) }
}

/** Clauses in any order, as some dialects have it, until one that belongs to no select. */
function parseClauses(cursor: Cursor, made: Draft): void {
  for (;;) {
    const before = cursor.at
    parseClause(cursor, made)
    if (cursor.at === before && !skipUnknown(cursor, CLAUSES_GO_ON)) return
  }
}

function parseClause(cursor: Cursor, made: Draft): void {
  switch (word(cursor)) {
    case 'FROM':
      if (made.relations.length > 0) return
      cursor.at++
      made.relations = cursor.rules.relations(cursor)
      return
    case 'WHERE':
    case 'PREWHERE':
      cursor.at++
      made.where = both(made.where, cursor.rules.expression(cursor))
      return
    case 'GROUP':
      parseGroupBy(cursor, made)
      return
    case 'HAVING':
      cursor.at++
      made.having = cursor.rules.expression(cursor)
      return
    case 'QUALIFY':
      if (kindAt(cursor, 1) === TOKEN.end) return
      cursor.at++
      made.qualify = cursor.rules.expression(cursor)
      return
    case 'WINDOW':
      parseWindows(cursor, made)
      return
    case 'BULK':
      if (wordAt(cursor, 1) !== 'COLLECT') return
      cursor.at += 2
      if (peek(cursor, 'INTO')) made.into = parseInto(cursor) ?? made.into
      return
    case 'INTO':
      made.into = parseInto(cursor) ?? made.into
      return
    default:
      parseRareClause(cursor, made)
  }
}

function both(a: Expr | null, b: Expr): Expr {
  return a === null ? b : { kind: 'operation', operator: 'AND', operands: [a, b], equalities: [], from: a.from, to: b.to }
}

function parseRareClause(cursor: Cursor, made: Draft): void {
  const next = wordAt(cursor, 1)
  switch (word(cursor)) {
    case 'CONNECT':
    case 'START':
      if (next !== 'BY' && next !== 'WITH') return
      cursor.at += 2
      eat(cursor, 'NOCYCLE')
      made.connectBy.push(cursor.rules.expression(cursor))
      return
    case 'CLUSTER':
    case 'DISTRIBUTE':
    case 'SORT':
      if (next !== 'BY') return
      cursor.at += 2
      made.order.push(...parseOrderItems(cursor))
      return
    case 'WITH':
      if (next === 'ROLLUP' || next === 'CUBE' || next === 'TOTALS') cursor.at += 2
      else if (next === 'CHECK' && wordAt(cursor, 2) === 'OPTION') cursor.at += 3
      return
    case 'EXPAND':
      if (next !== 'ON') return
      skipExpand(cursor)
      return
    case 'MODEL':
      made.model = parseModel(cursor)
      return
    case 'ORDER':
      if (next === 'BY' && cursor.dialect.grammar.shortStatements) parseEarlyOrder(cursor, made)
      return
    default:
      return
  }
}

/** Teradata takes clauses in any order: an ORDER BY may stand before QUALIFY or SAMPLE. */
function parseEarlyOrder(cursor: Cursor, made: Draft): void {
  cursor.at += 2
  made.order.push(...parseOrderItems(cursor))
}

function skipExpand(cursor: Cursor): void {
  cursor.at += 2
  while (!atEnd(cursor) && !peek(cursor, 'WHERE') && !peek(cursor, 'GROUP') && !peek(cursor, 'ORDER') && !peek(cursor, ')'))
    skipBalanced(cursor)
}

/** ALL in place of a list; SQL Server's old GROUP BY ALL has one behind it. */
function groupsByAll(cursor: Cursor): boolean {
  if (!peek(cursor, 'ALL') || cursor.dialect.grammar.bareStatements) return false
  return kindAt(cursor, 1) !== TOKEN.operator || wordAt(cursor, 1) === ')' || wordAt(cursor, 1) === ';'
}

/** GROUP BY [ALL | DISTINCT] list, with GROUPING SETS, ROLLUP, CUBE as part of it or behind it. */
function parseGroupBy(cursor: Cursor, made: Draft): void {
  if (wordAt(cursor, 1) !== 'BY') return
  cursor.at += 2
  if (groupsByAll(cursor)) {
    made.groupByAll = true
    cursor.at++
    return
  }
  eat(cursor, 'DISTINCT')
  eat(cursor, 'ALL')
  do {
    if (eat2(cursor, 'GROUPING', 'SETS')) made.groupBy.push(cursor.rules.expression(cursor))
    else made.groupBy.push(cursor.rules.expression(cursor))
    if (!eat(cursor, 'ASC')) eat(cursor, 'DESC')
    if (eat2(cursor, 'GROUPING', 'SETS')) made.groupBy.push(cursor.rules.expression(cursor))
  } while (eat(cursor, ','))
  // GROUP BY TIME (…) USING TIMECODE (…) FILL (…) (Teradata)
  if (eat(cursor, 'USING')) while (/^(?:timecode|fill|seqno|asc)$/i.test(textAt(cursor, 0)) || peek(cursor, '(')) skipBalanced(cursor)
}

/** WINDOW w AS (…), v AS (…). */
function parseWindows(cursor: Cursor, made: Draft): void {
  if (wordAt(cursor, 2) !== 'AS') return
  do {
    cursor.at++
    const name = parseIdent(cursor)
    eat(cursor, 'AS')
    if (name === null) return
    made.windows.push({ name, window: parseWindow(cursor) })
  } while (peek(cursor, ',') && wordAt(cursor, 2) === 'AS')
}
