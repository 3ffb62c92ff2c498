import { TOKEN } from '../tokens/tokens.ts'
import { atEnd, type Cursor, eat, kind, kindAt, peek, skipBalanced, textAt, word, wordAt } from './cursor.ts'

/** What stands between a table and its joins and changes no lineage: time travel, samples, hints, partitions. */
export function skipTableOptions(cursor: Cursor): void {
  for (;;) {
    const before = cursor.at
    skipOption(cursor)
    if (cursor.at === before) return
  }
}

function skipOption(cursor: Cursor): void {
  const next = wordAt(cursor, 1)
  switch (word(cursor)) {
    case 'FOR':
      skipFor(cursor)
      return
    case 'AS':
      if (next === 'OF') skipTravel(cursor, 0)
      return
    case 'VERSION':
    case 'TIMESTAMP':
    case 'SYSTEM_TIME':
    case 'SYSTEM_VERSION':
      if (next === 'AS' && wordAt(cursor, 2) === 'OF') skipTravel(cursor, 1)
      return
    case 'AT':
    case 'BEFORE':
    case 'CHANGES':
      if (next === '(') skipWords(cursor, 1)
      return
    case 'END':
      if (next === '(') skipWords(cursor, 1)
      return
    case 'TABLESAMPLE':
      skipSample(cursor)
      return
    case 'SAMPLE':
      if (cursor.dialect.grammar.shortStatements) return skipTeradataSample(cursor)
      if (kindAt(cursor, 1) === TOKEN.word && wordAt(cursor, 2) === '(') skipSample(cursor)
      else if (next === '(' || kindAt(cursor, 1) === TOKEN.number) skipClickHouseSample(cursor)
      return
    default:
      skipHint(cursor)
  }
}

/** FOR SYSTEM_TIME …; FOR PATH of a node or edge of a graph that is walked along (SQL Server). */
function skipFor(cursor: Cursor): void {
  const next = wordAt(cursor, 1)
  if (next === 'PATH') cursor.at += 2
  // FOR PORTION OF business_time FROM a TO b of UPDATE and DELETE
  else if (wordAt(cursor, 2) === 'OF' && /^portion$/i.test(textAt(cursor, 1))) {
    cursor.at += 4
    if (eat(cursor, 'FROM')) cursor.rules.expression(cursor)
    if (eat(cursor, 'TO')) cursor.rules.expression(cursor)
  } else if (/^business_time$/i.test(textAt(cursor, 1))) skipTravel(cursor, 2)
  else if (next === 'SYSTEM_TIME' || next === 'SYSTEM_VERSION' || next === 'TIMESTAMP' || next === 'VERSION' || next === 'SYSTEM')
    skipTravel(cursor, 2)
}

/** Past `count` words and the bracket behind them. */
function skipWords(cursor: Cursor, count: number): void {
  cursor.at += count
  if (peek(cursor, '(')) skipBalanced(cursor)
}

/** AS OF expr, BEFORE expr (Presto), FROM a TO b, BETWEEN a AND b, CONTAINED IN (…), ALL, `count` tokens from here. */
function skipTravel(cursor: Cursor, count: number): void {
  cursor.at += count
  if (eat(cursor, 'AS')) {
    cursor.at++
    if (
      wordAt(cursor, 1) !== '(' &&
      wordAt(cursor, 1) !== '.' &&
      kindAt(cursor, 1) !== TOKEN.end &&
      (peek(cursor, 'TIMESTAMP') || peek(cursor, 'VERSION') || /^scn$/i.test(textAt(cursor, 0)))
    )
      cursor.at++
    cursor.rules.expression(cursor)
  } else if (eat(cursor, 'BEFORE')) cursor.rules.expression(cursor)
  else if (eat(cursor, 'FROM')) {
    cursor.rules.expression(cursor)
    if (eat(cursor, 'TO')) cursor.rules.expression(cursor)
  } else if (eat(cursor, 'BETWEEN')) cursor.rules.expression(cursor)
  else if (!eat(cursor, 'ALL')) {
    cursor.at++
    if (eat(cursor, 'IN')) skipBalanced(cursor)
  }
}

