import { z } from 'zod'

/** Assets are named by path from their connection down: `["db", "schema", "table", "column"]`, canonical case of the source. */
export const ASSET_KINDS = [
  'database',
  'schema',
  'table',
  'view',
  'column',
  'location',
  'stage',
  'stream',
  'model',
  'function',
  'procedure',
] as const
export type AssetKind = (typeof ASSET_KINDS)[number]

/** Where what we know of an asset comes from, best first; of the same rank the newest wins. */
export const SCHEMA_RANKS = ['crawled', 'imported', 'ddl', 'implied', 'seen'] as const
export type SchemaRank = (typeof SCHEMA_RANKS)[number]

export const columnSchema = z.strictObject({
  name: z.string(),
  type: z.string().optional().describe('As the source writes it, e.g. `array<struct<id:bigint>>`'),
  ordinal: z.number().int().min(0).optional(),
  comment: z.string().optional(),
  nullable: z.boolean().optional(),
  partitionKey: z.boolean().optional(),
  tags: z.array(z.string()).optional(),
})
export type AssetColumn = z.infer<typeof columnSchema>

/** What a connector or an import yields: one table, view, schema … with its columns. */
export const assetSchema = z.strictObject({
  kind: z.enum(ASSET_KINDS),
  path: z.array(z.string()).min(1),
  columns: z.array(columnSchema).optional(),
  comment: z.string().optional(),
  owner: z.string().optional(),
  viewSql: z.string().optional(),
  location: z.string().optional(),
  tags: z.array(z.string()).optional(),
  properties: z.record(z.string(), z.string()).optional(),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
})
export type Asset = z.infer<typeof assetSchema>
