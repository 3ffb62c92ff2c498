import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { BlockStatement, Expr, Ident, Query, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, here, kindAt, lastEnd, mark, peek, rewind, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseIdent, parseName } from '../names.ts'
import {
  atBareStart,
  atString,
  find,
  isName,
  isQueryStart,
  nextSemicolon,
  type StatementRule,
  simple,
  skipRest,
  within,
} from './boundary.ts'
import { variableKey } from './dynamic-text.ts'
import { dynamicStatements } from './embedded.ts'
import { scriptStatements } from './list.ts'
import { other, otherRead } from './unparsed.ts'

interface BlockParts {
  readonly what: BlockStatement['what']
  readonly conditions?: readonly Expr[]
  readonly variable?: Ident | null
  readonly query?: Query | null
  readonly cursor?: Ident | null
  readonly body: readonly Statement[]
}

function block(cursor: Cursor, from: number, keyword: string, parts: BlockParts): BlockStatement {
  const { what, conditions = [], variable = null, query = null, cursor: over = null, body } = parts
  return { kind: 'block', keyword, from, to: lastEnd(cursor), what, conditions, variable, query, cursor: over, body }
}

const ENDED: ReadonlySet<Word> = new Set<Word>(['IF', 'LOOP', 'WHILE', 'FOR', 'REPEAT', 'CASE', 'TRY', 'CATCH'])

/** `END [IF | LOOP | …] [label]`, if it stands here. Where no `;` is needed, only TRY and CATCH belong to it. */
function eatEnd(cursor: Cursor): void {
  if (!eat(cursor, 'END')) return
  if (cursor.dialect.grammar.bareStatements) {
    if (peek(cursor, 'TRY') || peek(cursor, 'CATCH')) cursor.at++
    return
  }
  if (ENDED.has(word(cursor))) cursor.at++
  const next = wordAt(cursor, 1)
  if (isName(cursor, 0) && (next === ';' || kindAt(cursor, 1) === TOKEN.end || next === '/')) cursor.at++
}

/** Words behind BEGIN that make it the start of a transaction. */
// biome-ignore format: a table
const TRANSACTION: ReadonlySet<string> = new Set(['TRAN', 'TRANSACTION', 'WORK', 'NAME', 'ISOLATION', 'READ', 'DEFERRED', 'IMMEDIATE', 'EXCLUSIVE', 'CONCURRENT', 'DISTRIBUTED', 'DIALOG', 'CONVERSATION', ';', '', 'LOADING', 'QUERY', 'LOGGING'])

/** BEGIN … [EXCEPTION …] END, BEGIN TRY, BEGIN ATOMIC; BEGIN [TRANSACTION] is noise. */
export const beginStatement: StatementRule = (cursor, from) => {
  const next = textAt(cursor, 1).toUpperCase()
  if (TRANSACTION.has(next) && !namedSo(cursor)) return simple(() => other(cursor, from, 'BEGIN'))(cursor, from)
  cursor.at++
  const what = peek(cursor, 'TRY') || peek(cursor, 'CATCH') ? 'try' : 'block'
  if (what === 'try') cursor.at++
  if (eat(cursor, 'NOT')) cursor.at += 0
  if (eat(cursor, 'ATOMIC') && peek(cursor, 'WITH') && wordAt(cursor, 1) === '(') cursor.at += 1
  if (peek(cursor, '(') && wordAt(cursor, -1) === 'WITH') skipBalanced(cursor)
  const body = [...scriptStatements(cursor)]
  while (peek(cursor, 'EXCEPTION') || peek(cursor, 'WHEN')) body.push(...exceptionHandlers(cursor))
  eatEnd(cursor)
  return block(cursor, from, 'BEGIN', { what, body })
}

/** A variable called like a word of transactions: `BEGIN name := 1;`. */
function namedSo(cursor: Cursor): boolean {
  return wordAt(cursor, 2) === ':='
}

/** EXCEPTION WHEN a OR b THEN …; each WHEN's statements in turn. */
function exceptionHandlers(cursor: Cursor): readonly Statement[] {
  const list: Statement[] = []
  eat(cursor, 'EXCEPTION')
  if (!peek(cursor, 'WHEN')) return [...list, ...scriptStatements(cursor)]
  while (eat(cursor, 'WHEN')) {
    while (!atEnd(cursor) && !peek(cursor, 'THEN') && !peek(cursor, ';')) cursor.at++
    eat(cursor, 'THEN')
    list.push(...scriptStatements(cursor))
  }
  return list
}

