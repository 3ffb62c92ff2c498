import { WORD_COUNT, type Word, wordId } from './words.ts'

/** What a word or operator does to the meaning of the literals that follow it (see marks.ts). */
export const ACT = {
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
  [ACT.end]: [';', '(', ')', '[', ']', '?'],
}

function actionTable(): Uint8Array {
  const table = new Uint8Array(WORD_COUNT)
  for (const [action, words] of Object.entries(ACTIONS)) for (const word of words ?? []) table[wordId(word)] = Number(action)
  return table
}

/** What each word does, by id. */
export const ACTION_OF: Readonly<Uint8Array> = actionTable()
/** 1 for each word that does something, by id: marks.ts looks at those and at literals, and at nothing else. */
export const IS_NOTABLE: Readonly<Uint8Array> = ACTION_OF.map((action) => Math.min(action, 1))
