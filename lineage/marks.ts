import type { Dialect } from './dialects/dialect.ts'
import * as actions from './tokens/actions.ts'
import { FIELDS, kindIn, markIn, setMark, startsLineIn, wordIn } from './tokens/cells.ts'
import * as hash from './tokens/hash.ts'
import { endElement, enterLevel, enterList, type Levels, leaveLevel, leaveRows, MODE, resetLevels, startRows } from './tokens/levels.ts'
import { TOKEN, type Tokens } from './tokens/tokens.ts'
import { WORD_COUNT, WORDS, type Word, wordId } from './tokens/words.ts'

const { CELL, END, HASH_A, HASH_B, NOTE, START } = FIELDS

/**
 * What of a text counts for what it does. `keep` tokens are hashed and printed, `mask`ed ones are literals whose value says
 * nothing about lineage, `drop`ped ones are repeats in IN lists and VALUES, signs of masked numbers and closing semicolons.
 * A literal counts where it is a name, a path, SQL or a position: see `literalCounts`.
 */
export const MARK = { keep: 0, mask: 1, drop: 2 } as const

// Constants of this module: see scan-plain.ts.
const { keep: KEEP, mask: MASK, drop: DROP } = MARK
const { none: IN_NONE, arguments: IN_ARGUMENTS, from: IN_FROM, order: IN_ORDER, counts: IN_COUNTS, list: IN_LIST } = MODE
const { word: WORD, quoted: QUOTED, string: STRING, number: NUMBER, operator: OPERATOR } = TOKEN
const { ACTION_OF } = actions
const { hashA, hashB, LITERAL_A, LITERAL_B } = hash
// biome-ignore format: a list
const { none: NOTHING, select: SELECT, from: FROM, where: WHERE, order: ORDER, values: VALUES, code: CODE, definition: DEFINITION, execute: EXECUTE, pivot: PIVOT, list: LIST, constant: CONSTANT } = actions.ACT
const id = (word: Word): number => wordId(word)
const OPEN = id('(')
const CLOSE = id(')')
const OPEN_SQUARE = id('[')
const CLOSE_SQUARE = id(']')
const COMMA = id(',')
const SEMICOLON = id(';')
const STAR = id('*')
const DOLLAR = 36
const QUESTION = id('?')
const IDENTIFIER = id('IDENTIFIER')
const ROW = id('ROW')
const DISTINCT = id('DISTINCT')
/** What the word or operator before a literal may say of it. */
const BEFORE = { nothing: 0, arrow: 1, as: 2, like: 3, sign: 4 } as const
const { arrow: AN_ARROW, as: AN_AS, like: A_LIKE, sign: A_SIGN } = BEFORE
// biome-ignore format: a table
const PRECEDING: Readonly<Uint8Array> = beforeTable([
  // behind these a literal is a field, a part of a name or a path
  [AN_ARROW, ['.', '..', '->', '->>', '#>', '#>>', ':']],
  [AN_AS, ['AS']],
  [A_LIKE, ['LIKE', 'ILIKE', 'GLOB']],
  [A_SIGN, ['-', '+']],
])

function beforeTable(rows: readonly (readonly [number, readonly Word[]])[]): Uint8Array {
  const table = new Uint8Array(WORD_COUNT)
  for (const [meaning, words] of rows) for (const word of words) table[wordId(word)] = meaning
  return table
}

interface Marking {
  readonly tokens: Tokens
  readonly cells: Int32Array
  readonly dialect: Dialect
  readonly levels: Levels
  /** All literals of the statement count, until its SELECT where it is a definition. */
  statement: 0 | 1 | 2
  /** Index of the last EXECUTE that may run a text put together before it, or IDENTIFIER of a variable: its name is put into it before. */
  executed: number
}

/**
 * Says of each token whether it counts, in its cell; literals that do get the hash of their text. One pass over the tokens that were noted,
 * linear but for rows of nested lists, which are compared at most eight levels deep.
 */
