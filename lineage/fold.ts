import { VALUE_KINDS, type ValueKind } from '../contracts/edges.ts'
import type {
  ColumnInput,
  ColumnLineage,
  IndirectInput,
  JoinColumn,
  JoinPair,
  StatementEffect,
  StatementLineage,
  TableName,
} from '../contracts/lineage.ts'
import { tableKey } from './resolver/names.ts'

/** What a temp table holds: of which lasting tables, column by column. Made by `define`, from statements folded before. */
export interface TempDefinition {
  readonly inputs: readonly TableName[]
  readonly columns: readonly ColumnLineage[]
  readonly indirect: readonly IndirectInput[]
}

export type TempDefinitions = (table: TableName) => TempDefinition | undefined

/**
 * The statement's lineage with every temp table it reads replaced by what that was made from; what it reads for good stays. Columns
 * pass through by name, a temp table's `*` by the column asked for. A temp table without a definition stays as it is.
 */
export function foldTemps(lineage: StatementLineage, definitions: TempDefinitions): StatementLineage {
  const defined = lineage.inputs.filter((table) => table.temp && definitions(table))
  if (defined.length === 0 && !lineage.columns.some((each) => each.inputs.some((input) => input.table?.temp))) return lineage
  const inputs = new Map<string, TableName>()
  for (const table of lineage.inputs) {
    for (const each of (table.temp && definitions(table)?.inputs) || [table]) inputs.set(tableKey(each), each)
  }
  const inherited = defined.flatMap((table) => definitions(table)?.indirect ?? [])
  return {
    ...lineage,
    inputs: [...inputs.values()],
    columns: lineage.columns.flatMap((each) => foldColumn(each, definitions)),
    indirect: uniqueIndirect([...lineage.indirect.flatMap((each) => foldIndirect(each, definitions)), ...inherited]),
    joins: lineage.joins.flatMap((each) => foldJoin(each, definitions)),
  }
}

/** A temp table's column stands for the one column that it was made of; made of several it is none of them. */
function foldJoin({ left, right }: JoinPair, definitions: TempDefinitions): readonly JoinPair[] {
  const sides = [left, right].map((side) => (side.table.temp ? onlySource(side, definitions) : side))
  const [one, other] = sides
  return one && other ? [{ left: one, right: other }] : []
}

function onlySource({ table, column }: JoinColumn, definitions: TempDefinitions): JoinColumn | null {
  const definition = definitions(table)
  const [only, ...more] = definition === undefined ? [] : sourcesOf(definition, column)
  return only?.table && more.length === 0 ? { table: only.table, column: only.column } : null
}

/**
 * The statements of one text or session, in order, with temp tables folded away as they were at that moment. `definitions`, by
 * `tableKey`, are those in force before; they are those in force after when it returns.
 */
export function foldScript(statements: readonly StatementLineage[], definitions: Map<string, TempDefinition>): readonly StatementLineage[] {
  return statements.map((statement) => {
    const folded = foldTemps(statement, (table) => definitions.get(tableKey(table)))
    defineTemps(folded, definitions)
    return folded
  })
}

/** Keeps the definitions of the temp tables that a statement makes or fills; `lineage` is folded. */
function defineTemps(lineage: StatementLineage, definitions: Map<string, TempDefinition>): void {
  const fresh = new Set(lineage.effects.filter(isFresh).map((effect) => tableKey(effect.table)))
  for (const table of lineage.outputs) {
    if (!table.temp) continue
    const key = tableKey(table)
    definitions.set(key, define(definitions.get(key), lineage, table, fresh.has(key)))
  }
  for (const effect of lineage.effects) if (effect.effect === 'drop') definitions.delete(tableKey(effect.table))
}

function isFresh(effect: StatementEffect): effect is StatementEffect & { readonly table: TableName } {
  return effect.effect === 'create' || (effect.effect === 'write' && effect.overwrite)
}

/** The definition of a temp table after one more statement that made or filled it; `lineage` is folded, `replace` starts anew. */
export function define(before: TempDefinition | undefined, lineage: StatementLineage, table: TableName, replace: boolean): TempDefinition {
  const key = tableKey(table)
  const own = lineage.columns.filter((each) => each.output.table !== null && tableKey(each.output.table) === key)
  const base = replace ? undefined : before
  const inputs = new Map(
    [...(base?.inputs ?? []), ...lineage.inputs.filter((each) => tableKey(each) !== key)].map((each) => [tableKey(each), each]),
  )
  return {
    inputs: [...inputs.values()],
    columns: base ? mergeColumns([...base.columns, ...own]) : own,
    indirect: uniqueIndirect([...(base?.indirect ?? []), ...lineage.indirect]),
  }
}

