import type { ColumnInput, ColumnLineage, Diagnostic, IndirectInput, StatementLineage, TableName } from '../../contracts/lineage.ts'
import type { Paint } from '../cli/paint.ts'
import { carets } from './carets.ts'
import { linesOf, type TextLines } from './text-position.ts'

const LONGEST_EXPRESSION = 60

/** Statement by statement, for people: what it reads and writes, where each column comes from, what was not understood. */
export function explain(sql: string, statements: readonly StatementLineage[], paint: Paint): string {
  if (statements.length === 0) return paint.dim('There is no statement in this text.')
  const lines = linesOf(sql)
  return printable(statements.map((statement) => explainOne(sql, statement, lines, paint)).join('\n\n'))
}

/** A text may hold anything: only line ends and our own colours may steer the terminal. */
function printable(text: string): string {
  return text.replace(STEERING, (found) => (found.length > 1 ? found : '\ufffd'))
}
const STEERING = new RegExp(`${String.fromCharCode(27)}\\[\\d+m|(?!\\n)\\p{Cc}`, 'gu')

function explainOne(sql: string, statement: StatementLineage, lines: TextLines, paint: Paint): string {
  return [
    heading(statement, lines, paint),
    ...tablesLine('reads', statement.inputs, paint),
    ...tablesLine('writes', statement.outputs, paint),
    ...columnLines(sql, statement.columns, paint),
    ...indirectLines(statement.indirect, paint),
    ...statement.diagnostics.flatMap((found) => diagnosticLines(found, lines, paint)),
  ].join('\n')
}

function heading({ index, kind, span, confidence }: StatementLineage, lines: TextLines, paint: Paint): string {
  const first = lines.at(span.start).line
  const last = lines.at(Math.max(span.start, span.end - 1)).line
  const where = first === last ? `line ${first}` : `lines ${first} to ${last}`
  const sure = confidence >= 1 ? paint.green('sure') : paint.yellow(`confidence ${confidence.toFixed(2)}`)
  return `${paint.bold(`${index + 1}. ${kind.replaceAll('_', ' ')}`)}  ${paint.dim(where)}  ${sure}`
}

function tablesLine(verb: string, tables: readonly TableName[], paint: Paint): readonly string[] {
  if (tables.length === 0) return []
  return [`   ${verb.padEnd(6)} ${tables.map((table) => tableText(table, paint)).join(', ')}`]
}

function tableText({ name, temp, complete, form }: TableName, paint: Paint): string {
  const note = temp ? ' (temp)' : form !== 'table' ? ` (${form})` : complete ? '' : ' (partial name)'
  return `${paint.cyan(name)}${paint.dim(note)}`
}

/** By table, and there by column: MERGE and INSERT ALL say the same column in several places. */
function columnLines(sql: string, columns: readonly ColumnLineage[], paint: Paint): readonly string[] {
  const byTable = new Map<string | undefined, Map<string, Set<string>>>()
  for (const { output, inputs } of columns) {
    const table = byTable.get(output.table?.name) ?? new Map<string, Set<string>>()
    const sources = table.get(output.column) ?? new Set()
    for (const input of inputs) sources.add(inputText(sql, input, paint))
    byTable.set(output.table?.name, table.set(output.column, sources))
  }
  return [...byTable].flatMap(([table, all]) => {
    const width = Math.min(40, Math.max(...[...all.keys()].map((name) => name.length)))
    const lines = [...all].map(([name, sources]) => {
      const texts = sources.size === 0 ? [paint.dim('no column')] : [...sources]
      return `     ${paint.bold(name.padEnd(width))} ← ${texts.join(`\n     ${' '.repeat(width)} ← `)}`
    })
    return [`   ${table === undefined ? 'columns of the result' : `columns of ${paint.cyan(table)}`}`, ...lines]
  })
}

function inputText(sql: string, input: ColumnInput, paint: Paint): string {
  const column = `${input.column}${input.path === undefined ? '' : `.${input.path}`}`
  const owner =
    input.table?.name ?? (input.candidates === undefined ? '?' : `one of ${input.candidates.map(({ name }) => name).join(' | ')}:`)
  const kind = input.transformation === 'IDENTITY' ? paint.dim('as it is') : paint.magenta(input.transformation.toLowerCase())
  const text = sql.slice(input.start, input.end).replaceAll(/\s+/g, ' ')
  const shown =
    input.transformation === 'IDENTITY' || text === ''
      ? ''
      : paint.dim(`  ${text.length > LONGEST_EXPRESSION ? `${text.slice(0, LONGEST_EXPRESSION)}…` : text}`)
  return `${paint.cyan(owner)}${owner.endsWith(':') ? ' ' : '.'}${column}  ${kind}${shown}`
}

/** Grouped by kind: `filtered by a.x, b.y`. */
const CONTROL_WORDS: Readonly<Record<IndirectInput['kind'], string>> = {
  FILTER: 'filtered by',
  JOIN: 'joined by',
  GROUP_BY: 'grouped by',
  SORT: 'sorted by',
  WINDOW: 'windowed by',
  CONDITIONAL: 'decided by',
}

function indirectLines(inputs: readonly IndirectInput[], paint: Paint): readonly string[] {
  const kinds = [...new Set(inputs.map(({ kind }) => kind))]
  return kinds.map((kind) => {
    const columns = new Set(
      inputs.filter((input) => input.kind === kind).map(({ table, column }) => (table === null ? column : `${table.name}.${column}`)),
    )
    return `   ${CONTROL_WORDS[kind]} ${[...columns].map((column) => paint.blue(column)).join(', ')}`
  })
}

function diagnosticLines({ code, message, hint, start, end }: Diagnostic, lines: TextLines, paint: Paint): readonly string[] {
  const { line, column } = lines.at(start)
  return [
    `   ${paint.yellow('!')} ${message} ${paint.dim(`${code} at line ${line}, column ${column}`)}`,
    ...carets(lines, { start, end }, '     ').map((text, index) => (index === 1 ? paint.yellow(text) : paint.dim(text))),
    ...(hint === undefined ? [] : [`     ${paint.cyan('→')} ${hint}`]),
  ]
}
