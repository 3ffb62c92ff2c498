import type { Dialect } from './dialects/dialect.ts'
import { endElement, enterLevel, type Levels, leaveLevel, MODE, resetLevels, startList } from './tokens/levels.ts'
import { TOKEN, type Tokens } from './tokens/tokens.ts'
import { WORD_COUNT, WORDS, type Word, wordId } from './tokens/words.ts'

/**
 * What of a text counts for what it does. `keep` tokens are hashed and printed, `mask`ed ones are literals whose value says
 * nothing about lineage, `drop`ped ones are repeats in IN lists and VALUES, signs of masked numbers and closing semicolons.
 * A literal counts where it is a name, a path, SQL or a position: see `literalCounts`.
 */
export const MARK = { keep: 0, mask: 1, drop: 2 } as const

/** What a word does to the place it stands in. */
const ACT = {
  none: 0,
  select: 1,
  from: 2,
  where: 3,
  order: 4,
  values: 5,
  code: 6,
  definition: 7,
  execute: 8,
  pivot: 9,
  list: 10,
  constant: 11,
  end: 12,
} as const

// biome-ignore format: a table
const ACTIONS: Readonly<Partial<Record<number, readonly Word[]>>> = {
  [ACT.select]: ['SELECT', 'SEL', 'RETURNING'],
  [ACT.from]: ['FROM', 'JOIN', 'INTO', 'UPDATE', 'TABLE', 'LOCATION', 'DIRECTORY', 'INPATH', 'BULK', 'USING', 'APPLY', 'LATERAL', 'OVERWRITE'],
  [ACT.where]: ['WHERE', 'ON', 'HAVING', 'SET', 'QUALIFY', 'LIMIT', 'OFFSET', 'WHEN', 'THEN', 'ELSE', 'PREWHERE', 'FETCH', 'PARTITION', 'WINDOW', 'TABLESAMPLE', 'SAMPLE', 'CONNECT', 'OPTION'],
  [ACT.order]: ['BY'],
  [ACT.values]: ['VALUES'],
  [ACT.code]: ['COPY', 'UNLOAD', 'LOAD', 'EXPORT', 'IMPORT', 'PUT', 'GET', 'PREPARE', 'ATTACH', 'RENAME', 'USE', 'DO', 'REPAIR'],
  [ACT.definition]: ['CREATE', 'ALTER'],
  [ACT.execute]: ['EXECUTE', 'EXEC'],
  [ACT.pivot]: ['PIVOT', 'UNPIVOT', 'IDENTIFIER', 'COLUMNS', 'OPENROWSET', 'OPENQUERY'],
  [ACT.list]: ['IN'],
  [ACT.constant]: ['NULL', 'TRUE', 'FALSE'],
  [ACT.end]: [';', '(', ')', '[', ']', ',', '?'],
}

function actionTable(): Uint8Array {
  const table = new Uint8Array(WORD_COUNT)
  for (const [action, words] of Object.entries(ACTIONS)) for (const word of words ?? []) table[wordId(word)] = Number(action)
  return table
}

const ACTION_OF: Readonly<Uint8Array> = actionTable()
// Constants of this module: see tokenizer.ts.
const { keep: KEEP, mask: MASK, drop: DROP } = MARK
const { none: IN_NONE, arguments: IN_ARGUMENTS, from: IN_FROM, order: IN_ORDER, counts: IN_COUNTS, list: IN_LIST } = MODE
const { word: WORD, quoted: QUOTED, string: STRING, number: NUMBER, operator: OPERATOR } = TOKEN
const NOTHING = ACT.none
const id = (word: Word): number => wordId(word)
const OPEN = id('(')
const CLOSE = id(')')
const OPEN_SQUARE = id('[')
const CLOSE_SQUARE = id(']')
const COMMA = id(',')
const SEMICOLON = id(';')
const MINUS = id('-')
const PLUS = id('+')
const STAR = id('*')
const QUESTION = id('?')
const ROW = id('ROW')
const AS = id('AS')
const DISTINCT = id('DISTINCT')
const COLON = id(':')
/** Behind these a literal is a field, a part of a name or a path. */
const ARROWS: ReadonlySet<number> = new Set([id('.'), id('..'), id('->'), id('->>'), id('#>'), id('#>>'), COLON])
const LIKES: ReadonlySet<number> = new Set([id('LIKE'), id('ILIKE'), id('GLOB')])

interface Marking {
  readonly tokens: Tokens
  readonly dialect: Dialect
  readonly levels: Levels
  /** All literals of the statement count, until its SELECT where it is a definition. */
  statement: 0 | 1 | 2
  /** Index of the token before, dropped ones too; -1 at first. */
  previous: number
  /** Index of the last EXECUTE that may run a text put together before it. */
  executed: number
}