/** A condition, up to one of the words that must follow it in this dialect's scripts. */
function condition(cursor: Cursor, closers: ReadonlySet<Word>): Expr | null {
  if (atEnd(cursor) || peek(cursor, ';')) return null
  const value = within(cursor, nextSemicolon(cursor), () => cursor.rules.expression(cursor))
  if (!cursor.dialect.grammar.bareStatements)
    while (!atEnd(cursor) && !peek(cursor, ';') && !closers.has(word(cursor))) skipBalanced(cursor)
  return value
}

const THEN: ReadonlySet<Word> = new Set<Word>(['THEN'])
const DO_OR_LOOP: ReadonlySet<Word> = new Set<Word>(['DO', 'LOOP'])

/** IF c THEN … ELSEIF c THEN … ELSE … END IF; SQL Server: IF c statement [ELSE statement]. */
export const ifStatement: StatementRule = (cursor, from) => {
  cursor.at++
  const conditions: Expr[] = []
  const first = condition(cursor, THEN)
  if (first !== null) conditions.push(first)
  if (!eat(cursor, 'THEN')) return bareIf(cursor, from, conditions)
  const body = [...scriptStatements(cursor)]
  while (peek(cursor, 'ELSEIF') || peek(cursor, 'ELSIF') || peek(cursor, 'ELSE')) {
    const otherwise = peek(cursor, 'ELSE')
    cursor.at++
    if (!otherwise) {
      const next = condition(cursor, THEN)
      if (next !== null) conditions.push(next)
      eat(cursor, 'THEN')
    }
    body.push(...scriptStatements(cursor))
  }
  eatEnd(cursor)
  return block(cursor, from, 'IF', { what: 'if', conditions, body })
}

function bareIf(cursor: Cursor, from: number, conditions: readonly Expr[]): Statement {
  const body: Statement[] = []
  if (!atEnd(cursor) && !peek(cursor, ';')) body.push(cursor.rules.statement(cursor))
  const before = mark(cursor)
  while (eat(cursor, ';')) if (atEnd(cursor)) break
  if (eat(cursor, 'ELSE')) {
    if (!atEnd(cursor)) body.push(cursor.rules.statement(cursor))
  } else rewind(cursor, before)
  return block(cursor, from, 'IF', { what: 'if', conditions, body })
}

/** WHILE c {DO | LOOP} … END {WHILE | LOOP}; SQL Server: WHILE c statement. */
export const whileStatement: StatementRule = (cursor, from) => {
  cursor.at++
  const checked = condition(cursor, DO_OR_LOOP)
  const conditions = checked === null ? [] : [checked]
  if (!eat(cursor, 'DO') && !eat(cursor, 'LOOP')) {
    const body = atEnd(cursor) || peek(cursor, ';') ? [] : [cursor.rules.statement(cursor)]
    return block(cursor, from, 'WHILE', { what: 'loop', conditions, body })
  }
  const body = scriptStatements(cursor)
  eatEnd(cursor)
  return block(cursor, from, 'WHILE', { what: 'loop', conditions, body })
}

/** LOOP … END LOOP. */
export const loopStatement: StatementRule = (cursor, from) => {
  cursor.at++
  const body = scriptStatements(cursor)
  eatEnd(cursor)
  return block(cursor, from, 'LOOP', { what: 'loop', body })
}

/** REPEAT … UNTIL c END REPEAT. */
export const repeatStatement: StatementRule = (cursor, from) => {
  cursor.at++
  const body = scriptStatements(cursor)
  const checked = eat(cursor, 'UNTIL') ? within(cursor, nextSemicolon(cursor), () => cursor.rules.expression(cursor)) : null
  eatEnd(cursor)
  return block(cursor, from, 'REPEAT', { what: 'loop', conditions: checked === null ? [] : [checked], body })
}

/** CASE [x] WHEN c THEN … ELSE … END CASE. */
export const caseStatement: StatementRule = (cursor, from) => {
  cursor.at++
  const conditions: Expr[] = []
  if (!peek(cursor, 'WHEN') && !atEnd(cursor)) conditions.push(cursor.rules.expression(cursor))
  const body: Statement[] = []
  while (peek(cursor, 'WHEN') || peek(cursor, 'ELSE')) {
    const when = eat(cursor, 'WHEN')
    if (!when) cursor.at++
    else {
      const checked = condition(cursor, THEN)
      if (checked !== null) conditions.push(checked)
      eat(cursor, 'THEN')
    }
    body.push(...scriptStatements(cursor))
  }
  eatEnd(cursor)
  return block(cursor, from, 'CASE', { what: 'case', conditions, body })
}