/** TABLESAMPLE [method] (…) [REPEATABLE | SEED (…)]. */
function skipSample(cursor: Cursor): void {
  cursor.at++
  if (kind(cursor) === TOKEN.word) cursor.at++
  if (peek(cursor, '(')) skipBalanced(cursor)
  else if (kind(cursor) === TOKEN.number) cursor.at++
  while ((peek(cursor, 'REPEATABLE') || peek(cursor, 'SEED') || peek(cursor, 'PERCENT')) && !atEnd(cursor)) skipWords(cursor, 1)
}

/** SAMPLE [WITH REPLACEMENT] [RANDOMIZED ALLOCATION] {n, n … | WHEN c THEN n … ELSE n END}. */
function skipTeradataSample(cursor: Cursor): void {
  cursor.at++
  while (kind(cursor) === TOKEN.word && /^(?:with|replacement|randomized|allocation)$/i.test(textAt(cursor, 0))) cursor.at++
  if (peek(cursor, 'WHEN')) while (!atEnd(cursor) && !eat(cursor, 'END')) skipBalanced(cursor)
  while (kind(cursor) === TOKEN.number || (peek(cursor, ',') && kindAt(cursor, 1) === TOKEN.number)) cursor.at++
}

/** SAMPLE 0.1, SAMPLE 1/10 OFFSET 1/2, SAMPLE (10 ROWS) SEED (3). */
function skipClickHouseSample(cursor: Cursor): void {
  cursor.at++
  while (kind(cursor) === TOKEN.number || peek(cursor, '/') || peek(cursor, '(')) skipBalanced(cursor)
  if (eat(cursor, 'OFFSET')) while (kind(cursor) === TOKEN.number || peek(cursor, '/')) cursor.at++
  while (peek(cursor, 'SEED') || peek(cursor, 'REPEATABLE')) skipWords(cursor, 1)
}

function skipHint(cursor: Cursor): void {
  const next = wordAt(cursor, 1)
  switch (word(cursor)) {
    case 'WITH':
      if (next === '(') skipWords(cursor, 1)
      return
    case 'PARTITION':
      if (next === '(') skipWords(cursor, 1)
      // PARTITION FOR (value), and the outer join `u PARTITION BY (a)` (Oracle)
      else if (next === 'FOR' || (next === 'BY' && wordAt(cursor, 2) === '(')) skipWords(cursor, 2)
      return
    case 'USE':
    case 'FORCE':
    case 'IGNORE':
      if (next === 'INDEX' || next === 'KEY') skipIndexHint(cursor)
      return
    case 'NOT':
      if (/^indexed$/i.test(textAt(cursor, 1))) cursor.at += 2
      return
    case 'EXTERNAL':
      // EXTERNAL MODIFY (LOCATION (…)): an external table with other options (Oracle)
      if (wordAt(cursor, 2) === '(' && /^modify$/i.test(textAt(cursor, 1))) skipWords(cursor, 2)
      return
    case 'FINAL':
      if (cursor.dialect.reservedIds[cursor.tokens.words[cursor.at] as number] === 1) cursor.at++
      return
    default:
      skipNamed(cursor)
  }
}

/** Options whose words are none of the tokenizer's. */
function skipNamed(cursor: Cursor): void {
  const next = wordAt(cursor, 1)
  if (next !== 'BY' && next !== 'BETWEEN' && next !== '(' && next !== 'FOR') return
  const text = textAt(cursor, 0)
  if (next === 'BY' && /^indexed$/i.test(text)) cursor.at += 3
  else if (next === 'BETWEEN' && /^versions$/i.test(text)) skipVersions(cursor)
  else if (/^subpartition$/i.test(text)) skipWords(cursor, next === 'FOR' ? 2 : 1)
}

/** VERSIONS BETWEEN {SCN | TIMESTAMP} a AND b (Oracle). */
function skipVersions(cursor: Cursor): void {
  cursor.at += 2
  if (kindAt(cursor, 1) !== TOKEN.operator) cursor.at++
  cursor.rules.expression(cursor)
}

/** USE INDEX [FOR JOIN | ORDER BY | GROUP BY] (a, b). */
function skipIndexHint(cursor: Cursor): void {
  cursor.at += 2
  if (eat(cursor, 'FOR')) while (kind(cursor) === TOKEN.word) cursor.at++
  if (peek(cursor, '(')) skipBalanced(cursor)
}
