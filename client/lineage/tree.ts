import type { Paint } from '../cli/paint.ts'
import type { GraphEdge, LineageGraph } from './graph.ts'

/**
 * A lineage graph as an indented tree from its focus. What was shown already is not opened again, so a graph with many
 * ways through it stays readable and a cycle ends.
 */
export interface TreeOptions {
  readonly direction: 'upstream' | 'downstream'
  readonly depth: number
  readonly columns: boolean
  /** Begins at this column. */
  readonly column?: string
}

interface Walk {
  readonly graph: LineageGraph
  readonly options: TreeOptions
  readonly paint: Paint
  readonly shown: Set<string>
  readonly labels: ReadonlyMap<string, string>
}

const MOST_BRANCHES = 60
/** So many make a line of their own unreadable. */
const ALIKE = 3

export function tree(graph: LineageGraph, focus: string, options: TreeOptions, paint: Paint): readonly string[] {
  const walk: Walk = { graph, options, paint, shown: new Set(), labels: new Map(graph.nodes.map(({ id, label }) => [id, label])) }
  return options.columns ? columnForest(walk, focus) : branches(walk, { table: focus }, '', options.depth)
}

interface Place {
  readonly table: string
  readonly column?: string
}

/** Each column of the focus with what it comes from; one tree where a column was asked for. */
function columnForest(walk: Walk, focus: string): readonly string[] {
  const { column, direction } = walk.options
  if (column !== undefined) return branches(walk, { table: focus, column }, '', walk.options.depth)
  const own = walk.graph.edges.flatMap((edge) => {
    const [table, name] = direction === 'upstream' ? [edge.target, edge.targetColumn] : [edge.source, edge.sourceColumn]
    return table === focus && name !== undefined ? [name] : []
  })
  const names = [...new Set(own)]
  if (names.length === 0) return branches(walk, { table: focus }, '', walk.options.depth)
  return names.flatMap((name, index) => {
    const last = index === names.length - 1
    return [
      `${walk.paint.dim(last ? '└─ ' : '├─ ')}${walk.paint.bold(name)}`,
      ...branches(walk, { table: focus, column: name }, last ? '   ' : '│  ', walk.options.depth),
    ]
  })
}

function branches(walk: Walk, from: Place, indent: string, depth: number): readonly string[] {
  if (depth === 0) return []
  const next = alikeTogether(walk, neighbours(walk, from))
  const lines: string[] = []
  for (const [index, { place, fields, kinds, alike }] of next.slice(0, MOST_BRANCHES).entries()) {
    const last = index === next.length - 1
    const key = JSON.stringify([place.table, place.column])
    const again = walk.shown.has(key)
    walk.shown.add(key)
    const opened = again ? [] : branches(walk, place, `${indent}${last ? '   ' : '│  '}`, depth - 1)
    const note =
      alike > 0
        ? walk.paint.dim(` and ${alike} more like it`)
        : again && neighbours(walk, place).length > 0
          ? walk.paint.dim(' (as above)')
          : ''
    lines.push(
      `${walk.paint.dim(`${indent}${last ? '└─ ' : '├─ '}`)}${placeText(walk, place)}${fieldsText(fields)}${kindText(kinds, walk.paint)}${note}`,
      ...opened,
    )
  }
  if (next.length > MOST_BRANCHES) lines.push(walk.paint.dim(`${indent}└─ and ${next.length - MOST_BRANCHES} more (--json shows all)`))
  return lines
}

/** One step on, with all kinds of edges to the same place together. */
function neighbours(
  { graph, options, labels }: Walk,
  { table, column }: Place,
): readonly { readonly place: Place; readonly fields: readonly string[]; readonly kinds: readonly string[] }[] {
  const found = new Map<string, { place: Place; fields: Set<string>; kinds: Set<string> }>()
  for (const edge of graph.edges) {
    const [near, far] = ends(edge, options.direction)
    if (near.table !== table || near.column !== column) continue
    if (far.table === table && far.column === column) continue // a table's edge to itself
    const key = `${labels.get(far.table) ?? ''}\u001f${far.table}\u001f${far.column ?? ''}`
    const known = found.get(key) ?? { place: far, fields: new Set<string>(), kinds: new Set<string>() }
    known.kinds.add(edge.kind)
    for (const field of options.direction === 'upstream' ? (edge.sourcePaths ?? ['']) : ['']) known.fields.add(field)
    found.set(key, known)
  }
  return [...found.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { place, fields, kinds }]) => ({ place, fields: fields.has('') ? [] : [...fields].sort(), kinds: [...kinds].sort() }))
}

/** Files and tables of many days: ends that differ by digits alone are one line. */
function alikeTogether(walk: Walk, next: ReturnType<typeof neighbours>): readonly ((typeof next)[number] & { readonly alike: number })[] {
  const likeness = ({ place, kinds }: (typeof next)[number]) => {
    const name = walk.labels.get(place.table) ?? place.table
    return neighbours(walk, place).length > 0 ? JSON.stringify(place) : JSON.stringify([name.replaceAll(/\d+/g, '0'), place.column, kinds])
  }
  const groups = Map.groupBy(next, likeness)
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    return first === undefined
      ? []
      : group.length < ALIKE
        ? group.map((one) => ({ ...one, alike: 0 }))
        : [{ ...first, alike: group.length - 1 }]
  })
}

function ends(edge: GraphEdge, direction: TreeOptions['direction']): readonly [Place, Place] {
  const source = { table: edge.source, ...(edge.sourceColumn === undefined ? {} : { column: edge.sourceColumn }) }
  const target = { table: edge.target, ...(edge.targetColumn === undefined ? {} : { column: edge.targetColumn }) }
  return direction === 'upstream' ? [target, source] : [source, target]
}

function placeText({ labels, paint }: Walk, { table, column }: Place): string {
  const name = paint.cyan(labels.get(table) ?? table)
  return column === undefined ? name : `${name}.${column}`
}

/** What is taken of a nested column, if not the whole: `.geo.lat`, `.{geo.lat, geo.lon}`. */
function fieldsText(fields: readonly string[]): string {
  if (fields.length === 0) return ''
  return fields.length === 1 ? `.${fields[0]}` : `.{${fields.join(', ')}}`
}

function kindText(kinds: readonly string[], paint: Paint): string {
  const said = kinds.filter((kind) => kind !== 'IDENTITY').map((kind) => kind.toLowerCase().replaceAll('_', ' '))
  return said.length === 0 ? '' : `  ${paint.magenta(said.join(', '))}`
}