export function markTokens(tokens: Tokens, dialect: Dialect): void {
  const { levels, cells, noted, count } = tokens
  const marking: Marking = { tokens, cells, dialect, levels, statement: 0, executed: 0 }
  resetLevels(levels)
  for (let n = 0; n < noted; n++) {
    markToken(marking, cells[n * CELL + NOTE] as number)
    if (levels.lists > 0) n = markLists(marking, n)
  }
  for (let i = count - 1; i >= 0 && wordAt(marking, i) === SEMICOLON; i--) setMark(cells, i * CELL, DROP)
  if (marking.executed > 0) keepStrings(marking, marking.executed)
}

/** What was said of token i. */
export function markOf({ cells }: Tokens, i: number): number {
  return markIn(cells, i * CELL)
}

function wordAt(marking: Marking, i: number): number {
  return i < 0 ? 0 : wordIn(marking.cells, i * CELL)
}

function kindAt(marking: Marking, i: number): number {
  return i < 0 ? 0 : kindIn(marking.cells, i * CELL)
}

function textAt(marking: Marking, i: number): string {
  const { tokens, cells } = marking
  return i < tokens.count ? tokens.sql.slice(cells[i * CELL + START], cells[i * CELL + END]) : ''
}

function markToken(marking: Marking, i: number): void {
  const word = wordAt(marking, i)
  if (word === 0) markLiteral(marking, i)
  else if (kindAt(marking, i) === WORD) markWord(marking, i)
  else markOperator(marking, i)
}

/** While lists are open, from the n-th noted token on, all tokens are looked at; returns the last noted one among them. */
function markLists(marking: Marking, n: number): number {
  const { cells, levels, tokens } = marking
  let last = n
  let i = cells[n * CELL + NOTE] as number
  if (levels.rows) endRows(marking, i)
  while (levels.lists > 0 && ++i < tokens.count) {
    if (wordAt(marking, i) === COMMA) {
      if (levels.modes[levels.depth] === IN_LIST) endElement(cells, levels, i)
    } else if (last + 1 < tokens.noted && cells[(last + 1) * CELL + NOTE] === i) {
      last++
      markToken(marking, i)
    }
    if (levels.rows) endRows(marking, i)
  }
  return last
}

/** What a variable holds is SQL where it is executed, SET @q = N'…'; EXEC (@q), and a name in IDENTIFIER ($t). */
function keepStrings(marking: Marking, end: number): void {
  const { cells } = marking
  for (let i = 0; i < end; i++) {
    if (kindAt(marking, i) !== STRING || markIn(cells, i * CELL) !== MASK) continue
    setMark(cells, i * CELL, KEEP)
    keepLiteral(marking, i)
  }
}

/** A literal that counts is told apart by its text. */
function keepLiteral(marking: Marking, i: number): void {
  const { tokens, cells } = marking
  const kind = kindAt(marking, i)
  if (kind !== STRING && kind !== NUMBER) return
  const from = cells[i * CELL + START] as number
  const to = cells[i * CELL + END] as number
  cells[i * CELL + HASH_A] = hashA(tokens.sql, from, to)
  cells[i * CELL + HASH_B] = hashB(tokens.sql, from, to)
}

function mask(marking: Marking, i: number): void {
  const { cells } = marking
  setMark(cells, i * CELL, MASK)
  cells[i * CELL + HASH_A] = LITERAL_A
  cells[i * CELL + HASH_B] = LITERAL_B
}

function markOperator(marking: Marking, i: number): void {
  const { cells, levels } = marking
  const word = wordAt(marking, i)
  if (word === OPEN) openBracket(marking, i)
  else if (word === CLOSE || word === CLOSE_SQUARE) leaveLevel(cells, levels, i)
  else if (word === OPEN_SQUARE) enterLevel(levels, IN_COUNTS)
  else if (word === QUESTION) mask(marking, i)
  else if (word === SEMICOLON && levels.depth === 0) {
    marking.statement = 0
    levels.modes[0] = IN_NONE
  }
}

