import { z } from 'zod'
import { filterExpression } from './filter-patterns.ts'
import { miningOptionsSchema } from './pipeline.ts'

/** Options of the pipelines of type metadataIngestion, usageIngestion and lineageIngestion. */

const patterns = z
  .array(
    z.string().superRefine((text, { addIssue }) => {
      const read = filterExpression(text)
      if (typeof read === 'string') addIssue({ code: 'custom', message: `\`${text}\` is no filter: ${read}` })
    }),
  )
  .default([])

/** Regular expressions: whatever the case, anchored at the start only; includes first, then excludes. Empty lists filter nothing. */
export const filterPatternSchema = z.strictObject({ includes: patterns, excludes: patterns })
export type FilterPattern = z.infer<typeof filterPatternSchema>

const filterFields = {
  databaseFilterPattern: filterPatternSchema.optional().describe('Outermost level: for Athena the catalog'),
  schemaFilterPattern: filterPatternSchema.optional().describe('For Athena the Glue database'),
  tableFilterPattern: filterPatternSchema.optional().describe('Tables and views'),
  useFullNameForFiltering: z.boolean().default(false).describe('Match `connection.database.schema.table` instead of the name alone'),
} as const

export const filtersSchema = z.object(filterFields)
export type FilterOptions = z.infer<typeof filtersSchema>

const toggle = (otherwise: boolean, description: string) => z.boolean().default(otherwise).describe(description)

export const metadataOptionsSchema = z.strictObject({
  ...filterFields,
  includeTables: toggle(true, 'Tables'),
  includeViews: toggle(true, 'Views'),
  includeTags: toggle(true, 'Tags of databases, tables and columns'),
  debugLog: toggle(false, 'Log every schema and batch'),
  markDeletedTables: toggle(true, 'Mark tables and views that are gone from the source'),
  markDeletedSchemas: toggle(false, 'Mark schemas that are gone, with what was in them'),
  markDeletedDatabases: toggle(false, 'Mark databases that are gone, with what was in them'),
  markDeletedFromFilterOnly: toggle(true, 'False: also what this pipeline saw before and its filter no longer lets through'),
  deletionGuard: z
    .strictObject({ maxShare: z.number().min(0).max(1).default(0.2) })
    .default({ maxShare: 0.2 })
    .describe('Nothing is marked when more than this share would go, of all or in one schema'),
  threads: z.number().int().min(1).max(64).default(4).describe('Calls to the source at once'),
  incremental: z
    .strictObject({
      enabled: z.boolean().default(false),
      lookbackDays: z.number().int().min(1).default(7).describe('Only a run that is not older than this is built upon'),
      safetyMarginDays: z.number().int().min(0).default(1),
    })
    .default({ enabled: false, lookbackDays: 7, safetyMarginDays: 1 })
    .describe('Ask for tags and view texts only of what changed since the last successful run'),
  override: toggle(false, "True: the source's comments, owners and tags win over those that came from elsewhere"),
})
export type MetadataIngestionOptions = z.infer<typeof metadataOptionsSchema>

const historyFields = {
  ...miningOptionsSchema.shape,
  queryLog: z
    .looseObject({ kind: z.string() })
    .default({ kind: 'connection' })
    .describe(
      "`{kind: connection, workgroups, pricePerTb}`: the connection's own; or a query log such as `{kind: s3, bucket, prefix, keys}`",
    ),
  lookbackDays: z.number().int().min(1).max(45).default(1).describe('Window of a run without a schedule slot, and of the first one'),
  keepDays: z
    .number()
    .int()
    .min(46)
    .default(90)
    .describe("How long what was read of the connection's own history is kept; longer than any source lists it. Usage and lineage stay"),
} as const

export const usageOptionsSchema = z.strictObject(historyFields)
export type UsageIngestionOptions = z.infer<typeof usageOptionsSchema>

export const lineageOptionsSchema = z.strictObject({
  ...historyFields,
  ...filterFields,
  viewLineage: toggle(true, 'From the texts of views'),
  queryLineage: toggle(true, 'From the query log'),
  locationLineage: toggle(true, 'From the files behind external tables'),
  reconcile: toggle(false, 'Remove lineage of queries that no run of this log has seen for `staleAfterDays`'),
  staleAfterDays: z.number().int().min(1).default(90),
})
export type LineageIngestionOptions = z.infer<typeof lineageOptionsSchema>

/** The query log that is the connection's own history. */
export const HISTORY = 'connection'