/** Fills `tokens.marks`. One pass, linear but for rows of nested lists, which are compared at most eight levels deep. */
export function markTokens(tokens: Tokens, dialect: Dialect): void {
  const marking: Marking = { tokens, dialect, levels: tokens.levels, statement: 0, previous: -1, executed: 0 }
  const { count, kinds, words, marks, levels } = tokens
  resetLevels(levels)
  marks.fill(KEEP, 0, count)
  for (let i = 0; i < count; i++) {
    const word = words[i] as number
    const kind = kinds[i] as number
    // most tokens are names and change nothing
    if (word !== 0 ? ACTION_OF[word] !== NOTHING : kind === STRING || kind === NUMBER) {
      marking.previous = i - 1
      if (word === 0) markLiteral(marking, i)
      else if (kind === WORD) markWord(marking, i)
      else markOperator(marking, i)
    }
    if (levels.rows) endRows(marking, i)
  }
  for (let i = count - 1; i >= 0 && words[i] === SEMICOLON; i--) marks[i] = DROP
  if (marking.executed > 0) keepStrings(tokens, marking.executed)
}

/** What a variable holds is SQL where it is executed: SET @q = N'…'; EXEC (@q). */
function keepStrings(tokens: Tokens, end: number): void {
  for (let i = 0; i < end; i++) if (tokens.kinds[i] === STRING && tokens.marks[i] === MASK) tokens.marks[i] = KEEP
}

function markOperator(marking: Marking, i: number): void {
  const { tokens, levels } = marking
  const word = tokens.words[i] as number
  if (word === OPEN) openBracket(marking, i)
  else if (word === OPEN_SQUARE) enterLevel(levels, IN_COUNTS)
  else if (word === CLOSE || word === CLOSE_SQUARE) leaveLevel(tokens, levels, i)
  else if (word === COMMA) {
    if (levels.modes[levels.depth] === IN_LIST) endElement(tokens, levels, i)
  } else if (word === QUESTION) tokens.marks[i] = MASK
  else if (word === SEMICOLON && levels.depth === 0) {
    marking.statement = 0
    levels.modes[0] = IN_NONE
  }
}

/** What a bracket holds is said by what stands before it. */
function openBracket(marking: Marking, i: number): void {
  const { tokens, levels, previous } = marking
  const outer = levels.modes[levels.depth] as number
  const before = previous < 0 ? 0 : (tokens.words[previous] as number)
  const called = previous >= 0 && (tokens.kinds[previous] === WORD || tokens.kinds[previous] === QUOTED)
  const reserved = called && marking.dialect.reservedIds[before] === 1
  const action = called ? (ACTION_OF[before] as number) : ACT.none
  if (outer === IN_COUNTS || action === ACT.pivot || (outer === IN_FROM && called && !reserved && action === ACT.none))
    enterLevel(levels, IN_COUNTS)
  else if (action === ACT.list && ACTION_OF[tokens.words[i + 1] as number] !== ACT.select) {
    enterLevel(levels, IN_LIST)
    startList(levels, i + 1)
  } else enterLevel(levels, called && !reserved && action === ACT.none ? IN_ARGUMENTS : outer === IN_FROM ? IN_FROM : IN_NONE)
}

function markWord(marking: Marking, i: number): void {
  const { tokens, levels } = marking
  const action = ACTION_OF[tokens.words[i] as number] as number
  if (action === ACT.none) return
  const depth = levels.depth
  const mode = levels.modes[depth] as number
  if (action === ACT.constant) {
    if (inList(levels)) markLiteral(marking, i)
    return
  }
  if (mode === IN_COUNTS || mode === IN_LIST) return
  if (mode === IN_ARGUMENTS && action !== ACT.select && action !== ACT.order) return
  enterClause(marking, i, action)
}

function enterClause(marking: Marking, i: number, action: number): void {
  const { tokens, levels } = marking
  const depth = levels.depth
  switch (action) {
    case ACT.select:
      levels.modes[depth] = IN_NONE
      if (marking.statement === 2) marking.statement = 0
      return
    case ACT.from:
      if (tokens.words[marking.previous] !== DISTINCT) levels.modes[depth] = IN_FROM
      return
    case ACT.where:
      levels.modes[depth] = IN_NONE
      return
    case ACT.order:
      levels.modes[depth] = IN_ORDER
      return
    case ACT.values:
      levels.modes[depth] = IN_NONE
      if (tokens.words[i + 1] === OPEN || tokens.words[i + 1] === ROW) startRows(levels, i + 1)
      return
    case ACT.code:
      if (startsStatement(marking, i)) marking.statement = 1
      return
    case ACT.definition:
      if (startsStatement(marking, i)) marking.statement = 2
      return
    case ACT.execute:
      if (executesText(marking, i)) marking.statement = 1
      if (marking.statement === 1 || executesVariable(marking, i)) marking.executed = i
      return
    default:
  }
}

