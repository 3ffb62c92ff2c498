import type { ControlKind, ValueKind } from '../../contracts/edges.ts'

/** What is drawn: tables, the columns of them that take part, and edges. Kept apart from where it comes from: one text, or the catalog. */
export interface LineageGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

export interface GraphNode {
  /** Unique in the graph. */
  readonly id: string
  readonly label: string
  readonly kind: string
  readonly focus?: boolean
}

export interface GraphEdge {
  readonly source: string
  readonly target: string
  readonly sourceColumn?: string
  /** Fields inside the source column, where only they are taken. */
  readonly sourcePaths?: readonly string[]
  readonly targetColumn?: string
  readonly kind: ValueKind | ControlKind
}
