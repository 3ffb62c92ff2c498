import { WORD_HASHES } from './hash.ts'
import { operatorAt, operatorOf } from './operators.ts'
import { addHashed, codeAt, problem, type Scan } from './scan.ts'
import { TOKEN } from './tokens.ts'
import { WORDS } from './words.ts'

const AT = 64
const LENGTHS: Readonly<Uint8Array> = Uint8Array.from(WORDS, (word) => word.length)

/** The longest operator here; a character that is none is skipped and said. */
export function scanOperator(scan: Scan): void {
  if (scan.executable && scan.sql.startsWith('*/', scan.at)) {
    scan.executable = false
    scan.at += 2
    return
  }
  const from = scan.at
  let id = operatorAt(scan.codes, from)
  let length = id === 0 ? 1 : (LENGTHS[id] as number)
  if (length > 1 && scan.dialect.lexical.at === 'variable' && codeAt(scan, from + 1) === AT) {
    id = operatorOf(codeAt(scan, from))
    length = 1
  }
  scan.at = from + length
  if (id === 0) problem(scan, 'SQL_CHARACTER_UNEXPECTED', 'a character that begins nothing in SQL', from, scan.at)
  else addHashed(scan, TOKEN.operator, from, id, WORD_HASHES[id * 2] as number, WORD_HASHES[id * 2 + 1] as number)
}
