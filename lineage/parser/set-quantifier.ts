import type { Word } from '../tokens/words.ts'
import type { SetArm } from '../tree.ts'
import { type Cursor, eat, eat2, peek, wordAt } from './cursor.ts'
import { parseColumnList } from './names.ts'

type Mapping = Pick<SetArm, 'byName' | 'columns' | 'keep'>

/** The first arm's, and that of arms that say nothing. */
export const BY_POSITION: Mapping = { byName: false, columns: null, keep: 'all' }

/** [ALL | DISTINCT] [STRICT] [BY NAME [ON (…)] | CORRESPONDING [BY (…)]]: how columns map; `side` is the LEFT, FULL or INNER before the operator. */
export function parseSetQuantifier(cursor: Cursor, side: Word): Mapping {
  if (!eat(cursor, 'ALL')) eat(cursor, 'DISTINCT')
  eat(cursor, 'STRICT')
  const keep = side === 'LEFT' ? 'first' : 'all'
  if (eat2(cursor, 'BY', 'NAME')) {
    const listed = peek(cursor, 'ON') && wordAt(cursor, 1) === '('
    if (listed) cursor.at++
    return { byName: true, columns: listed ? parseColumnList(cursor) : null, keep }
  }
  if (!eat(cursor, 'CORRESPONDING')) return BY_POSITION
  const columns = eat(cursor, 'BY') ? parseColumnList(cursor) : null
  return { byName: true, columns, keep: side === '' || side === 'INNER' ? 'common' : keep }
}
