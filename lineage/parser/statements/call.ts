import { TOKEN } from '../../tokens/tokens.ts'
import type { AlterStatement, CallStatement, ExecuteStatement, Expr, Name, Statement } from '../../tree.ts'
import { atEnd, type Cursor, eat, here, kind, kindAt, lastEnd, peek, skipBalanced, textAt, word, wordAt } from '../cursor.ts'
import { parseName, parseTableName } from '../names.ts'
import { atBareStart, atString, finish, isNested, type StatementRule, simple, skipRest, within } from './boundary.ts'
import { executedQuery } from './declarations.ts'
import { rememberText, variableKey } from './dynamic-text.ts'
import { dynamicStatements, embeddedStatements } from './embedded.ts'
import { inBrackets, nameOfText, stringText } from './parts.ts'
import { other, unparsed } from './unparsed.ts'

/** CALL p (…), EXEC p @a = 1: for INSERT … EXEC, which must be a call. */
export function callStatement(cursor: Cursor, from: number): CallStatement {
  const keyword = peek(cursor, 'CALL') ? 'CALL' : 'EXEC'
  cursor.at++
  // EXEC @rc = p
  if (kind(cursor) === TOKEN.parameter && wordAt(cursor, 1) === '=') cursor.at += 2
  const start = here(cursor)
  const name: Name = parseName(cursor) ?? {
    form: 'variable',
    parts: [{ text: textAt(cursor, 0), quoted: false, from: start, to: start }],
    from: start,
    to: start,
  }
  const args = callArguments(cursor)
  return { kind: 'call', keyword, from, to: skipRest(cursor), name, args }
}

function callArguments(cursor: Cursor): readonly Expr[] {
  if (peek(cursor, '(')) return inBrackets(cursor, () => argumentList(cursor))
  return argumentList(cursor)
}

function argumentList(cursor: Cursor): readonly Expr[] {
  const list: Expr[] = []
  while (!atEnd(cursor) && !atBareStart(cursor)) {
    const current = word(cursor)
    if (current === 'WITH' || current === 'USING' || current === 'INTO' || current === 'AT') break
    list.push(cursor.rules.expression(cursor))
    if (!eat(cursor, 'OUTPUT')) eat(cursor, 'OUT')
    if (!eat(cursor, ',')) break
  }
  return list
}

export const callRule: StatementRule = simple((cursor, from) => {
  // CALL DBC.SysExecSQL ('text') (Teradata)
  const start = cursor.at
  cursor.at++
  const name = parseName(cursor)
  if (/^sysexecsql$/i.test(name?.parts.at(-1)?.text ?? '') && peek(cursor, '(')) return executeBracket(cursor, from, 'CALL')
  cursor.at = start
  return callStatement(cursor, from)
})

function executed(cursor: Cursor, from: number, keyword: string, body: readonly Statement[] | null): ExecuteStatement {
  return { kind: 'execute', keyword, from, to: skipRest(cursor), body, text: null }
}

/** What EXECUTE runs that is no routine, where a name or a word follows it. */
const NOT_ROUTINES: ReadonlySet<string> = new Set([
  'TASK',
  'AS',
  'ALERT',
  'SERVICE',
  'JOB',
  'NOTEBOOK',
  'STREAMLIT',
  'DBT',
  'MANAGED',
  'FUNCTION',
])

/** EXECUTE IMMEDIATE text, EXEC (text), EXECUTE 'text', EXEC sp_executesql N'text', EXEC p …, EXECUTE prepared (…). */
export const executeRule: StatementRule = simple((cursor, from) => {
  if (wordAt(cursor, 1) === 'IMMEDIATE' && wordAt(cursor, 2) !== '(') return executeText(cursor, from, 2, 'EXECUTE IMMEDIATE')
  if (wordAt(cursor, 1) === 'IMMEDIATE') {
    cursor.at += 2
    return within(cursor, cursor.end, () => executeBracket(cursor, from, 'EXECUTE IMMEDIATE'))
  }
  const object = textAt(cursor, 1).toUpperCase()
  if (NOT_ROUTINES.has(object) && kindAt(cursor, 2) === TOKEN.word) return other(cursor, from, `EXECUTE ${object}`)
  if (wordAt(cursor, 1) === '(') {
    cursor.at++
    return executeBracket(cursor, from, 'EXECUTE')
  }
  if (kindAt(cursor, 1) === TOKEN.string || computesText(cursor)) return executeText(cursor, from, 1, 'EXECUTE')
  return executeNamed(cursor, from)
})

/** `EXECUTE format ('…', x)`, `EXECUTE v || '…'` (plpgsql). */
function computesText(cursor: Cursor): boolean {
  if (wordAt(cursor, 2) === '||') return true
  const name = textAt(cursor, 1).toUpperCase()
  return wordAt(cursor, 2) === '(' && (name === 'FORMAT' || name === 'CONCAT')
}

function executeText(cursor: Cursor, from: number, skipped: number, keyword: string): Statement {
  cursor.at += skipped
  // EXECUTE IMMEDIATE FROM 'file' (Snowflake): what is in it is not here
  if (peek(cursor, 'FROM')) return { ...other(cursor, from, keyword) }
  const dynamic = dynamicStatements(cursor)
  return executed(cursor, from, keyword, dynamic)
}

function executeBracket(cursor: Cursor, from: number, keyword: string): Statement {
  const dynamic = inBrackets(cursor, () => dynamicStatements(cursor))
  return executed(cursor, from, keyword, dynamic)
}