/** The word is the first of its text, line or statement, or follows a word such as BEGIN or THEN. */
function startsStatement(marking: Marking, i: number): boolean {
  const { tokens, previous } = marking
  if (previous < 0 || tokens.words[previous] === SEMICOLON || tokens.lineStarts[i] === 1) return true
  const before = WORDS[tokens.words[previous] as number]
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
  const { tokens } = marking
  const next = WORDS[tokens.words[i + 1] as number]
  if (next === '(' || next === 'IMMEDIATE' || tokens.kinds[i + 1] === STRING) return true
  const name = tokens.sql.slice(tokens.starts[i + 1], tokens.ends[i + 1])
  const last = tokens.sql.slice(tokens.starts[i + 3], tokens.ends[i + 3])
  return /^sp_/i.test(name) || /^sp_/i.test(last)
}

/** EXECUTE v (plpgsql): a name and nothing more, or what USING and INTO add. */
function executesVariable(marking: Marking, i: number): boolean {
  const after = WORDS[marking.tokens.words[i + 2] as number]
  return i + 2 >= marking.tokens.count || after === ';' || after === 'USING' || after === 'INTO'
}

function inList(levels: Levels): boolean {
  return levels.lists > 0
}

/** Masks a literal that does not count, and with it its sign and strings side by side. */
function markLiteral(marking: Marking, i: number): void {
  const { tokens, levels, previous } = marking
  if (literalCounts(marking, i)) return
  tokens.marks[i] = MASK
  if (previous < 0) return
  if (tokens.marks[previous] === MASK && tokens.kinds[i] === STRING) tokens.marks[i] = DROP
  const sign = tokens.words[previous]
  if ((sign === MINUS || sign === PLUS) && tokens.kinds[i] === NUMBER && isSign(marking)) tokens.marks[previous] = DROP
  if (levels.modes[levels.depth] === IN_LIST) return
}

/** Whether the plus or minus just before is a sign: something stands before it that has no value. */
function isSign(marking: Marking): boolean {
  const { tokens, dialect, previous } = marking
  if (previous === 0) return true
  const before = tokens.words[previous - 1] as number
  if (tokens.kinds[previous - 1] === OPERATOR) return before !== CLOSE && before !== CLOSE_SQUARE && before !== STAR
  return tokens.kinds[previous - 1] === WORD && dialect.reservedIds[before] === 1
}

/**
 * A literal counts: in COPY, UNLOAD, EXECUTE IMMEDIATE, definitions and the like; as a table, path or argument of a table function in FROM;
 * as a position in ORDER BY and GROUP BY; as an alias; as a key in brackets or behind an arrow; in PIVOT; as the pattern of a star.
 */
function literalCounts(marking: Marking, i: number): boolean {
  const { tokens, levels, previous } = marking
  if (marking.statement !== 0) return true
  const mode = levels.modes[levels.depth]
  if (mode === IN_COUNTS) return true
  const text = tokens.kinds[i] === STRING
  if (mode === IN_FROM && text) return true
  if (mode === IN_ORDER && !text) return true
  if (text && tokens.sql.charCodeAt(tokens.starts[i] as number) === 36) return true
  if (previous < 0) return false
  const before = tokens.words[previous] as number
  if (ARROWS.has(before)) return true
  return text && (before === AS || (LIKES.has(before) && tokens.words[previous - 1] === STAR) || isBareAlias(marking))
}

/** `expr 'alias'`: a string right behind a name where strings may be aliases. */
function isBareAlias(marking: Marking): boolean {
  const { tokens, dialect, previous } = marking
  if (!dialect.grammar.stringAliases) return false
  const kind = tokens.kinds[previous]
  return kind === QUOTED || tokens.words[previous] === CLOSE || (kind === WORD && tokens.words[previous] === 0)
}

/** Rows of VALUES begin: they are elements of a list at the level they stand in. */
function startRows(levels: Levels, first: number): void {
  if (levels.rows) return
  levels.rows = true
  levels.rowDepth = levels.depth
  startList(levels, first)
}

/** Ends a row at its comma, and the list where something else stands at its level. */
function endRows(marking: Marking, i: number): void {
  const { tokens, levels } = marking
  const word = tokens.words[i] as number
  if (levels.depth < levels.rowDepth) {
    levels.rows = false
    return
  }
  if (levels.depth !== levels.rowDepth || word === ROW || ACTION_OF[word] === ACT.values) return
  if (word === COMMA) endElement(tokens, levels, i)
  else if (word === CLOSE) {
    if (tokens.words[i + 1] !== COMMA) {
      endElement(tokens, levels, i + 1)
      levels.rows = false
    }
  } else levels.rows = false
}