/** Columns of one name as one, with all their inputs. */
export function mergeColumns(columns: readonly ColumnLineage[]): readonly ColumnLineage[] {
  const merged = new Map<string, ColumnLineage>()
  for (const each of columns) {
    const key = `${each.output.table ? tableKey(each.output.table) : ''}\u0001${each.output.column.toLowerCase()}`
    const known = merged.get(key)
    merged.set(key, known ? { ...known, inputs: uniqueInputs([...known.inputs, ...each.inputs]) } : each)
  }
  return [...merged.values()]
}

function foldColumn(column: ColumnLineage, definitions: TempDefinitions): readonly ColumnLineage[] {
  if (!column.inputs.some((input) => input.table?.temp)) return [column]
  if (column.output.column === '*') return foldStar(column, definitions)
  return [{ ...column, inputs: uniqueInputs(column.inputs.flatMap((input) => foldInput(input, definitions))) }]
}

/** `* → *` over a temp table is each of its columns. */
function foldStar(column: ColumnLineage, definitions: TempDefinitions): readonly ColumnLineage[] {
  const rest: ColumnInput[] = []
  const spread: ColumnLineage[] = []
  for (const input of column.inputs) {
    const definition = input.table?.temp ? definitions(input.table) : undefined
    if (!definition || input.column !== '*') rest.push(...foldInput(input, definitions))
    else for (const each of definition.columns) spread.push({ ...each, output: { table: column.output.table, column: each.output.column } })
  }
  return rest.length > 0 || spread.length === 0 ? [{ ...column, inputs: rest }, ...spread] : spread
}

function foldInput(input: ColumnInput, definitions: TempDefinitions): readonly ColumnInput[] {
  const definition = input.table?.temp ? definitions(input.table) : undefined
  if (!definition) return [input]
  return sourcesOf(definition, input.column).map((source) => ({
    ...source,
    transformation: stronger(source.transformation, input.transformation),
  }))
}

function foldIndirect(input: IndirectInput, definitions: TempDefinitions): readonly IndirectInput[] {
  const definition = input.table?.temp ? definitions(input.table) : undefined
  if (!definition) return [input]
  return sourcesOf(definition, input.column).map(({ table, column, candidates }) => ({
    table,
    column,
    kind: input.kind,
    start: input.start,
    end: input.end,
    ...(candidates ? { candidates } : {}),
  }))
}

function sourcesOf(definition: TempDefinition, name: string): readonly ColumnInput[] {
  if (name === '*') return uniqueInputs(definition.columns.flatMap((each) => each.inputs))
  const key = name.toLowerCase()
  const named = definition.columns.filter((each) => each.output.column.toLowerCase() === key)
  if (named.length > 0) return uniqueInputs(named.flatMap((each) => each.inputs))
  // Behind a star: the column of that name of the table whose columns are not known.
  const stars = definition.columns.filter((each) => each.output.column === '*')
  return uniqueInputs(stars.flatMap((each) => each.inputs).map((input) => (input.column === '*' ? { ...input, column: name } : input)))
}

function stronger(one: ValueKind, other: ValueKind): ValueKind {
  return VALUE_KINDS.indexOf(one) > VALUE_KINDS.indexOf(other) ? one : other
}

function inputKey(input: {
  readonly table: TableName | null
  readonly column: string
  readonly path?: string
  readonly candidates?: readonly TableName[]
}): string {
  const table = input.table ? tableKey(input.table) : (input.candidates ?? []).map(tableKey).join('\u0001')
  return `${table}\u0001${input.column.toLowerCase()}\u0001${input.path ?? ''}`
}

function uniqueInputs(inputs: readonly ColumnInput[]): readonly ColumnInput[] {
  const unique = new Map<string, ColumnInput>()
  for (const input of inputs) {
    const key = inputKey(input)
    const known = unique.get(key)
    if (!known) unique.set(key, input)
    else if (stronger(input.transformation, known.transformation) !== known.transformation)
      unique.set(key, { ...known, transformation: input.transformation })
  }
  return [...unique.values()]
}

export function uniqueIndirect(inputs: readonly IndirectInput[]): readonly IndirectInput[] {
  const unique = new Map<string, IndirectInput>()
  for (const input of inputs) {
    const key = `${inputKey(input)}\u0001${input.kind}`
    if (!unique.has(key)) unique.set(key, input)
  }
  return [...unique.values()]
}