/**
 * FOR x IN (query) {LOOP | DO} … END {LOOP | FOR}; FOR x IN 1..n; FOR x IN EXECUTE '…'; FOR x AS c CURSOR FOR query DO; FOREACH; FORALL … dml.
 */
export const forStatement: StatementRule = (cursor, from) => {
  const forall = textAt(cursor, 0).toUpperCase() === 'FORALL'
  cursor.at++
  const variable = parseIdent(cursor)
  const opener = loopWord(cursor)
  const end = opener < 0 ? nextSemicolon(cursor) : opener
  const source = within(cursor, end, () => (forall ? forallSource(cursor) : forSource(cursor)))
  if (!forall && opener >= 0) cursor.at = opener + 1
  const inner = forall ? (atEnd(cursor) || peek(cursor, ';') ? [] : [cursor.rules.statement(cursor)]) : scriptStatements(cursor)
  if (!forall) eatEnd(cursor)
  const { query, conditions, statements } = source
  return block(cursor, from, 'FOR', { what: 'for', variable, query, cursor: source.cursor, conditions, body: [...statements, ...inner] })
}

/** Index of the LOOP or DO that opens the loop's body. */
function loopWord(cursor: Cursor): number {
  const loop = find(cursor, 'LOOP')
  const does = find(cursor, 'DO')
  return loop < 0 || (does >= 0 && does < loop) ? does : loop
}

interface LoopSource {
  readonly query: Query | null
  readonly cursor: Ident | null
  readonly conditions: readonly Expr[]
  readonly statements: readonly Statement[]
}

function forSource(cursor: Cursor): LoopSource {
  const none: LoopSource = { query: null, cursor: null, conditions: [], statements: [] }
  if (eat(cursor, 'AS')) while (!atEnd(cursor) && !isQueryStart(cursor)) skipBalanced(cursor)
  eat(cursor, 'IN')
  if (textAt(cursor, 0).toUpperCase() === 'REVERSE') cursor.at++
  if (isQueryStart(cursor)) return { ...none, query: cursor.rules.query(cursor) }
  if (eat(cursor, 'EXECUTE')) {
    const dynamic = dynamicStatements(cursor) ?? []
    const [first] = dynamic
    return first?.kind === 'query' && dynamic.length === 1 ? { ...none, query: first.query } : { ...none, statements: dynamic }
  }
  return isName(cursor, 0) ? { ...none, cursor: parseIdent(cursor) } : none
}

/** FORALL i IN lo..hi [SAVE EXCEPTIONS] dml (Oracle): stops at the statement. */
function forallSource(cursor: Cursor): LoopSource {
  while (!atEnd(cursor) && !DML.has(word(cursor))) skipBalanced(cursor)
  return { query: null, cursor: null, conditions: [], statements: [] }
}

const DML: ReadonlySet<Word> = new Set<Word>(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'EXECUTE'])

/** RETURN [QUERY | NEXT | TABLE] …: a query, or a value. */
export const returnStatement: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (!eat(cursor, 'QUERY')) eat(cursor, 'NEXT')
  if (peek(cursor, 'TABLE') && wordAt(cursor, 1) === '(') cursor.at++
  if (eat(cursor, 'EXECUTE')) {
    const dynamic = dynamicStatements(cursor)
    return { ...executeNode(cursor, from, dynamic), to: rest(cursor) }
  }
  if (isQueryStart(cursor)) {
    const query = cursor.rules.query(cursor)
    return { kind: 'query', keyword: 'RETURN', from, to: rest(cursor), query }
  }
  const bare = cursor.dialect.grammar.bareStatements && (cursor.tokens.lineStarts[cursor.at] === 1 || peek(cursor, 'END'))
  const value = atEnd(cursor) || bare ? null : cursor.rules.expression(cursor)
  return { kind: 'set', keyword: 'RETURN', from, to: value === null ? lastEnd(cursor) : rest(cursor), names: [], value }
})

function rest(cursor: Cursor): number {
  return other(cursor, 0, '').to
}

function executeNode(cursor: Cursor, from: number, body: readonly Statement[] | null): Statement {
  return { kind: 'execute', keyword: 'EXECUTE', from, to: lastEnd(cursor), body, text: null }
}

