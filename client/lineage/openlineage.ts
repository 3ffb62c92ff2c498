import { CONTROL_KINDS, type ControlKind, type ValueKind } from '../../contracts/edges.ts'

/**
 * Lineage as OpenLineage job events (https://openlineage.io/spec/2-0-2/OpenLineage.json): declared lineage without a run,
 * which is what is known of a text or of the catalog's edges.
 */
export interface OpenLineageInput {
  readonly namespace: string
  /** Name of the job: what made the lineage. */
  readonly job: string
  readonly eventTime: string
  readonly sql?: string
  readonly dialect?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly edges: readonly OpenLineageEdge[]
}

export interface OpenLineageEdge {
  readonly source: string
  readonly sourceColumn: string
  readonly target: string
  /** Absent where the column bears on the whole table. */
  readonly targetColumn?: string
  readonly kind: ValueKind | ControlKind
}

export const PRODUCER = 'urn:lodeline'
const SPEC = 'https://openlineage.io/spec'

export function jobEvent(given: OpenLineageInput): Readonly<Record<string, unknown>> {
  const { namespace, job, eventTime, sql, dialect, inputs, outputs, edges } = given
  const facets = {
    jobType: { ...envelope('2-0-4/JobTypeJobFacet'), processingType: 'BATCH', integration: 'LODELINE', jobType: 'QUERY' },
    ...(sql === undefined ? {} : { sql: { ...envelope('1-1-0/SQLJobFacet'), query: sql, ...(dialect === undefined ? {} : { dialect }) } }),
  }
  return {
    eventTime,
    producer: PRODUCER,
    schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/JobEvent`,
    job: { namespace, name: job, facets },
    inputs: inputs.map((name) => ({ namespace, name })),
    outputs: outputs.map((name) => ({
      namespace,
      name,
      facets: columnFacet(
        namespace,
        edges.filter(({ target }) => target === name),
      ),
    })),
  }
}

function envelope(facet: string): { readonly _producer: string; readonly _schemaURL: string } {
  const name = facet.split('/')[1] ?? ''
  return { _producer: PRODUCER, _schemaURL: `${SPEC}/facets/${facet}.json#/$defs/${name}` }
}

function columnFacet(namespace: string, edges: readonly OpenLineageEdge[]): Readonly<Record<string, unknown>> {
  if (edges.length === 0) return {}
  const whole = edges.filter(({ targetColumn }) => targetColumn === undefined)
  const columns = [...new Set(edges.flatMap(({ targetColumn }) => (targetColumn === undefined ? [] : [targetColumn])))]
  const fields = columns.map((column) => [
    column,
    {
      inputFields: inputFields(
        namespace,
        edges.filter(({ targetColumn }) => targetColumn === column),
      ),
    },
  ])
  return {
    columnLineage: {
      ...envelope('1-2-0/ColumnLineageDatasetFacet'),
      fields: Object.fromEntries(fields),
      ...(whole.length === 0 ? {} : { dataset: inputFields(namespace, whole) }),
    },
  }
}

/** One entry a source column, with all its transformations. */
function inputFields(namespace: string, edges: readonly OpenLineageEdge[]): readonly unknown[] {
  const fields = new Map<string, { namespace: string; name: string; field: string; transformations: unknown[] }>()
  for (const { source, sourceColumn, kind } of edges) {
    const key = `${source}\u001f${sourceColumn}`
    const field = fields.get(key) ?? { namespace, name: source, field: sourceColumn, transformations: [] }
    const type = CONTROL_KINDS.some((control) => control === kind) ? 'INDIRECT' : 'DIRECT'
    field.transformations.push({ type, subtype: kind, description: '', masking: false })
    fields.set(key, field)
  }
  return [...fields.values()]
}