/** What a bracket holds is said by what stands before it. */
function openBracket(marking: Marking, i: number): void {
  const { levels } = marking
  const outer = levels.modes[levels.depth] as number
  const before = wordAt(marking, i - 1)
  const kind = kindAt(marking, i - 1)
  const called = kind === WORD || kind === QUOTED
  const action = called ? (ACTION_OF[before] as number) : NOTHING
  const named = called && action === NOTHING && marking.dialect.reservedIds[before] !== 1
  if (before === IDENTIFIER && kindAt(marking, i + 1) !== STRING) marking.executed = i
  if (outer === IN_COUNTS || action === PIVOT || (outer === IN_FROM && named)) enterLevel(levels, IN_COUNTS)
  else if (action === LIST && ACTION_OF[wordAt(marking, i + 1)] !== SELECT) enterList(levels, i + 1)
  else enterLevel(levels, named ? IN_ARGUMENTS : outer === IN_FROM ? IN_FROM : IN_NONE)
}

function markWord(marking: Marking, i: number): void {
  const { levels } = marking
  const action = ACTION_OF[wordAt(marking, i)] as number
  const depth = levels.depth
  const mode = levels.modes[depth] as number
  if (action === CONSTANT) {
    if (inList(levels)) markLiteral(marking, i)
    return
  }
  if (mode === IN_COUNTS || mode === IN_LIST) return
  if (mode === IN_ARGUMENTS && action !== SELECT && action !== ORDER) return
  enterClause(marking, i, action)
}

function enterClause(marking: Marking, i: number, action: number): void {
  const { levels } = marking
  const depth = levels.depth
  switch (action) {
    case SELECT:
      levels.modes[depth] = IN_NONE
      if (marking.statement === 2) marking.statement = 0
      return
    case FROM:
      if (wordAt(marking, i - 1) !== DISTINCT) levels.modes[depth] = IN_FROM
      return
    case WHERE:
      levels.modes[depth] = IN_NONE
      return
    case ORDER:
      levels.modes[depth] = IN_ORDER
      return
    case VALUES:
      levels.modes[depth] = IN_NONE
      if (wordAt(marking, i + 1) === OPEN || wordAt(marking, i + 1) === ROW) startRows(levels, i + 1)
      return
    case CODE:
      if (startsStatement(marking, i)) marking.statement = 1
      return
    case DEFINITION:
      if (startsStatement(marking, i)) marking.statement = 2
      return
    case EXECUTE:
      if (executesText(marking, i)) marking.statement = 1
      if (marking.statement === 1 || executesVariable(marking, i)) marking.executed = i
      return
    default:
  }
}

/** The word is the first of its text, line or statement, or follows a word such as BEGIN or THEN. */
function startsStatement(marking: Marking, i: number): boolean {
  const starts = startsLineIn(marking.cells, i * CELL)
  if (i === 0 || starts || wordAt(marking, i - 1) === SEMICOLON) return true
  const before = WORDS[wordAt(marking, i - 1)]
  return (
    before === 'BEGIN' ||
    before === 'THEN' ||
    before === 'ELSE' ||
    before === 'DO' ||
    before === 'LOOP' ||
    before === 'AS' ||
    before === 'EXPLAIN'
  )
}

/** EXECUTE IMMEDIATE, EXEC ('…'), EXECUTE '…', and the procedures of SQL Server that take SQL or names (sp_executesql, sp_rename). */
function executesText(marking: Marking, i: number): boolean {
  const next = WORDS[wordAt(marking, i + 1)]
  if (next === '(' || next === 'IMMEDIATE' || kindAt(marking, i + 1) === STRING) return true
  return /^sp_/i.test(textAt(marking, i + 1)) || /^sp_/i.test(textAt(marking, i + 3))
}

/** EXECUTE v (plpgsql): a name and nothing more, or what USING and INTO add. */
function executesVariable(marking: Marking, i: number): boolean {
  const after = WORDS[wordAt(marking, i + 2)]
  return i + 2 >= marking.tokens.count || after === ';' || after === 'USING' || after === 'INTO'
}

function inList(levels: Levels): boolean {
  return levels.lists > 0
}

/** Masks a literal that does not count, and with it its sign and strings side by side. */
function markLiteral(marking: Marking, i: number): void {
  const { cells } = marking
  const kind = kindAt(marking, i)
  const before = PRECEDING[wordAt(marking, i - 1)] as number
  if (literalCounts(marking, i, kind === STRING, before)) {
    keepLiteral(marking, i)
    return
  }
  mask(marking, i)
  if (kind === STRING && i > 0 && markIn(cells, (i - 1) * CELL) === MASK) setMark(cells, i * CELL, DROP)
  if (before === A_SIGN && kind === NUMBER && isSign(marking, i - 1)) setMark(cells, (i - 1) * CELL, DROP)
}