/** FETCH [NEXT | … FROM | IN] c INTO v[, w]; else it is known to have no lineage. */
export const fetchStatement: StatementRule = simple((cursor, from) => {
  cursor.at++
  while (!atEnd(cursor) && !intoFollows(cursor) && wordAt(cursor, 1) !== ';' && !atBareStart(cursor)) skipBalanced(cursor)
  const name = intoFollows(cursor) && !atBareStart(cursor) ? parseIdent(cursor) : null
  if (peek(cursor, 'BULK')) cursor.at += 2
  if (name === null || !eat(cursor, 'INTO')) return otherRead(cursor, from, 'FETCH')
  const into: Ident[] = []
  do {
    const variable = parseVariable(cursor)
    if (variable === null) break
    into.push(variable)
  } while (eat(cursor, ','))
  return { kind: 'fetch', keyword: 'FETCH', from, to: skipRest(cursor), cursor: name, into }
})

/** Whether INTO or BULK COLLECT INTO stands behind the current token. */
function intoFollows(cursor: Cursor): boolean {
  return wordAt(cursor, 1) === 'INTO' || (wordAt(cursor, 1) === 'BULK' && wordAt(cursor, 3) === 'INTO')
}

/** `v`, `:v`, `@v`: under its bare name. */
function parseVariable(cursor: Cursor): Ident | null {
  if (isName(cursor, 0)) return parseIdent(cursor)
  if (kindAt(cursor, 0) !== TOKEN.parameter) return null
  const from = here(cursor)
  const text = variableKey(textAt(cursor, 0))
  cursor.at++
  return { text, quoted: false, from, to: lastEnd(cursor) }
}

/** OPEN c [FOR query | FOR 'text' USING …]. */
export const openStatement: StatementRule = simple((cursor, from) => {
  cursor.at++
  const name = parseName(cursor)
  if (name === null || !eat(cursor, 'FOR')) return other(cursor, from, 'OPEN')
  if (isQueryStart(cursor)) {
    const query = cursor.rules.query(cursor)
    const inner: Statement = { kind: 'query', keyword: 'SELECT', from: query.from, to: query.to, query }
    return { kind: 'wrap', keyword: 'OPEN', from, to: rest(cursor), what: 'cursor', name: name.parts[0] ?? null, body: [inner] }
  }
  eat(cursor, 'EXECUTE')
  const dynamic = atString(cursor) ? dynamicStatements(cursor) : null
  if (dynamic === null) return other(cursor, from, 'OPEN')
  return { ...executeNode(cursor, from, dynamic), keyword: 'OPEN', to: rest(cursor) }
})

/** Pieces of control flow that stand alone: a stray END IF, ELSE, WHEN … THEN in a text that was cut out of a script. */
export const fragment: StatementRule = (cursor, from) => {
  const first = word(cursor)
  cursor.at++
  if (first === 'END') {
    if (ENDED.has(word(cursor)) || TRANSACTION.has(textAt(cursor, 0).toUpperCase())) cursor.at++
    if (isName(cursor, 0) && (wordAt(cursor, 1) === ';' || kindAt(cursor, 1) === TOKEN.end)) cursor.at++
    return simple(() => (cursor.dialect.grammar.bareStatements ? otherRead(cursor, from, 'END') : other(cursor, from, 'END')))(cursor, from)
  }
  if (first === 'ELSEIF' || first === 'ELSIF' || first === 'WHEN' || first === 'EXCEPTION') {
    while (!atEnd(cursor) && !peek(cursor, 'THEN') && !peek(cursor, ';')) skipBalanced(cursor)
    eat(cursor, 'THEN')
  }
  const body = [...scriptStatements(cursor)]
  return block(cursor, from, first === 'EXCEPTION' ? 'CATCH' : 'ELSE', { what: 'if', body })
}

/** Eats `label:` or `<<label>>` before a statement. */
export function eatLabel(cursor: Cursor): void {
  if (peek(cursor, '<<')) {
    let at = cursor.at
    while (at < cursor.end && wordAt(cursor, at - cursor.at) !== '>>') at++
    if (at < cursor.end && at - cursor.at <= LABEL_TOKENS) cursor.at = at + 1
    return
  }
  while (isName(cursor, 0) && wordAt(cursor, 1) === ':' && LABELLED.has(wordAt(cursor, 2))) cursor.at += 2
}

const LABEL_TOKENS = 3
const LABELLED: ReadonlySet<Word> = new Set<Word>([
  'LOOP',
  'WHILE',
  'FOR',
  'REPEAT',
  'BEGIN',
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'IF',
  'SET',
  'CASE',
])
