import type { GraphEdge, LineageGraph } from './graph.ts'

/** https://mermaid.js.org/syntax/flowchart.html: tables as boxes, or as groups of columns where edges have columns. */
export function mermaid(graph: LineageGraph): string {
  const columns = columnsOf(graph)
  const names = new Map(graph.nodes.map(({ id }, index) => [id, `t${index}`]))
  const columnName = (table: string, column: string) => `${names.get(table)}c${columns.get(table)?.indexOf(column) ?? 0}`
  const lines = ['flowchart LR']
  for (const { id, label } of graph.nodes) {
    const inside = columns.get(id) ?? []
    if (inside.length === 0) lines.push(`  ${names.get(id)}[${quoted(label)}]`)
    else
      lines.push(
        `  subgraph ${names.get(id)} [${quoted(label)}]`,
        ...inside.map((column) => `    ${columnName(id, column)}(${quoted(column)})`),
        '  end',
      )
  }
  for (const edge of graph.edges) {
    if (edge.source === edge.target && edge.sourceColumn === edge.targetColumn) continue // a table's edge to itself only clutters a picture
    const from = edge.sourceColumn === undefined ? names.get(edge.source) : columnName(edge.source, edge.sourceColumn)
    const to = edge.targetColumn === undefined ? names.get(edge.target) : columnName(edge.target, edge.targetColumn)
    lines.push(`  ${from} ${arrow(edge)} ${to}`)
  }
  const focus = graph.nodes.find((node) => node.focus === true)
  if (focus !== undefined) lines.push(`  style ${names.get(focus.id)} stroke-width:3px`)
  return `${lines.join('\n')}\n`
}

function arrow({ kind }: GraphEdge): string {
  if (kind === 'IDENTITY') return '-->'
  return kind === 'TRANSFORMATION' || kind === 'AGGREGATION'
    ? `-->|${kind.toLowerCase()}|`
    : `-.->|${kind.toLowerCase().replaceAll('_', ' ')}|`
}

export function columnsOf({ edges }: LineageGraph): ReadonlyMap<string, readonly string[]> {
  const columns = new Map<string, string[]>()
  const add = (table: string, column: string | undefined) => {
    if (column === undefined) return
    const known = columns.get(table) ?? []
    if (!known.includes(column)) columns.set(table, [...known, column])
  }
  for (const { source, sourceColumn, target, targetColumn } of edges) {
    add(source, sourceColumn)
    add(target, targetColumn)
  }
  return columns
}

/** Mermaid takes entity codes inside double quotes, so no name can end the label. */
function quoted(text: string): string {
  return `"${text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;').replaceAll('\n', ' ')}"`
}
