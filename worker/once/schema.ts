import { z } from 'zod'
import { pipelineTypes } from '../../activities/host/begin-run.ts'
import { connectionSchema, documentSchema, pipelineSchema } from '../../contracts/pipeline.ts'
import { PIPELINE_OPTIONS } from '../../contracts/pipeline-options.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import { SECRET_REFERENCE } from '../../contracts/secret.ts'

type Json = Readonly<Record<string, unknown>>

/** The JSON Schema of a document of `lodeline apply`, with the settings of every connector, query log and sink there is: editors complete by it. */
export function documentJsonSchema(registry: PluginRegistry): Json {
  const { connectors, queryLogs, sinks } = registry
  const connection = plain(connectionSchema)
  const pipeline = plain(pipelineSchema)
  const sinkItem = object(object(object(pipeline['properties'])['sinks'])['items'])
  const logs = choices(
    'kind',
    [...queryLogs].map(([kind, { options }]) => [kind, plain(options)]),
  )
  return {
    ...plain(documentSchema),
    title: 'What `lodeline apply` reads',
    properties: {
      connections: {
        type: 'array',
        items: {
          ...connection,
          properties: { ...object(connection['properties']), connector: names([...connectors.keys()], 'The kind of source') },
          // Settings may stand under `credentials` too, so that none is required here.
          allOf: choices(
            'connector',
            [...connectors].map(([name, { config }]) => [name, { properties: { config: relaxed(plain(config)) } }]),
          ),
        },
      },
      pipelines: {
        type: 'array',
        items: {
          ...pipeline,
          properties: {
            ...object(pipeline['properties']),
            type: names(pipelineTypes(registry), 'What it does'),
            sinks: {
              ...object(object(pipeline['properties'])['sinks']),
              items: {
                ...sinkItem,
                properties: { ...object(sinkItem['properties']), sink: names([...sinks.keys()], 'Where results are published') },
                allOf: choices(
                  'sink',
                  [...sinks].map(([name, { config }]) => [name, { properties: { config: plain(config) } }]),
                ),
              },
            },
          },
          allOf: choices(
            'type',
            Object.entries(PIPELINE_OPTIONS).map(([type, schema]) => [type, { properties: { options: withLogs(plain(schema), logs) } }]),
          ),
        },
      },
    },
  }
}

/** What one writes, not what comes out of it; a reference stands for a text of any form. */
function plain(schema: z.ZodType): Json {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.type !== 'string' || (jsonSchema.format === undefined && jsonSchema.pattern === undefined)) return
      const { format, pattern } = jsonSchema
      delete jsonSchema.format
      delete jsonSchema.pattern
      jsonSchema.anyOf = [
        { ...(format === undefined ? {} : { format }), ...(pattern === undefined ? {} : { pattern }) },
        { pattern: SECRET_REFERENCE.source },
      ]
    },
  })
  return made
}

function withLogs(options: Json, logs: readonly Json[]): Json {
  const properties = object(options['properties'])
  if (properties['queryLog'] === undefined) return options
  return { ...options, properties: { ...properties, queryLog: { ...object(properties['queryLog']), allOf: logs } } }
}

/** For each value of a key the schema that then holds as well. */
function choices(key: string, schemas: readonly (readonly [string, Json])[]): readonly Json[] {
  return schemas.map(([value, then]) => ({ if: { properties: { [key]: { const: value } }, required: [key] }, then }))
}

function relaxed({ required: _, ...schema }: Json): Json {
  return schema
}

function names(known: readonly string[], description: string): Json {
  return { enum: [...known].sort(), description }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {} // a part of a JSON Schema, checked to be an object
}