function executeNamed(cursor: Cursor, from: number): Statement {
  const at = cursor.at
  cursor.at++
  if (kind(cursor) === TOKEN.parameter && wordAt(cursor, 1) === '=') cursor.at += 2
  const name = parseName(cursor)
  const last = name?.parts[name.parts.length - 1]?.text.toLowerCase() ?? ''
  if (last === 'sp_executesql') return systemExecute(cursor, from)
  if (name?.parts.length === 1 && cursor.texts.has(variableKey(last)) && !peek(cursor, '(')) {
    cursor.at--
    return executeText(cursor, from, 0, 'EXECUTE')
  }
  if (last === 'sp_rename') return renameObject(cursor, from)
  cursor.at = at
  return callStatement(cursor, from)
}

/** `sp_executesql [@stmt =] N'…' [, N'@p int', @p = 1]`. https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-executesql-transact-sql */
function systemExecute(cursor: Cursor, from: number): Statement {
  if (kind(cursor) === TOKEN.parameter && wordAt(cursor, 1) === '=') cursor.at += 2
  const body = dynamicStatements(cursor)
  return executed(cursor, from, 'EXECUTE', body)
}

/** `sp_rename 'schema.old', 'new' [, 'OBJECT']`; the new name has no schema. Columns and indexes are renamed with a third argument. */
function renameObject(cursor: Cursor, from: number): Statement {
  const args = renameArguments(cursor)
  const [old, renamed] = args
  if (old === undefined || renamed === undefined) return { ...other(cursor, from, 'EXEC') }
  const what = args[2]?.parts[0]?.text.toUpperCase() ?? 'OBJECT'
  const to: Name = { ...renamed, parts: [...old.parts.slice(0, -1), ...renamed.parts.slice(-1)] }
  const actions: AlterStatement['actions'] = what === 'OBJECT' ? [{ kind: 'rename', to }] : [{ kind: 'other' }]
  return {
    kind: 'alter',
    keyword: 'EXEC',
    from,
    to: skipRest(cursor),
    what: 'TABLE',
    name: what === 'COLUMN' ? { ...old, parts: old.parts.slice(0, -1) } : old,
    actions,
  }
}

function renameArguments(cursor: Cursor): readonly Name[] {
  const args: Name[] = []
  while (!atEnd(cursor) && !atBareStart(cursor)) {
    if (kind(cursor) === TOKEN.parameter && wordAt(cursor, 1) === '=') cursor.at += 2
    const from = here(cursor)
    if (atString(cursor)) args.push(nameOfText(stringText(cursor), from, lastEnd(cursor)))
    else {
      const name = parseTableName(cursor)
      if (name === null) break
      args.push(name)
    }
    if (!eat(cursor, ',')) break
  }
  return args
}

/** PREPARE p [(types)] AS statement; PREPARE p FROM 'text' | statement. */
export const prepareRule: StatementRule = (cursor, from) => {
  cursor.at++
  const name = parseName(cursor)
  if (name === null) return simple(() => unparsed(cursor, from, 'PREPARE', 'no name of what is prepared'))(cursor, from)
  if (peek(cursor, '(')) skipBalanced(cursor)
  if (!eat(cursor, 'AS') && !eat(cursor, 'FROM')) return simple(() => other(cursor, from, 'PREPARE'))(cursor, from)
  if (atEnd(cursor)) return other(cursor, from, 'PREPARE')
  const text = preparedText(cursor)
  if (text === null && kind(cursor) !== TOKEN.word && !peek(cursor, '(')) return simple(() => other(cursor, from, 'PREPARE'))(cursor, from)
  const body = text ?? [cursor.rules.statement(cursor)]
  return { kind: 'wrap', keyword: 'PREPARE', from, to: lastEnd(cursor), what: 'prepare', name: null, body }
}

/** PREPARE p FROM 'text' | @text: what the variable was given, where the script says so. */
function preparedText(cursor: Cursor): readonly Statement[] | null {
  if (atString(cursor)) return embeddedStatements(cursor)
  return cursor.texts.has(variableKey(textAt(cursor, 0))) ? dynamicStatements(cursor) : null
}

/** DO $$ … $$ [LANGUAGE plpgsql] (Postgres): a block in quotes; DO expr (MySQL). */
export const doRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  if (eat(cursor, 'LANGUAGE')) cursor.at++
  if (!atString(cursor)) return other(cursor, from, 'DO')
  const body = embeddedStatements(cursor)
  return { kind: 'execute', keyword: 'DO', from, to: skipRest(cursor), body, text: null }
})

/**
 * `name := value`, `name (…) := value`, `package.procedure (…)` or `procedure`: what PL/SQL and its like have where no word opens a statement.
 * Null, with nothing eaten, where it is none of these.
 */
export function assignmentOrCall(cursor: Cursor, from: number): Statement | null {
  const at = cursor.at
  const name = parseName(cursor)
  if (name === null) return null
  const args = peek(cursor, '(') ? callArguments(cursor) : []
  while (peek(cursor, '.') || peek(cursor, '[') || peek(cursor, '(')) skipBalanced(cursor)
  while (!peek(cursor, ':=') && wordAt(cursor, -1) === '.' && !atEnd(cursor)) skipBalanced(cursor)
  if (eat(cursor, ':=') || (isNested(cursor) && eat(cursor, '='))) {
    rememberText(cursor, name.parts[name.parts.length - 1]?.text ?? '')
    const names = name.parts.slice(-1)
    const query = executedQuery(cursor)
    if (query !== null)
      return { kind: 'declare', keyword: 'SET', from, to: finish(cursor), names, columns: [], table: false, query, value: null }
    const value = cursor.rules.expression(cursor)
    return { kind: 'set', keyword: 'SET', from, to: finish(cursor), names: [name], value }
  }
  if (isNested(cursor) && (atEnd(cursor) || atBareStart(cursor)))
    return { kind: 'call', keyword: 'CALL', from, to: lastEnd(cursor), name, args }
  cursor.at = at
  return null
}
