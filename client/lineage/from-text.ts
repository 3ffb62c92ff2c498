import type { ColumnInput, IndirectInput, StatementLineage, TableName } from '../../contracts/lineage.ts'
import type { GraphEdge, GraphNode, LineageGraph } from './graph.ts'
import { jobEvent, type OpenLineageEdge } from './openlineage.ts'

/** Lineage of one text as a picture, and as OpenLineage events. */

/** The table of a column, or all that may be it. */
function ownersOf({ table, candidates }: ColumnInput | IndirectInput): readonly TableName[] {
  return table === null ? (candidates ?? []) : [table]
}

/** All statements together; a bare query's result is a node of its own. */
export function graphOfText(statements: readonly StatementLineage[]): LineageGraph {
  const edges = statements.flatMap((statement) => (statement.columns.length === 0 ? tableEdges(statement) : columnEdges(statement)))
  const tables = statements.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
  const nodes = new Map<string, GraphNode>(tables.map(({ name, form }) => [name, { id: name, label: name, kind: form }]))
  for (const { source, target } of edges) {
    for (const id of [source, target]) if (!nodes.has(id)) nodes.set(id, { id, label: id, kind: 'result' })
  }
  return { nodes: [...nodes.values()], edges }
}

function tableEdges({ inputs, outputs }: StatementLineage): readonly GraphEdge[] {
  return outputs.flatMap((output) => inputs.map((input): GraphEdge => ({ source: input.name, target: output.name, kind: 'IDENTITY' })))
}

function columnEdges({ index, columns }: StatementLineage): readonly GraphEdge[] {
  return columns.flatMap(({ output, inputs }) => {
    const target = output.table?.name ?? `result of statement ${index + 1}`
    return inputs.flatMap((input) =>
      ownersOf(input).map(
        (owner): GraphEdge => ({
          source: owner.name,
          sourceColumn: input.column,
          target,
          targetColumn: output.column,
          kind: input.transformation,
        }),
      ),
    )
  })
}

export interface DescribedText {
  readonly dialect: string
  readonly sql: string
  readonly eventTime: string
}

/** One job event a statement that writes. */
export function eventsOfText(statements: readonly StatementLineage[], { dialect, sql, eventTime }: DescribedText): readonly unknown[] {
  return statements
    .filter(({ outputs }) => outputs.length > 0)
    .map((statement) =>
      jobEvent({
        namespace: `lodeline-${dialect}`,
        job: statement.outputs.map(({ name }) => name).join('+'),
        eventTime,
        sql: sql.slice(statement.span.start, statement.span.end),
        dialect,
        inputs: statement.inputs.map(({ name }) => name),
        outputs: statement.outputs.map(({ name }) => name),
        edges: eventEdges(statement),
      }),
    )
}

function eventEdges(statement: StatementLineage): readonly OpenLineageEdge[] {
  const value = columnEdges(statement).flatMap(({ sourceColumn, ...edge }) =>
    sourceColumn === undefined ? [] : [{ ...edge, sourceColumn }],
  )
  const control = statement.indirect.flatMap((input) =>
    ownersOf(input).flatMap((owner) =>
      statement.outputs.map((output) => ({ source: owner.name, sourceColumn: input.column, target: output.name, kind: input.kind })),
    ),
  )
  return [...value, ...control]
}
