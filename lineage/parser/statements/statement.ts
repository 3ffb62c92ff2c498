import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { Statement } from '../../tree.ts'
import { atEnd, type Cursor, here, kind, lastEnd, peek, textAt, tooDeep, word, wordAt } from '../cursor.ts'
import { parseTableName } from '../names.ts'
import { alterRule } from './alter.ts'
import { atFlow, eatTemplates, isName, STATEMENT_DEPTH, type StatementRule, simple, skipRest } from './boundary.ts'
import { assignmentOrCall, callRule, doRule, executeRule, prepareRule } from './call.ts'
import { bulkRule, copyRule, exportRule, importRule, loadRule, putRule, unloadRule } from './copy.ts'
import { cacheTable, createStatement } from './create.ts'
import { declareStatement, letStatement } from './declarations.ts'
import { deleteStatement } from './delete.ts'
import { dropRule, renameRule, truncateRule } from './drop.ts'
import { insertStatement } from './insert.ts'
import { applyChanges, mergeStatement } from './merge.ts'
import { NOISE } from './noise.ts'
import { NO_CTES } from './parts.ts'
import * as script from './script.ts'
import { databaseRule, resetRule, setRule, useRule } from './session.ts'
import { atSqlPlus, sqlPlusLine } from './sqlplus.ts'
import { other, otherRead, unparsed } from './unparsed.ts'
import { updateStatement } from './update.ts'
import {
  asyncRule,
  bracketRule,
  explainRule,
  fromRule,
  isTemporal,
  lockingRule,
  queryRule,
  replacesRows,
  summarizeRule,
  temporalRule,
  usingRule,
  withRule,
} from './wrapped.ts'

const insertRule: StatementRule = simple((cursor, from) => insertStatement(cursor, from, NO_CTES))
/** UPDATE STATISTICS t (SQL Server) is upkeep. */
const updateRule: StatementRule = simple((cursor, from) => {
  const upkeep = wordAt(cursor, 1) === 'STATISTICS' && wordAt(cursor, 2) !== 'SET' && cursor.dialect.grammar.bareStatements
  return upkeep ? other(cursor, from, 'STATISTICS') : updateStatement(cursor, from, NO_CTES)
})
const mergeRule: StatementRule = simple((cursor, from) => mergeStatement(cursor, from, NO_CTES))
const applyRule: StatementRule = simple(applyChanges)
const replaceRule: StatementRule = (cursor, from) => (replacesRows(cursor) ? insertRule : createStatement)(cursor, from)

/** END CONVERSATION (SQL Server) is a statement, END alone is what is left of a block. */
const endRule: StatementRule = (cursor, from) =>
  textAt(cursor, 1).toUpperCase() === 'CONVERSATION'
    ? simple(() => other(cursor, from, 'END'))(cursor, from)
    : script.fragment(cursor, from)
/** DELETE DATABASE d ALL, DELETE USER u (Teradata) drop what is in them. */
const deleteRule: StatementRule = simple((cursor, from) => {
  const owner = wordAt(cursor, 1) === 'DATABASE' || wordAt(cursor, 1) === 'USER'
  if (owner && isName(cursor, 2) && cursor.dialect.grammar.shortStatements) return other(cursor, from, `DELETE ${wordAt(cursor, 1)}`)
  return deleteStatement(cursor, from, NO_CTES)
})
/** GRAPH g MATCH … RETURN … (BigQuery): what is read of the graph is not told apart. */
const graphRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  const name = parseTableName(cursor)
  const to = skipRest(cursor)
  if (name === null) return other(cursor, from, 'GRAPH')
  const body = { kind: 'table', name, from: name.from, to: name.to } as const
  return { kind: 'query', keyword: 'SELECT', from, to, query: { kind: 'query', ctes: [], recursive: false, body, order: [], from, to } }
})
/** ASSERT (query) AS 'message' (BigQuery). */
const assertRule: StatementRule = simple((cursor, from) => {
  cursor.at++
  const value = peek(cursor, '(') ? cursor.rules.expression(cursor) : null
  return { kind: 'set', keyword: 'ASSERT', from, to: skipRest(cursor), names: [], value }
})

