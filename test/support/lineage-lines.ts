import type { ColumnInput, ColumnLineage, IndirectInput, StatementLineage, TableName } from '../../contracts/lineage.ts'
import type { ExpectKey, FixtureCase } from './lineage-fixtures.ts'

/** What a text's lineage differs in from what its case expects: `-` what is missing, `+` what is too much, in the fixture's own lines. */
export function differences(given: FixtureCase, statements: readonly StatementLineage[]): readonly string[] {
  return Object.entries(given.expect).flatMap(([key, wanted]) => {
    const found = linesOf(key as ExpectKey, given, statements)
    if (key === 'kind') return found.join(' ') === wanted.join(' ') ? [] : [`- kind ${wanted.join(' ')}`, `+ kind ${found.join(' ')}`]
    return [...minus(wanted, found).map((line) => `- ${key} ${line}`), ...minus(found, wanted).map((line) => `+ ${key} ${line}`)]
  })
}

function minus(one: readonly string[], other: readonly string[]): readonly string[] {
  return one.filter((line) => !other.includes(line))
}

function linesOf(key: ExpectKey, given: FixtureCase, statements: readonly StatementLineage[]): readonly string[] {
  switch (key) {
    case 'kind':
      return statements.map((each) => each.kind)
    case 'reads':
      return unique(statements.flatMap((each) => each.inputs.map((table) => table.name)))
    case 'writes':
      return unique(statements.flatMap((each) => each.outputs.map((table) => table.name)))
    case 'edge':
      return unique(statements.flatMap((each) => each.columns.flatMap(edgeLines)))
    case 'filter':
      return unique(statements.flatMap((each) => each.indirect.map((input) => `${sourceOf(input)} ${input.kind}`)))
    case 'error':
      return unique(statements.flatMap((each) => each.diagnostics.map(({ code, start }) => `${code} at ${place(given.sql, start)}`)))
    default:
      return key satisfies never
  }
}

function unique(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].sort()
}

function edgeLines({ output, inputs }: ColumnLineage): readonly string[] {
  const target = output.table ? `${output.table.name}.${output.column}` : output.column
  return inputs.map((input) => `${sourceOf(input)} -> ${target} ${input.transformation}`)
}

function sourceOf(input: ColumnInput | IndirectInput): string {
  const path = 'path' in input && input.path !== undefined ? `.${input.path}` : ''
  return `${ownerOf(input.table, input.candidates)}.${input.column}${path}`
}

function ownerOf(table: TableName | null, candidates: readonly TableName[] | undefined): string {
  return table ? table.name : `(${(candidates ?? []).map((each) => each.name).join('|')})`
}

function place(sql: string, offset: number): string {
  const before = sql.slice(0, offset).split('\n')
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}
