import { z } from 'zod'
import { secret } from '../../../contracts/secret.ts'

export const configSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .refine((url) => new URL(url).username === '', 'no user in the URL: use apiKey')
      .optional()
      .describe('Where events are posted, e.g. https://lineage.example.com; without a path, /api/v1/lineage is added'),
    file: z.string().min(1).optional().describe('File that gets one event a line, instead of a URL; absolute path or file URL'),
    apiKey: secret('Sent as a bearer token').optional(),
    gzip: z.boolean().default(false).describe('Compress the requests'),
    timeoutMs: z.number().int().min(100).max(600_000).default(15_000).describe('How long one request may take, in milliseconds'),
    tries: z.number().int().min(1).max(10).default(3).describe('Tries of one event before the runtime is asked to come again later'),
    namespace: z.string().min(1).optional().describe("Namespace of the datasets, instead of the source's own by OpenLineage's naming"),
    jobNamespace: z.string().min(1).optional().describe("Namespace of the jobs; the connection's name when absent"),
    caseOption: z
      .enum(['asStored', 'lower', 'upper'])
      .default('asStored')
      .describe('Case of dataset and column names: as the source stores them, or folded for receivers that fold'),
    lineageFacet: z.boolean().default(false).describe('Add the newer lineage facet 1-0-0 beside columnLineage'),
    producer: z.string().min(1).default('urn:lodeline').describe('URI that names the producer in every event'),
  })
  .refine((config) => (config.url === undefined) !== (config.file === undefined), { path: ['url'], message: 'either `url` or `file`' })
  .meta({
    examples: [
      { url: 'https://lineage.example.com', apiKey: 'env:OPENLINEAGE_API_KEY', gzip: true },
      { file: '/var/lib/lodeline/events.ndjson', caseOption: 'lower' },
    ],
  })

export type OpenLineageConfig = z.infer<typeof configSchema>
