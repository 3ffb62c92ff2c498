import type { Edge } from '../../../contracts/edges.ts'
import type { SinkDataset, SinkField, SinkProcess } from '../../../contracts/plugin.ts'
import { fileIdentifier, type Identifier, identifierOf, type Naming } from './names.ts'

/** Facets in the versions of the OpenLineage specification of August 2026: https://openlineage.io/spec/facets/ */
const FACETS = 'https://openlineage.io/spec/facets/'

export type Facet = Readonly<Record<string, unknown>>
/** Wraps a facet's content in the envelope that every facet has. */
export type Envelope = (schema: string, content: object) => Facet

export const envelopeOf =
  (producer: string): Envelope =>
  (schema, content) => ({ _producer: producer, _schemaURL: `${FACETS}${schema}`, ...content })

export function sqlFacet(process: SinkProcess, wrap: Envelope): Facet {
  return wrap('1-1-0/SQLJobFacet.json#/$defs/SQLJobFacet', { query: process.sql ?? '', dialect: process.dialect })
}

export function jobTypeFacet(wrap: Envelope): Facet {
  return wrap('2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet', { processingType: 'BATCH', integration: 'LODELINE', jobType: 'QUERY' })
}

/** What is known of a dataset itself, whoever reads or writes it. */
export function datasetFacets(dataset: SinkDataset, naming: Naming, wrap: Envelope): Record<string, Facet> {
  const { columns, dropped, location } = dataset
  const facets: Record<string, Facet> = {}
  if (columns.length > 0) {
    const fields = columns.map((column) => schemaField(column, naming))
    facets['schema'] = wrap('1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet', { fields })
  }
  facets['datasetType'] = wrap('1-0-1/DatasetTypeDatasetFacet.json#/$defs/DatasetTypeDatasetFacet', {
    datasetType: dataset.kind.toUpperCase(),
  })
  const file = location === undefined ? null : fileIdentifier(location)
  if (file !== null) {
    facets['symlinks'] = wrap('1-0-1/SymlinksDatasetFacet.json#/$defs/SymlinksDatasetFacet', {
      identifiers: [{ ...file, type: 'LOCATION' }],
    })
  }
  if (naming.omittedLevels > 0 && dataset.path.length > naming.omittedLevels + 1) facets['hierarchy'] = hierarchyFacet(dataset, wrap)
  if (dropped === true) {
    facets['lifecycleStateChange'] = wrap('1-0-1/LifecycleStateChangeDatasetFacet.json#/$defs/LifecycleStateChangeDatasetFacet', {
      lifecycleStateChange: 'DROP',
    })
  }
  return facets
}

function schemaField({ name, type, comment, fields }: SinkField, naming: Naming): object {
  return {
    name: naming.fold(name),
    ...(type === undefined ? {} : { type }),
    ...(comment === undefined ? {} : { description: comment }),
    ...(fields === undefined ? {} : { fields: fields.map((field) => schemaField(field, naming)) }),
  }
}

/** Keeps the levels that the name leaves out. */
function hierarchyFacet({ path, kind }: SinkDataset, wrap: Envelope): Facet {
  const types = ['DATABASE', 'SCHEMA', kind.toUpperCase()].slice(-path.length)
  const hierarchy = path.map((name, index) => ({ type: types[index] ?? 'LEVEL', name }))
  return wrap('1-0-0/HierarchyDatasetFacet.json#/$defs/HierarchyDatasetFacet', { hierarchy })
}

interface Transformation {
  readonly type: 'DIRECT' | 'INDIRECT'
  readonly subtype: string
  readonly description: string
  readonly masking: boolean
}
interface InputField extends Identifier {
  readonly field: string
  readonly transformations: readonly Transformation[]
}

/** Lineage into one dataset: by column, and what decides over its rows as a whole. */
interface TargetLineage {
  readonly fields: Readonly<Record<string, { readonly inputFields: readonly InputField[] }>>
  readonly dataset: readonly InputField[]
}

/** Null where nothing but the tables is known. `*` edges say no more than the tables do, and no consumer knows them. */
export function targetLineage(edges: readonly Edge[], target: readonly string[], naming: Naming): TargetLineage | null {
  const key = pathKey(target)
  const ours = edges
    .filter((edge) => edge.level !== 'table' && pathKey(edge.target) === key && !hasStar(edge))
    .map((edge) => foldedEdge(edge, naming))
  if (ours.length === 0) return null
  const byColumn = Map.groupBy(
    ours.filter(({ targetColumn }) => targetColumn !== undefined),
    ({ targetColumn }) => targetColumn ?? '',
  )
  const fields = Object.fromEntries(sorted(byColumn).map(([column, into]) => [column, { inputFields: inputFields(into) }]))
  return { fields, dataset: inputFields(ours.filter(({ targetColumn }) => targetColumn === undefined)) }
}

const hasStar = ({ sourceColumn, targetColumn }: Edge): boolean =>
  sourceColumn === undefined || sourceColumn === '*' || targetColumn === '*'
export const pathKey = (path: readonly string[]): string => JSON.stringify(path)

interface FoldedEdge {
  readonly source: Identifier & { readonly field: string }
  readonly targetColumn: string | undefined
  readonly transformation: Transformation
}

function foldedEdge({ level, source, sourceColumn, targetColumn, kind }: Edge, naming: Naming): FoldedEdge {
  return {
    source: { ...identifierOf(source, naming), field: naming.fold(sourceColumn ?? '') },
    targetColumn: targetColumn === undefined ? undefined : naming.fold(targetColumn),
    transformation: { type: level === 'control' ? 'INDIRECT' : 'DIRECT', subtype: kind, description: '', masking: false },
  }
}

/** One entry a source column, with everything that happens to it, in an order that does not depend on that of the edges. */
function inputFields(edges: readonly FoldedEdge[]): InputField[] {
  const byField = Map.groupBy(edges, ({ source }) => JSON.stringify([source.namespace, source.name, source.field]))
  return sorted(byField).flatMap(([, same]) => {
    const [first] = same
    if (first === undefined) return []
    const kinds = new Map(same.map(({ transformation }) => [`${transformation.type} ${transformation.subtype}`, transformation]))
    return [{ ...first.source, transformations: sorted(kinds).map(([, transformation]) => transformation) }]
  })
}

const sorted = <Value>(map: ReadonlyMap<string, Value>): [string, Value][] => [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

export function columnLineageFacet({ fields, dataset }: TargetLineage, wrap: Envelope): Facet {
  return wrap('1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet', {
    fields,
    ...(dataset.length > 0 ? { dataset } : {}),
  })
}

/** The job form of the newer facet: a target with its inputs, each said on its own, so that nothing has to be inferred. */
export function lineageFacet(
  targets: readonly { readonly target: Identifier; readonly inputs: readonly Identifier[]; readonly lineage: TargetLineage | null }[],
  wrap: Envelope,
): Facet {
  const type = 'DATASET'
  const entries = targets.map(({ target, inputs, lineage }) => ({
    ...target,
    type,
    inputs: [...inputs.map((input) => ({ ...input, type })), ...(lineage?.dataset ?? []).map((input) => ({ ...input, type }))],
    ...(lineage === null
      ? {}
      : {
          fields: Object.fromEntries(
            Object.entries(lineage.fields).map(([column, { inputFields: from }]) => [
              column,
              { inputs: from.map((input) => ({ ...input, type })) },
            ]),
          ),
        }),
  }))
  return wrap('1-0-0/LineageFacet.json#/$defs/LineageJobFacet', { entries })
}
