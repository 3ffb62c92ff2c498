/** Ways to break a SQL text; each gives a text that some log could hold. */
export type Mutation = (sql: string, next: () => number, others: readonly string[]) => string

const ODD = [
  '\u0000',
  '\ud800',
  '\udc00',
  "'",
  '"',
  '`',
  '[',
  ']',
  '(',
  ')',
  '{{',
  '}}',
  '$$',
  '--',
  '/*',
  '*/',
  ';',
  '.',
  '..',
  '@',
  '#',
  ':',
  '\\',
  '\u2028',
  '\ufeff',
  'ß',
  '𝒳',
]
const WORDS = [
  'SELECT',
  'FROM',
  'WHERE',
  'WITH',
  'AS',
  'UNION',
  'INSERT INTO',
  'VALUES',
  'CASE',
  'END',
  'BEGIN',
  'JOIN',
  'ON',
  'PIVOT',
  'OVER',
  'LATERAL',
  'MERGE',
  'CREATE',
  'TABLE',
  'IF',
  'GO',
  'EXCEPT',
]

const pick = <T>(list: readonly T[], next: () => number): T => list[Math.floor(next() * list.length)] as T
const place = (sql: string, next: () => number): number => Math.floor(next() * (sql.length + 1))

export const MUTATIONS: readonly Mutation[] = [
  (sql, next) => sql.slice(0, place(sql, next)),
  (sql, next) => sql.slice(place(sql, next)),
  (sql, next, others) => sql.slice(0, place(sql, next)) + pick(others, next).slice(place(sql, next)),
  (sql, next) => insert(sql, place(sql, next), pick(ODD, next)),
  (sql, next) => insert(sql, place(sql, next), ` ${pick(WORDS, next)} `),
  (sql, next) => {
    const at = place(sql, next)
    return sql.slice(0, at) + String.fromCharCode(Math.floor(next() * 0x300)) + sql.slice(at + 1)
  },
  (sql, next) => {
    const [a, b] = [place(sql, next), place(sql, next)].sort((x, y) => x - y)
    return sql.slice(0, a) + sql.slice(b)
  },
  (sql, next) => {
    const [a, b] = [place(sql, next), place(sql, next)].sort((x, y) => x - y)
    return sql.slice(0, b) + sql.slice(a, b) + sql.slice(b)
  },
  (sql, next) => {
    const tokens = sql.split(/\b/)
    const [a, b] = [Math.floor(next() * tokens.length), Math.floor(next() * tokens.length)]
    ;[tokens[a], tokens[b]] = [tokens[b] ?? '', tokens[a] ?? '']
    return tokens.join('')
  },
]

function insert(sql: string, at: number, text: string): string {
  return sql.slice(0, at) + text + sql.slice(at)
}

/** Texts of one extreme each, of about `size` parts. */
export function extremes(size: number): Readonly<Record<string, string>> {
  const many = (part: (i: number) => string, by = ''): string => Array.from({ length: size }, (_, i) => part(i)).join(by)
  return {
    'nested parentheses': `SELECT ${'('.repeat(size)}a${')'.repeat(size)} FROM t`,
    'parentheses never closed': `SELECT ${'('.repeat(size)}a FROM t`,
    'nested subqueries': `${'SELECT * FROM ('.repeat(size)}SELECT a FROM t${') x'.repeat(size)}`,
    'nested EXISTS': `SELECT a FROM t WHERE ${'EXISTS (SELECT 1 FROM t WHERE '.repeat(size)}1=1${')'.repeat(size)}`,
    'nested CASE': `SELECT ${'CASE WHEN a THEN '.repeat(size)}1${' END'.repeat(size)} FROM t`,
    'nested functions': `SELECT ${'f('.repeat(size)}a${')'.repeat(size)} FROM t`,
    'nested CTEs': `${'WITH c AS ('.repeat(size)}SELECT a FROM t${') SELECT * FROM c'.repeat(size)}`,
    'nested brackets': `SELECT ${'['.repeat(size)}1${']'.repeat(size)}`,
    'nested BEGIN': `${'BEGIN '.repeat(size)}SELECT 1;${' END;'.repeat(size)}`,
    'operator chain': `SELECT ${many((i) => `a${i % 9}`, ' + ')} AS x FROM t`,
    'AND chain': `SELECT a FROM t WHERE ${many((i) => `a = ${i}`, ' AND ')}`,
    'NOT chain': `SELECT ${'NOT '.repeat(size)}a FROM t`,
    'minus chain': `SELECT ${'- '.repeat(size)}a FROM t`,
    'IN list': `SELECT a FROM t WHERE a IN (${many((i) => String(i), ',')})`,
    'VALUES rows': `INSERT INTO t (a, b) VALUES ${many((i) => `(${i}, 'x')`, ',')}`,
    'union arms': many((i) => `SELECT a${i % 7} FROM t${i % 5}`, ' UNION ALL '),
    statements: many((i) => `INSERT INTO t SELECT a FROM s${i % 9}`, ';'),
    columns: `SELECT ${many((i) => `c${i}`, ',')} FROM t`,
    joins: `SELECT * FROM t ${many((i) => `JOIN t${i} ON t${i}.k = t.k`, ' ')}`,
    'cast chain': `SELECT a${'::int'.repeat(size)} FROM t`,
    dots: `SELECT a${'.b'.repeat(size)} FROM t`,
    CTEs: `WITH ${many((i) => `c${i} AS (SELECT a FROM ${i === 0 ? 't' : `c${i - 1}`})`, ',')} SELECT a FROM c${size - 1}`,
    'long literal': `SELECT '${'x'.repeat(size * 10)}' FROM t`,
    'open literal': `SELECT '${'x'.repeat(size * 10)} FROM t`,
    'open comment': `SELECT 1 /* ${'x'.repeat(size * 10)}`,
    quotes: `SELECT ${'"'.repeat(size)} FROM t`,
    semicolons: ';'.repeat(size),
    backslashes: `SELECT '${'\\'.repeat(size)}' FROM t`,
    NULs: '\u0000'.repeat(size),
    'lone surrogates': `SELECT ${'\ud800'.repeat(size)} FROM t`,
  }
}
