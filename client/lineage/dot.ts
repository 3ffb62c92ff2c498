import type { LineageGraph } from './graph.ts'
import { columnsOf } from './mermaid.ts'

/** https://graphviz.org/doc/info/lang.html: tables as HTML-like labels, one port a column. */
export function dot(graph: LineageGraph): string {
  const columns = columnsOf(graph)
  const names = new Map(graph.nodes.map(({ id }, index) => [id, `t${index}`]))
  const port = (table: string, column: string | undefined) => {
    const at = column === undefined ? -1 : (columns.get(table)?.indexOf(column) ?? -1)
    return at === -1 ? `${names.get(table)}` : `${names.get(table)}:c${at}`
  }
  const nodes = graph.nodes.map(({ id, label, focus }) => {
    const rows = (columns.get(id) ?? []).map((column, index) => `<tr><td port="c${index}" align="left">${escaped(column)}</td></tr>`)
    const border = focus === true ? ' border="2"' : ' border="0"'
    return `  ${names.get(id)} [label=<<table${border} cellborder="1" cellspacing="0"><tr><td bgcolor="lightgrey"><b>${escaped(label)}</b></td></tr>${rows.join('')}</table>>];`
  })
  const edges = graph.edges
    .filter((edge) => edge.source !== edge.target || edge.sourceColumn !== edge.targetColumn)
    .map((edge) => {
      const value = edge.kind === 'IDENTITY' || edge.kind === 'TRANSFORMATION' || edge.kind === 'AGGREGATION'
      const style = value ? '' : ', style=dashed'
      return `  ${port(edge.source, edge.sourceColumn)} -> ${port(edge.target, edge.targetColumn)} [tooltip="${edge.kind}"${style}];`
    })
  return `digraph lineage {\n  rankdir=LR;\n  node [shape=plain];\n${[...nodes, ...edges].join('\n')}\n}\n`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
