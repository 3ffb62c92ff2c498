import type { Rules } from './cursor.ts'
import { parseExpression } from './expression.ts'
import { parseArm, parseCtes, parseQuery } from './query.ts'
import { parseRelations, parseSource } from './relation.ts'
import { parseSelectItems } from './select.ts'

/** The rules of queries; who reads statements adds `statement`. */
export const queryRules: Omit<Rules, 'statement'> = {
  query: parseQuery,
  queryBody: parseArm,
  ctes: parseCtes,
  expression: parseExpression,
  relations: parseRelations,
  source: parseSource,
  selectItems: parseSelectItems,
}
