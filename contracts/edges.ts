/** Value edges carry data; control edges only decide which rows or values. Names as OpenLineage's transformation subtypes. */
export const VALUE_KINDS = ['IDENTITY', 'TRANSFORMATION', 'AGGREGATION'] as const
export type ValueKind = (typeof VALUE_KINDS)[number]
export const CONTROL_KINDS = ['FILTER', 'JOIN', 'GROUP_BY', 'SORT', 'WINDOW', 'CONDITIONAL'] as const
export type ControlKind = (typeof CONTROL_KINDS)[number]

/** Source asset → target asset, as a connector or the engine states it. Table level when no column is named. */
export interface Edge {
  readonly level: 'table' | 'column' | 'control'
  readonly source: readonly string[]
  readonly sourceColumn?: string
  /** Fields inside the source column (`geo.lat` of `address`), where only they are taken. */
  readonly sourcePaths?: readonly string[]
  readonly target: readonly string[]
  readonly targetColumn?: string
  readonly kind: ValueKind | ControlKind
  /** 0..1 */
  readonly confidence: number
}
