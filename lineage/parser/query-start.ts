import { TOKEN } from '../tokens/tokens.ts'
import { type Cursor, kindAt, MAX_DEPTH, wordAt } from './cursor.ts'

/** Whether the token at `offset` begins a query. A bracket does if what it holds does and is followed by what can follow a query. */
export function startsQuery(cursor: Cursor, offset: number): boolean {
  const first = wordAt(cursor, offset)
  switch (first) {
    case 'SELECT':
    case 'SEL':
      return first === 'SELECT' || cursor.dialect.grammar.shortStatements
    case 'WITH':
      return true
    case 'VALUES':
      return (
        wordAt(cursor, offset + 1) === '(' ||
        wordAt(cursor, offset + 1) === 'ROW' ||
        kindAt(cursor, offset + 1) === TOKEN.number ||
        kindAt(cursor, offset + 1) === TOKEN.string
      )
    case 'TABLE':
      return kindAt(cursor, offset + 1) === TOKEN.word || kindAt(cursor, offset + 1) === TOKEN.quoted
    case 'FROM':
      return cursor.dialect.grammar.fromFirst && kindAt(cursor, offset + 1) !== TOKEN.operator
    case 'LOCKING':
      return cursor.dialect.grammar.shortStatements
    case 'PIVOT':
    case 'UNPIVOT':
      return cursor.dialect.grammar.fromFirst && startsPivoted(cursor, offset + 1)
    case '(':
      return bracketHoldsQuery(cursor, offset)
    default:
      return false
  }
}

/** What DuckDB's statements pivot: a table, a file, or a query in brackets. */
function startsPivoted(cursor: Cursor, offset: number): boolean {
  const found = kindAt(cursor, offset)
  if (wordAt(cursor, offset) === '(') return startsQuery(cursor, offset + 1)
  return found === TOKEN.word || found === TOKEN.quoted || found === TOKEN.string
}

function bracketHoldsQuery(cursor: Cursor, offset: number): boolean {
  let inner = offset
  // nothing deeper is read, and to look through all brackets at each of so many levels would take as many times longer
  while (inner - offset <= MAX_DEPTH && wordAt(cursor, inner) === '(') inner++
  if (inner - offset > MAX_DEPTH || !startsQuery(cursor, inner)) return false
  for (let open = offset; open < inner; open++) {
    const close = cursor.tokens.closers[cursor.at + open] as number
    if (!followsQuery(cursor, close + 1 - cursor.at)) return false
  }
  return true
}

/** Whether the token at `offset` can stand behind a query in brackets that is itself (part of) a query. */
function followsQuery(cursor: Cursor, offset: number): boolean {
  switch (wordAt(cursor, offset)) {
    case '':
      return kindAt(cursor, offset) === TOKEN.end
    case ')':
    case ';':
    case 'UNION':
    case 'EXCEPT':
    case 'INTERSECT':
    case 'MINUS':
    case 'ORDER':
    case 'LIMIT':
    case 'OFFSET':
    case 'FETCH':
    case '|>':
    case 'FOR':
      return true
    default:
      return false
  }
}
