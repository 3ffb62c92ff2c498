import { sql } from 'kysely'

/**
 * In `process_needs`, as the hash of an asset that a statement names and the catalog did not know, where such assets are left out
 * (`missingAssets`): behind it stands the asset's name.
 */
export const UNKNOWN = 'unknown:'

/** Whether the asset is not what it was when the process was resolved: other columns, or left out then and known since. */
export const isOutdated = sql<boolean>`coalesce(need.schema_hash, '') <> case
  when need.schema_hash like ${sql.lit(`${UNKNOWN}%`)} and assets.seen_only = 1 then need.schema_hash else coalesce(assets.schema_hash, '') end`
