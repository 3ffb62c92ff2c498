import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ansi } from '../../lineage/dialects/ansi.ts'
import type { Dialect } from '../../lineage/dialects/dialect.ts'
import { DIALECTS, findDialect } from '../../lineage/dialects/index.ts'
import { tokenize } from '../../lineage/tokens/tokenizer.ts'
import { TOKEN } from '../../lineage/tokens/tokens.ts'

const KIND_NAMES = Object.fromEntries(Object.entries(TOKEN).map(([name, kind]) => [kind, name]))

function tokensOf(dialect: string, sql: string): string[] {
  const tokens = tokenize(sql, findDialect(dialect) ?? ansi)
  return Array.from({ length: tokens.count }, (_, i) => `${KIND_NAMES[tokens.kinds[i]!]} ${sql.slice(tokens.starts[i], tokens.ends[i])}`)
}

describe('each dialect cuts its own literals, names and comments', () => {
  test.each([
    ['ansi', "select 'it''s' -- c", ['word select', "string 'it''s'"]],
    [
      'ansi',
      'a.1.b 1.5e-3 .5 1..2',
      ['word a', 'operator .', 'number 1', 'operator .', 'word b', 'number 1.5e-3', 'number .5', 'number 1', 'operator ..', 'number 2'],
    ],
    ['bigquery', `r'a\\'b' '''a'b''' "x" \`p.d.t\` # c`, ["string r'a\\'b'", "string '''a'b'''", 'string "x"', 'quoted `p.d.t`']],
    ['mysql', '# c\n"a\\"b" /*!40101 x */ --y', ['string "a\\"b"', 'word x', 'operator -', 'operator -', 'word y']],
    [
      'snowflake',
      '@~/a/b.csv $1:a."b" $$ x $$ // c',
      ['stage @~/a/b.csv', 'parameter $1', 'operator :', 'word a', 'operator .', 'quoted "b"', 'string $$ x $$'],
    ],
    [
      'sqlserver',
      "[a]]b] #t ##g @v N'x' a<@v",
      ['quoted [a]]b]', 'word #t', 'word ##g', 'parameter @v', "string N'x'", 'word a', 'operator <', 'parameter @v'],
    ],
    [
      'postgres',
      "$tag$ a $$ b $tag$ E'a\\'b' /* a /* b */ c */ x->>'k'",
      ['string $tag$ a $$ b $tag$', "string E'a\\'b'", 'word x', 'operator ->>', "string 'k'"],
    ],
    ['oracle', "q'[it's]' t#x$y", ["string q'[it's]'", 'word t#x$y']],
    // beyond ASCII letters go on in a word, and blanks end it
    ['ansi', 'été.größe\u00a0naïve\u3000ß', ['word été', 'operator .', 'word größe', 'word naïve', 'word ß']],
    // a blank, a quote or a bracket may be missing around what begins and ends by itself
    [
      'ansi',
      "a'b'(1)c.\"d\"='' 'x''y' 12ab 1.",
      [
        'word a',
        "string 'b'",
        'operator (',
        'number 1',
        'operator )',
        'word c',
        'operator .',
        'quoted "d"',
        'operator =',
        "string ''",
        "string 'x''y'",
        'word 12ab',
        'number 1.',
      ],
    ],
    [
      'hive',
      'db.2020_sales ${hiveconf:x}_t 10L',
      ['word db', 'operator .', 'word 2020_sales', 'parameter ${hiveconf:x}', 'word _t', 'number 10L'],
    ],
    [
      'databricks',
      "{{ ref('x') }} {% if a %} :p a:b %s t@v3",
      ["template {{ ref('x') }}", 'parameter :p', 'word a', 'operator :', 'word b', 'parameter %s', 'word t', 'operator @', 'word v3'],
    ],
  ])('%s: %s', (dialect, sql, expected) => {
    expect(tokensOf(dialect, sql)).toEqual(expected)
  })

  test('what is not closed goes to the end and is said with its place', () => {
    const tokens = tokenize("select 'oops from t", ansi)
    expect(tokens.problems).toEqual([{ code: 'SQL_UNTERMINATED_STRING', message: expect.any(String), from: 7, to: 19 }])
    expect(tokenize('a /* b', ansi).problems.map((found) => found.code)).toEqual(['SQL_UNTERMINATED_COMMENT'])
    expect(tokenize('a "b', ansi).problems.map((found) => found.code)).toEqual(['SQL_UNTERMINATED_NAME'])
  })

  test('brackets know their partners, also around unbalanced ones', () => {
    const tokens = tokenize('( [ ) ( a', ansi)
    expect(Array.from(tokens.closers.slice(0, 5))).toEqual([2, 2, 0, 5, 0])
  })
})

/** Texts made of what tokenizers stumble over. */
const pieces = fc.constantFrom(
  "'",
  '"',
  '`',
  '[',
  ']',
  '$$',
  '$a$',
  '--',
  '/*',
  '*/',
  '#',
  '\\',
  '\n',
  ' ',
  '(',
  ')',
  '{{',
  '}}',
  '{%',
  ';',
  ':',
  '::',
  '?',
  '@',
  '@@',
  '%s',
  '1',
  '.5',
  'e1',
  '1e',
  'select',
  'ä',
  '\0',
  '\ud800',
  "N'",
  "q'[",
  'r"',
  '\u00a0',
  '..',
  '->>',
)
const texts = fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 40 }).map((parts) => parts.join(''))

/** Every token lies behind the one before, and what is between them is no word, string or number. */
function holds(sql: string, dialect: Dialect): void {
  const tokens = tokenize(sql, dialect)
  let end = 0
  for (let i = 0; i < tokens.count; i++) {
    expect(tokens.starts[i]).toBeGreaterThanOrEqual(end)
    expect(tokens.ends[i]).toBeGreaterThan(tokens.starts[i]!)
    end = tokens.ends[i]!
  }
  expect(end).toBeLessThanOrEqual(sql.length)
  expect(tokens.kinds[tokens.count]).toBe(TOKEN.end)
}

describe('whatever the text', () => {
  test.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))(
    '%s: tokens are in order, within the text, and nothing throws',
    (_, dialect) => {
      fc.assert(
        fc.property(texts, (sql) => holds(sql, dialect)),
        { numRuns: 200 },
      )
    },
  )

  test('the words of a text without literals and comments are all found', () => {
    const word = fc.stringMatching(/^[a-z_][a-z0-9_]{2,8}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        expect(tokensOf('ansi', words.join(' '))).toEqual(words.map((text) => `word ${text}`))
      }),
    )
  })

  test.each(['{{', '{%', '$(', "'\\", '/*', '(', '[(', '`', '--\n', '${', "q'["])('time is linear in %s repeated', (piece) => {
    const time = (count: number): number => {
      const sql = piece.repeat(count)
      const start = process.cpuUsage()
      for (const dialect of DIALECTS) tokenize(sql, dialect)
      const { user, system } = process.cpuUsage(start)
      return (user + system) / 1000
    }
    time(1_000)
    expect(time(40_000)).toBeLessThan(3_000)
  })
})
