import { createHash } from 'node:crypto'
import type { SinkBatch, SinkDataset, SinkProcess } from '../../../contracts/plugin.ts'
import type { OpenLineageConfig } from './config.ts'
import {
  columnLineageFacet,
  datasetFacets,
  type Envelope,
  envelopeOf,
  type Facet,
  jobTypeFacet,
  lineageFacet,
  pathKey,
  sqlFacet,
  targetLineage,
} from './facets.ts'
import { type Identifier, identifierOf, type Naming, namingOf } from './names.ts'

/**
 * Lineage mined from a history is a job's, not a run's: a JobEvent for each process, with all it reads and writes.
 * https://openlineage.io/docs/spec/object-model
 */
const JOB_EVENT = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent'
const ID_LENGTH = 12

interface Dataset extends Identifier {
  readonly facets: Readonly<Record<string, Facet>>
}

export interface JobEvent {
  readonly eventTime: string
  readonly producer: string
  readonly schemaURL: string
  readonly job: Identifier & { readonly facets: Readonly<Record<string, Facet>> }
  readonly inputs: readonly Dataset[]
  readonly outputs: readonly Dataset[]
}

/** The same process gives the same event, byte for byte, but for its time where the log has none. */
export function eventOf(process: SinkProcess, batch: SinkBatch, config: OpenLineageConfig, now: number): JobEvent {
  const naming = namingOf(config, batch)
  const wrap = envelopeOf(config.producer)
  return {
    eventTime: process.lastRunAt ?? new Date(now).toISOString(),
    producer: config.producer,
    schemaURL: JOB_EVENT,
    job: {
      namespace: config.jobNamespace ?? batch.connection,
      name: jobName(process, naming),
      facets: jobFacets(process, config, naming, wrap),
    },
    inputs: process.inputs.map((dataset) => ({ ...identifierOf(dataset.path, naming), facets: datasetFacets(dataset, naming, wrap) })),
    outputs: process.outputs.map((dataset) => outputOf(dataset, process, naming, wrap)),
  }
}

/** Named after what it writes, for people; told apart by the process's id, for machines. */
function jobName({ id, kind, outputs, inputs }: SinkProcess, naming: Naming): string {
  const [first] = outputs.length > 0 ? outputs : inputs
  const about = first === undefined ? kind : identifierOf(first.path, naming).name
  return `${about}.${id.slice(0, ID_LENGTH)}`
}

function jobFacets(process: SinkProcess, config: OpenLineageConfig, naming: Naming, wrap: Envelope): Record<string, Facet> {
  const facets: Record<string, Facet> = { jobType: jobTypeFacet(wrap) }
  if (process.sql !== undefined) facets['sql'] = sqlFacet(process, wrap)
  if (config.lineageFacet)
    facets['lineage'] = lineageFacet(
      process.outputs.map((dataset) => targetOf(dataset, process, naming)),
      wrap,
    )
  return facets
}

function targetOf(dataset: SinkDataset, { edges }: SinkProcess, naming: Naming) {
  const key = pathKey(dataset.path)
  const sources = new Map(
    edges
      .filter(({ level, target }) => level === 'table' && pathKey(target) === key)
      .map(({ source }) => [pathKey(source), identifierOf(source, naming)]),
  )
  return { target: identifierOf(dataset.path, naming), inputs: [...sources.values()], lineage: targetLineage(edges, dataset.path, naming) }
}

function outputOf(dataset: SinkDataset, process: SinkProcess, naming: Naming, wrap: Envelope): Dataset {
  const lineage = targetLineage(process.edges, dataset.path, naming)
  const facets = datasetFacets(dataset, naming, wrap)
  return {
    ...identifierOf(dataset.path, naming),
    facets: lineage === null ? facets : { ...facets, columnLineage: columnLineageFacet(lineage, wrap) },
  }
}

/** Of an event's JSON. `eventTime` comes first in it and may be the time of delivery, so it does not count. */
export function digestOf(json: string): string {
  return createHash('sha256')
    .update(json.slice(json.indexOf(',')))
    .digest('base64')
}