/** What reads a statement, by its first word. A word that means something else in some dialect is looked at again in `ruleFor`. */
// biome-ignore format: a table
const RULES: ReadonlyMap<Word, StatementRule> = new Map<Word, StatementRule>([
  ['SELECT', queryRule],
  ['SEL', queryRule],
  ['PERFORM', queryRule],
  ['VALUES', queryRule],
  ['PIVOT', queryRule],
  ['UNPIVOT', queryRule],
  ['TABLE', queryRule],
  ['WITH', withRule],
  ['FROM', fromRule],
  ['(', bracketRule],
  ['INSERT', insertRule],
  ['INS', insertRule],
  ['UPSERT', insertRule],
  ['REPLACE', replaceRule],
  ['UPDATE', updateRule],
  ['UPD', updateRule],
  ['DELETE', deleteRule],
  ['DEL', deleteRule],
  ['MERGE', mergeRule],
  ['MRG', mergeRule],
  ['APPLY', applyRule],
  ['AUTO', applyRule],
  ['CREATE', createStatement],
  // of Teradata's FastLoad the fields of a file
  ['DEFINE', (cursor, from) => (cursor.dialect.grammar.shortStatements ? noiseOrUnknown : createStatement)(cursor, from)],
  ['CACHE', cacheTable],
  ['ALTER', alterRule],
  ['DROP', dropRule],
  ['TRUNCATE', truncateRule],
  ['RENAME', renameRule],
  ['EXCHANGE', renameRule],
  ['COPY', copyRule],
  ['UNLOAD', unloadRule],
  ['LOAD', loadRule],
  ['EXPORT', exportRule],
  ['IMPORT', importRule],
  ['BULK', bulkRule],
  ['PUT', putRule],
  ['GET', putRule],
  ['USE', useRule],
  ['DATABASE', databaseRule],
  ['SET', setRule],
  ['RESET', resetRule],
  ['SS', setRule],
  ['LET', letStatement],
  ['DECLARE', declareStatement],
  ['CALL', callRule],
  ['EXEC', executeRule],
  ['EXECUTE', executeRule],
  ['PREPARE', prepareRule],
  ['DO', doRule],
  ['EXPLAIN', explainRule],
  ['DESCRIBE', explainRule],
  ['DESC', explainRule],
  ['SUMMARIZE', summarizeRule],
  ['LOCKING', lockingRule],
  ['LOCK', lockingRule],
  ['USING', usingRule],
  ['BEGIN', script.beginStatement],
  ['ASSERT', assertRule],
  ['IF', script.ifStatement],
  ['WHILE', script.whileStatement],
  ['LOOP', script.loopStatement],
  ['REPEAT', script.repeatStatement],
  ['CASE', script.caseStatement],
  ['FOR', script.forStatement],
  ['FOREACH', script.forStatement],
  ['RETURN', script.returnStatement],
  ['OPEN', script.openStatement],
  ['FETCH', script.fetchStatement],
  ['END', endRule],
  ['ELSE', script.fragment],
  ['ELSEIF', script.fragment],
  ['ELSIF', script.fragment],
  ['WHEN', script.fragment],
  ['EXCEPTION', script.fragment],
  ['UNTIL', script.fragment],
])

/** Reads one statement and eats at least one token. The `;` behind it is left. */
export function parseStatement(cursor: Cursor): Statement {
  const from = here(cursor)
  if (tooDeep(cursor)) return simple(() => unparsed(cursor, from, 'OTHER', 'statements nested too deep'))(cursor, from)
  eatTemplates(cursor)
  script.eatLabel(cursor)
  if (atEnd(cursor)) return otherRead(cursor, from, '')
  const before = cursor.at
  cursor.depth += STATEMENT_DEPTH
  const statement = ruleFor(cursor)(cursor, from)
  if (cursor.at === before) cursor.at++
  const flow = atFlow(cursor) ? flowStatement(cursor, statement) : statement
  cursor.depth -= STATEMENT_DEPTH
  return flow
}

/** `a ->> b ->> c` (Snowflake) is one statement of several. */
function flowStatement(cursor: Cursor, first: Statement): Statement {
  const body = [first]
  while (atFlow(cursor)) {
    cursor.at++
    const from = here(cursor)
    if (!atEnd(cursor)) body.push(ruleFor(cursor)(cursor, from))
  }
  return { kind: 'execute', keyword: first.keyword, from: first.from, to: lastEnd(cursor), body, text: null }
}

function ruleFor(cursor: Cursor): StatementRule {
  if (atSqlPlus(cursor)) return sqlPlusLine
  const first = word(cursor)
  const rule = RULES.get(first)
  if (rule === undefined) return textAt(cursor, 0).toUpperCase() === 'FORALL' ? script.forStatement : noiseOrUnknown
  // a variable or procedure called like a statement's word: `copy := 1`
  if (wordAt(cursor, 1) === ':=' || (wordAt(cursor, 1) === '.' && !peek(cursor, '('))) return noiseOrUnknown
  return rule
}

/** Statements whose first word is none of the tokenizer's. */
const NAMED_STARTS: ReadonlyMap<string, StatementRule> = new Map<string, StatementRule>([
  ['GRAPH', graphRule],
  ['ASYNC', asyncRule],
  // Teradata's ALTER DATABASE, USER and PROFILE
  ['MODIFY', simple((cursor, from) => other(cursor, from, `ALTER ${textAt(cursor, 1).toUpperCase()}`))],
])

/** Noise is known by its first word; what is left assigns, calls, or is not understood. */
const noiseOrUnknown: StatementRule = simple((cursor, from) => {
  const text = kind(cursor) === TOKEN.word ? textAt(cursor, 0).toUpperCase() : ''
  const named = NAMED_STARTS.get(text)
  if (named !== undefined && wordAt(cursor, 1) !== ':=' && wordAt(cursor, 1) !== '.') return named(cursor, from)
  if (cursor.dialect.grammar.shortStatements && isTemporal(text)) return temporalRule(cursor, from)
  const made = wordAt(cursor, 1) === ':=' || wordAt(cursor, 1) === '.' || !NOISE.has(text) ? assignmentOrCall(cursor, from) : null
  if (made !== null) return made
  const keyword = NOISE.get(text)
  if (keyword !== undefined) {
    cursor.at++
    return other(cursor, from, keyword)
  }
  if (text.startsWith('SP_') || text.startsWith('XP_')) return other(cursor, from, 'EXEC')
  return unparsed(cursor, from, text === '' ? 'OTHER' : text, `no statement starts with "${textAt(cursor, 0).slice(0, 40)}"`)
})
