import type { LineageGraph as CatalogGraph, LineageEdge } from '../../catalog/lineage.ts'
import type { GraphEdge, GraphNode, LineageGraph } from './graph.ts'

/** Graphs of the catalog, upstream and downstream, as one picture. */
export function graphOf(graphs: readonly CatalogGraph[], columns: boolean): LineageGraph {
  const nodes = new Map<string, GraphNode>()
  const edges = new Map<string, GraphEdge>()
  for (const graph of graphs) {
    for (const [id, { path, kind }] of graph.assets)
      nodes.set(id, { id, label: path.join('.'), kind, ...(id === graph.start ? { focus: true } : {}) })
    const drawn =
      columns && graph.edges.some(({ level }) => level !== 'table')
        ? withoutCovered(graph.edges)
        : graph.edges.filter(({ level }) => level === 'table')
    for (const edge of drawn)
      edges.set(JSON.stringify([edge.level, edge.source, edge.sourceColumn, edge.target, edge.targetColumn, edge.kind]), edgeOf(edge))
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

/** A table edge says nothing more where its columns' edges are drawn. */
function withoutCovered(edges: readonly LineageEdge[]): readonly LineageEdge[] {
  const covered = new Set(edges.filter(({ level }) => level === 'column').map(({ source, target }) => `${source}\u001f${target}`))
  return edges.filter(({ level, source, target }) => level !== 'table' || !covered.has(`${source}\u001f${target}`))
}

function edgeOf({ source, sourceColumn, sourcePaths, target, targetColumn, kind }: LineageEdge): GraphEdge {
  return {
    source,
    target,
    kind,
    ...(sourceColumn === '' ? {} : { sourceColumn }),
    ...(sourcePaths === undefined ? {} : { sourcePaths }),
    ...(targetColumn === '' ? {} : { targetColumn }),
  }
}