/** Whether a plus or minus is a sign: something stands before it that has no value. */
function isSign(marking: Marking, i: number): boolean {
  if (i === 0) return true
  const before = wordAt(marking, i - 1)
  const kind = kindAt(marking, i - 1)
  if (kind === OPERATOR) return before !== CLOSE && before !== CLOSE_SQUARE && before !== STAR
  return kind === WORD && marking.dialect.reservedIds[before] === 1
}

/**
 * A literal counts: in COPY, UNLOAD, EXECUTE IMMEDIATE, definitions and the like; as a table, path or argument of a table function in FROM;
 * as a position in ORDER BY and GROUP BY; as an alias; as a key in brackets or behind an arrow; in PIVOT; as the pattern of a star.
 */
function literalCounts(marking: Marking, i: number, isText: boolean, before: number): boolean {
  const { tokens, cells, levels } = marking
  if (marking.statement !== 0 || before === AN_ARROW) return true
  const mode = levels.modes[levels.depth]
  if (mode === IN_COUNTS || (isText ? mode === IN_FROM : mode === IN_ORDER)) return true
  if (!isText) return false
  if (before === AN_AS || (before === A_LIKE && wordAt(marking, i - 2) === STAR) || isBareAlias(marking, i - 1)) return true
  return tokens.sql.charCodeAt(cells[i * CELL + START] as number) === DOLLAR || namesInCall(marking, i)
}

/** The search path in `set_config('search_path', 'a')` (Postgres), dictionaries and attributes in `dictGet('d', 'a', key)` (ClickHouse). */
function namesInCall(marking: Marking, i: number): boolean {
  const { dialect, cells } = marking
  const settings = dialect.lexical.at === 'operator'
  if (!settings && !dialect.grammar.withExpressions) return false
  const first = wordAt(marking, i - 1) === OPEN
  const second = !first && wordAt(marking, i - 1) === COMMA && kindAt(marking, i - 2) === STRING && wordAt(marking, i - 3) === OPEN
  const at = first ? i - 2 : second ? i - 4 : -1
  if (at < 0 || kindAt(marking, at) !== WORD) return false
  const length = (cells[at * CELL + END] as number) - (cells[at * CELL + START] as number)
  if (!settings) return /^(?:dict(?:get|has|is)|joinget)/i.test(textAt(marking, at))
  return length === SET_CONFIG && /^set_config$/i.test(textAt(marking, at)) && /^'search_path'$/i.test(textAt(marking, first ? i : i - 2))
}

const SET_CONFIG = 'set_config'.length

/** `expr 'alias'`: a string right behind a name where strings may be aliases; `i` is what stands before it. */
function isBareAlias(marking: Marking, i: number): boolean {
  if (!marking.dialect.grammar.stringAliases || i < 0) return false
  const kind = kindAt(marking, i)
  return kind === QUOTED || wordAt(marking, i) === CLOSE || (kind === WORD && wordAt(marking, i) === 0)
}

/** Whether all literals that count in the tokens begin at one of these places. */
export function countOnlyAt({ cells, count }: Tokens, places: ReadonlySet<number>): boolean {
  for (let cell = 0; cell < count * CELL; cell += CELL) {
    const kind = kindIn(cells, cell)
    // a number in the cells of a token
    if ((kind === STRING || kind === NUMBER) && markIn(cells, cell) === KEEP && !places.has(cells[cell + START] as number)) return false
  }
  return true
}

/** Ends a row at its comma, and the list where something else stands at its level. */
function endRows(marking: Marking, i: number): void {
  const { cells, levels } = marking
  const word = wordAt(marking, i)
  if (levels.depth < levels.rowDepth) {
    leaveRows(levels)
    return
  }
  if (levels.depth !== levels.rowDepth || word === ROW || ACTION_OF[word] === VALUES) return
  if (word === COMMA) endElement(cells, levels, i)
  else if (word === CLOSE) {
    if (wordAt(marking, i + 1) !== COMMA) {
      endElement(cells, levels, i + 1)
      leaveRows(levels)
    }
  } else leaveRows(levels)
}
