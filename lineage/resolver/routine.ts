import type { StatementLineage, TableName } from '../../contracts/lineage.ts'
import { foldScript, mergeColumns, uniqueIndirect } from '../fold.ts'
import { tableKey } from './names.ts'

/**
 * The statements of a routine's body as one: what it reads and writes when it runs through. Its temp tables are folded away, since
 * they begin and end with it and their order is lost in the one statement.
 */
export function asOne(
  parts: readonly StatementLineage[],
): Pick<StatementLineage, 'inputs' | 'outputs' | 'columns' | 'indirect' | 'joins' | 'diagnostics'> {
  const folded = foldScript(parts, new Map())
  const lasting = (table: TableName | null): boolean => table === null || !table.temp
  return {
    inputs: unique(folded.flatMap((each) => each.inputs)).filter(lasting),
    outputs: unique(folded.flatMap((each) => each.outputs)).filter(lasting),
    columns: mergeColumns(folded.flatMap((each) => each.columns.filter(({ output }) => output.table !== null && lasting(output.table)))),
    indirect: uniqueIndirect(folded.flatMap((each) => each.indirect)),
    joins: folded.flatMap((each) => each.joins),
    diagnostics: folded.flatMap((each) => each.diagnostics),
  }
}

/** The same for statements whose temp tables outlive them: nothing is folded away. What the last one gives is what the whole gives. */
export function withoutFolding(
  parts: readonly StatementLineage[],
): Pick<StatementLineage, 'inputs' | 'outputs' | 'columns' | 'indirect' | 'joins' | 'diagnostics'> {
  return {
    inputs: unique(parts.flatMap((each) => each.inputs)),
    outputs: unique(parts.flatMap((each) => each.outputs)),
    columns: mergeColumns(parts.flatMap((each, i) => each.columns.filter(({ output }) => output.table !== null || i === parts.length - 1))),
    indirect: uniqueIndirect(parts.flatMap((each) => each.indirect)),
    joins: parts.flatMap((each) => each.joins),
    diagnostics: parts.flatMap((each) => each.diagnostics),
  }
}

function unique(tables: readonly TableName[]): readonly TableName[] {
  return [...new Map(tables.map((table) => [tableKey(table), table])).values()]
}
