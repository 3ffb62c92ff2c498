import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type {
  Assignment,
  ColumnExpr,
  Cte,
  Expr,
  Ident,
  LiteralExpr,
  Name,
  OutputClause,
  Query,
  Relation,
  SelectItem,
  Source,
  Statement,
} from '../../tree.ts'
import { atEnd, type Cursor, eat, here, kind, lastEnd, peek, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { literalText } from '../literals.ts'
import { parseColumnList, parseColumnRefs, parseIdent, parseTableName, splitNameText } from '../names.ts'
import { atString, find, isName, within } from './boundary.ts'

/** `IF EXISTS`, `IF NOT EXISTS`. */
export function eatExistence(cursor: Cursor): void {
  if (!peek(cursor, 'IF')) return
  const second = wordAt(cursor, 1)
  if (second === 'EXISTS') cursor.at += 2
  else if (second === 'NOT' && wordAt(cursor, 2) === 'EXISTS') cursor.at += 3
}

/** Eats the current word if it is one of `words`. */
export function eatAny(cursor: Cursor, words: ReadonlySet<Word>): boolean {
  if (!words.has(word(cursor))) return false
  cursor.at++
  return true
}

/** `column`, `t.column`, `column[1].field`: what stands left of `=` in SET. Never empty: a token that is no name is taken as it is. */
export function columnRef(cursor: Cursor): ColumnExpr {
  const from = here(cursor)
  const parts: Ident[] = []
  do {
    const part = parseIdent(cursor) ?? rawIdent(cursor)
    parts.push(part)
    while (peek(cursor, '[')) skipBalanced(cursor)
  } while (eat(cursor, '.'))
  return { kind: 'column', parts, from, to: lastEnd(cursor) }
}

/** The current token as a name, whatever it is; eaten. */
export function rawIdent(cursor: Cursor): Ident {
  const ident: Ident = { text: textAt(cursor, 0), quoted: false, from: here(cursor), to: here(cursor) + textAt(cursor, 0).length }
  if (!atEnd(cursor)) cursor.at++
  return ident
}

const ASSIGNS: ReadonlySet<Word> = new Set<Word>(['=', ':=', '+=', '-=', '*=', '/=', '%=', '|=', '&=', '^=', '||='])

/** `a = 1, t.b = x, (c, d) = (SELECT …), @v = e = 2`, up to a word that goes on. */
export function assignments(cursor: Cursor): readonly Assignment[] {
  const list: Assignment[] = []
  do {
    const one = assignment(cursor)
    // `SET @v = expr` keeps a value for the script; it is no column
    if (!assignsVariable(cursor, one.targets)) list.push(one)
  } while (eat(cursor, ','))
  return list
}

function assignment(cursor: Cursor): Assignment {
  const from = here(cursor)
  let targets: readonly ColumnExpr[] = peek(cursor, '(') ? parseColumnRefs(cursor) : [columnRef(cursor)]
  // `@v = col = expr`: the column is what matters
  if (assignsVariable(cursor, targets) && peek(cursor, '=') && isName(cursor, 1) && wordAt(cursor, 2) === '=') {
    cursor.at++
    targets = [columnRef(cursor)]
  }
  if (cursor.at < cursor.end && peek(cursor, '(')) {
    // `col.WRITE(expr, 0, 1)`, `col.modify('…')`: the column is changed by its method
    const column = ownerOf(targets[0])
    const value = combine('.=', column, cursor.rules.expression(cursor))
    return { targets: column === undefined ? targets : [column], value, from, to: lastEnd(cursor) }
  }
  const operator = word(cursor)
  eatAny(cursor, ASSIGNS)
  const value = assigned(cursor)
  const combined = operator.length > 1 && operator !== ':=' ? combine(operator, targets[0], value) : value
  return { targets, value: combined, from, to: lastEnd(cursor) }
}

function ownerOf(method: ColumnExpr | undefined): ColumnExpr | undefined {
  return method === undefined || method.parts.length < 2 ? method : { ...method, parts: method.parts.slice(0, -1) }
}

function assignsVariable(cursor: Cursor, targets: readonly ColumnExpr[]): boolean {
  const first = targets[0]
  return first !== undefined && cursor.sql.charCodeAt(first.from) === AT
}

const AT = 64

/** `a += x` is `a = a + x`. */
function combine(operator: string, target: ColumnExpr | undefined, value: Expr): Expr {
  if (target === undefined) return value
  return { kind: 'operation', operator: operator.slice(0, -1), operands: [target, value], equalities: [], from: target.from, to: value.to }
}

/** A value of SET or VALUES; DEFAULT is a literal. */
export function assigned(cursor: Cursor): Expr {
  if (peek(cursor, 'DEFAULT') && wordAt(cursor, 1) !== '(' && wordAt(cursor, 1) !== '.') {
    const literal: LiteralExpr = {
      kind: 'literal',
      type: 'other',
      text: 'DEFAULT',
      from: here(cursor),
      to: here(cursor) + 'DEFAULT'.length,
    }
    cursor.at++
    return literal
  }
  return cursor.rules.expression(cursor)
}

/** `RETURNING a, b [[BULK COLLECT] INTO v]`. */
export function returning(cursor: Cursor): readonly SelectItem[] {
  if (!eat(cursor, 'RETURNING') && !eatReturn(cursor)) return NO_ITEMS
  const into = find(cursor, 'INTO')
  if (into < 0) return cursor.rules.selectItems(cursor)
  const bulk = into - cursor.at >= 2 && textAt(cursor, into - cursor.at - 1).toUpperCase() === 'COLLECT'
  const items = within(cursor, bulk ? into - 2 : into, () => cursor.rules.selectItems(cursor))
  while (!atEnd(cursor) && !peek(cursor, ';')) skipBalanced(cursor)
  return items
}

/** Oracle takes `RETURN … INTO` too. */
function eatReturn(cursor: Cursor): boolean {
  if (cursor.dialect.grammar.bareStatements) return false
  return eat(cursor, 'RETURN')
}

export const NO_ITEMS: readonly SelectItem[] = []
export const NO_CTES: readonly Cte[] = []
export const NO_RELATIONS: readonly Relation[] = []
export const NO_COLUMNS: readonly ColumnExpr[] = []
export const NO_NAMES: readonly Name[] = []

/** `OUTPUT inserted.a, deleted.b INTO t (x, y)`; a second OUTPUT without INTO goes to the client and is not kept. */
export function outputClause(cursor: Cursor): OutputClause | null {
  let kept: OutputClause | null = null
  while (eat(cursor, 'OUTPUT')) {
    const items = cursor.rules.selectItems(cursor)
    const into = eat(cursor, 'INTO') ? parseTableName(cursor) : null
    const columns = into !== null && peek(cursor, '(') ? parseColumnList(cursor) : NO_LIST
    if (kept === null || into !== null) kept = { items, into, columns }
  }
  return kept
}

/** `LOG ERRORS [INTO errors] [('tag')] [REJECT LIMIT n]` (Oracle): rows that are refused go to a table, with columns of its own. */
export function logErrors(cursor: Cursor): OutputClause | null {
  if (!peek(cursor, 'LOG') || wordAt(cursor, 1) !== 'ERRORS') return null
  cursor.at += 2
  const into = eat(cursor, 'INTO') ? parseTableName(cursor) : null
  while (!atEnd(cursor)) skipBalanced(cursor)
  return { items: NO_ITEMS, into, columns: NO_LIST }
}

export const NO_LIST: readonly Ident[] = []

/** The name in a string literal: `'db.schema.table'`, `'[a].[b]'`. */
export function nameOfText(text: string, from: number, to: number): Name {
  return { form: 'plain', parts: splitNameText(text, from, to), from, to }
}

/** The current string literal as a path; eaten. */
export function pathOfString(cursor: Cursor): Name {
  const from = here(cursor)
  const text = stringText(cursor)
  const to = lastEnd(cursor)
  return { form: text.startsWith('@') ? 'stage' : 'path', parts: [{ text, quoted: true, from, to }], from, to }
}

/** The text of the current string literal; eaten. */
export function stringText(cursor: Cursor): string {
  const to = cursor.tokens.ends[cursor.at] ?? here(cursor)
  const text = literalText(cursor.sql, here(cursor), to, cursor.dialect)
  cursor.at++
  return text
}

/** A location: a string, a stage, or a variable. Null, with nothing eaten, where there is none. */
export function location(cursor: Cursor): Name | null {
  if (atString(cursor)) return pathOfString(cursor)
  const found = kind(cursor)
  return found === TOKEN.stage || found === TOKEN.parameter || found === TOKEN.template ? parseTableName(cursor) : null
}

/** A table written as a source without alias, where a node wants a source. */
export function sourceOfName(name: Name): Source {
  return { kind: 'table', name, alias: null, extra: NO_LIST, from: name.from, to: name.to }
}

/** Reads a part in the brackets at the current token; ends behind them. */
export function inBrackets<T>(cursor: Cursor, rule: () => T): T {
  const close = Math.min(cursor.tokens.closers[cursor.at] ?? cursor.end, cursor.end)
  cursor.at++
  const result = within(cursor, close, rule)
  cursor.at = Math.min(close + 1, cursor.end)
  return result
}

/** What a statement that changes data gives back, as a query: the statement is read as if it were a CTE. */
export function queryOfChange(body: Statement): Query {
  const { from, to } = body
  const name: Ident = { text: '(change)', quoted: true, from, to }
  return {
    kind: 'query',
    ctes: [{ name, columns: NO_LIST, body, added: [], from, to }],
    recursive: false,
    body: { kind: 'table', name: { form: 'plain', parts: [name], from, to }, from, to },
    order: [],
    from,
    to,
  }
}

/** DEFINER = `user`@`host` | 'user'@'host' | CURRENT_USER[()] (MySQL), at the word. */
export function skipDefiner(cursor: Cursor): void {
  cursor.at += 2
  if (atString(cursor)) cursor.at++
  else parseIdent(cursor)
  if (peek(cursor, '(')) skipBalanced(cursor)
  if (kind(cursor) === TOKEN.parameter) cursor.at++
  else if (eat(cursor, '@')) rawIdent(cursor)
}
