import { TOKEN } from '../../tokens/tokens.ts'
import type { Word } from '../../tokens/words.ts'
import type { Statement } from '../../tree.ts'
import { atEnd, type Cursor, here, kind, lastEnd, peek, textAt, tooDeep, word, wordAt } from '../cursor.ts'
import { alterRule } from './alter.ts'
import { atFlow, eatTemplates, STATEMENT_DEPTH, type StatementRule, simple } from './boundary.ts'
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
import { databaseRule, setRule, useRule } from './session.ts'
import { other, otherRead, unparsed } from './unparsed.ts'
import { updateStatement } from './update.ts'
import { bracketRule, explainRule, fromRule, lockingRule, queryRule, replacesRows, summarizeRule, usingRule, withRule } from './wrapped.ts'

const insertRule: StatementRule = simple((cursor, from) => insertStatement(cursor, from, NO_CTES))
/** UPDATE STATISTICS t (SQL Server) is upkeep. */
const updateRule: StatementRule = simple((cursor, from) => {
  const upkeep = wordAt(cursor, 1) === 'STATISTICS' && wordAt(cursor, 2) !== 'SET' && cursor.dialect.grammar.bareStatements
  return upkeep ? other(cursor, from, 'STATISTICS') : updateStatement(cursor, from, NO_CTES)
})
const deleteRule: StatementRule = simple((cursor, from) => deleteStatement(cursor, from, NO_CTES))
const mergeRule: StatementRule = simple((cursor, from) => mergeStatement(cursor, from, NO_CTES))
const applyRule: StatementRule = simple(applyChanges)
const replaceRule: StatementRule = (cursor, from) => (replacesRows(cursor) ? insertRule : createStatement)(cursor, from)

/** What reads a statement, by its first word. A word that means something else in some dialect is looked at again in `ruleFor`. */
// biome-ignore format: a table
const RULES: ReadonlyMap<Word, StatementRule> = new Map<Word, StatementRule>([
  ['SELECT', queryRule],
  ['SEL', queryRule],
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
  ['DEFINE', createStatement],
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
  ['END', script.fragment],
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
  const first = word(cursor)
  const rule = RULES.get(first)
  if (rule === undefined) return textAt(cursor, 0).toUpperCase() === 'FORALL' ? script.forStatement : noiseOrUnknown
  // a variable or procedure called like a statement's word: `copy := 1`
  if (wordAt(cursor, 1) === ':=' || (wordAt(cursor, 1) === '.' && !peek(cursor, '('))) return noiseOrUnknown
  return rule
}

/** Noise is known by its first word; what is left assigns, calls, or is not understood. */
const noiseOrUnknown: StatementRule = simple((cursor, from) => {
  const text = kind(cursor) === TOKEN.word ? textAt(cursor, 0).toUpperCase() : ''
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
