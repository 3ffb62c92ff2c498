import { parseArgs } from 'node:util'
import { analyze } from '../../lineage/index.ts'
import { DIALECTS, generate, TABLES } from './generate.ts'
import { type Answer, askPolyglot, askSqlglot, type Question } from './peers.ts'

/**
 * `npm run oracle -- --texts 300 --dialects snowflake,hive --show 3`: writes queries from a grammar, asks two other readers the same,
 * and sorts the differences. Who is right is for a reader to say; what is ours becomes a fixture.
 */
const { values } = parseArgs({
  options: {
    texts: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    show: { type: 'string', default: '2' },
    dialects: { type: 'string', default: Object.keys(DIALECTS).join(',') },
  },
})

interface Ours extends Answer {
  /** Columns that decide without being a value; peers count some of them as inputs. */
  readonly control: ReadonlySet<string>
}

const SCHEMA = Object.fromEntries(
  Object.entries(TABLES).map(([table, columns]) => [table, Object.fromEntries(columns.map((column) => [column, 'INT']))]),
)

function ours(sql: string, dialect: string): Ours {
  const [statement, ...more] = analyze(sql, { dialect, schemas: TABLES }).statements
  if (statement === undefined || more.length > 0) return { tables: null, columns: null, control: new Set(), error: 'not one statement' }
  const [unread] = statement.confidence < 1 ? statement.diagnostics : []
  const named = (input: { readonly table: { readonly name: string } | null; readonly column: string }) =>
    `${input.table?.name}.${input.column}`.toLowerCase()
  return {
    tables: statement.inputs.map(({ name }) => name.toLowerCase()).sort(),
    columns: statement.columns.map(({ inputs }) => [...new Set(inputs.map(named))].sort()),
    control: new Set(statement.indirect.map(named)),
    error: unread ? `${unread.code}: ${unread.message}` : null,
  }
}

/** What the difference is, in a few words; null where there is none. */
function difference(we: Ours, they: Answer): string | null {
  if (we.error !== null) return `we: ${we.error.replaceAll(/\b[a-z]+\d+\b/g, 'x')}`
  if (they.tables === null) return `refused: ${they.error?.slice(0, 40)}`
  if (JSON.stringify(we.tables) !== JSON.stringify(they.tables)) return 'tables differ'
  if (they.columns === null)
    return they.error === null ? 'no columns: stars or names that are not unique' : `no columns: ${they.error.slice(0, 50)}`
  if (we.columns === null || we.columns.length !== they.columns.length) return 'number of columns differs'
  const kinds = new Set(they.columns.flatMap((their, i) => columnDifference(we, we.columns?.[i] ?? [], their)))
  return kinds.size === 0 ? null : [...kinds].sort().join('; ')
}

function columnDifference(we: Ours, our: readonly string[], their: readonly string[]): readonly string[] {
  const more = their.filter((each) => !our.includes(each))
  const kinds: string[] = []
  if (more.length > 0)
    kinds.push(
      more.every((each) => we.control.has(each))
        ? 'columns: a condition, window or correlation counted as value'
        : 'columns: they have more',
    )
  if (our.some((each) => !their.includes(each))) kinds.push('columns: we have more')
  return kinds
}

/** Differences that are conventions or gaps of the peer, not an answer that contradicts ours. */
const NO_CONTRADICTION = /^(refused|no columns|columns: a condition[^;]*$)/

async function main(): Promise<void> {
  const questions: Question[] = []
  for (const dialect of values.dialects.split(','))
    for (let i = 0; i < Number(values.texts); i++)
      questions.push({ dialect, sql: generate(dialect, Number(values.seed) * 1_000_003 + questions.length), schema: SCHEMA })
  const our = questions.map(({ sql, dialect }) => ours(sql, dialect))
  for (const [peer, answers] of [
    ['sqlglot', askSqlglot(questions)],
    ['Polyglot', await askPolyglot(questions)],
  ] as const) {
    const kinds = new Map<string, number[]>()
    for (const [i, they] of answers.entries()) {
      const we = our[i]
      const kind = we === undefined ? null : difference(we, they)
      if (kind !== null) kinds.set(kind, [...(kinds.get(kind) ?? []), i])
    }
    print(peer, questions, our, answers, kinds)
  }
}

function print(
  peer: string,
  questions: readonly Question[],
  our: readonly Ours[],
  answers: readonly Answer[],
  kinds: ReadonlyMap<string, readonly number[]>,
): void {
  const differing = [...kinds.values()].reduce((sum, each) => sum + each.length, 0)
  const contradicting = [...kinds].filter(([kind]) => !NO_CONTRADICTION.test(kind)).reduce((sum, [, each]) => sum + each.length, 0)
  const part = (n: number) => `${n} (${((n / questions.length) * 100).toFixed(1)} %)`
  console.log(`\n${peer}: ${questions.length} texts, the same ${part(questions.length - differing)}, contradicting ${part(contradicting)}`)
  for (const [kind, found] of [...kinds].sort(([, one], [, other]) => other.length - one.length)) {
    console.log(`  ${String(found.length).padStart(5)}  ${kind}`)
    for (const i of found.slice(0, Number(values.show))) {
      console.log(`         ${questions[i]?.dialect}: ${questions[i]?.sql}`)
      console.log(`           we   ${JSON.stringify(our[i]?.tables)} ${JSON.stringify(our[i]?.columns)}`)
      console.log(`           they ${JSON.stringify(answers[i]?.tables)} ${JSON.stringify(answers[i]?.columns)} ${answers[i]?.error ?? ''}`)
    }
  }
}

await main()
