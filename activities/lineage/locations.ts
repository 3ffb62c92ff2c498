import { columnsOf } from '../../catalog/assets.ts'
import { lineageScopes } from '../../catalog/metadata/lineage-filters.ts'
import {
  type LocatedTable,
  type LocationLineage,
  locatedTables,
  locationId,
  putLocations,
  removeOtherLocations,
  seenLocations,
} from '../../catalog/metadata/locations.ts'
import { boundTo } from '../metadata/extract.ts'
import type { TaskFunction } from '../task.ts'
import { readLineageOptions } from '../usage/options.ts'
import { wantedBy } from './scope.ts'

/** Formats whose files name their columns. Text goes by position, so a name in the table says nothing about the file. */
const NAMED_FORMATS = new Set(['parquet', 'orc', 'avro', 'json', 'ion', 'iceberg', 'delta', 'hudi'])

/** From files to the external tables over them, and so from what wrote the files to who reads the tables. */
export const locationLineage: TaskFunction = async (context) => {
  const { catalog, pipeline, host } = context
  const options = readLineageOptions(pipeline)
  const { document, connector } = boundTo(context.connection, pipeline.name)
  if (!options.locationLineage) return { skipped: true }
  const accepts = wantedBy(await lineageScopes(catalog, document.name), document.name, 'locations')
  const tables: LocatedTable[] = []
  for await (const page of locatedTables(catalog, document.name)) for (const table of page) if (accepts(table.path)) tables.push(table)
  const below = locationsBelow(tables, await seenLocations(catalog, document.name))
  const now = new Date(host.now()).toISOString()
  let changed = 0
  for (const some of pages(tables)) {
    const columns = await columnsOf(
      catalog.db,
      some.filter(({ format }) => NAMED_FORMATS.has(format)).map(({ asset }) => asset),
    )
    const lineages = some.map((table): LocationLineage => {
      const known = [...(below.get(table.asset) ?? [])].sort()
      // A partition key is in the path, not in the file.
      const named = (columns.get(table.asset) ?? []).filter(({ partitionKey }) => partitionKey !== true).map(({ name }) => name)
      return {
        table,
        sources: known.length > 0 ? known : [locationId(document.name, table.location)],
        isNew: known.length === 0,
        columns: named,
      }
    })
    changed += await putLocations(catalog, document.name, connector.names.dialect, lineages, now)
    context.heartbeat()
  }
  await removeOtherLocations(catalog, document.name, new Set(tables.map(({ asset }) => asset)))
  context.total('locations', tables.length)
  if (changed > 0) context.count('changedLocations', changed)
  return { locations: tables.length }
}

const TABLES_AT_ONCE = 500

function* pages(tables: readonly LocatedTable[]): Generator<readonly LocatedTable[]> {
  for (let at = 0; at < tables.length; at += TABLES_AT_ONCE) yield tables.slice(at, at + TABLES_AT_ONCE)
}

/** Hadoop's names of S3 are S3; a folder is one with or without a slash at its end. */
function folder(location: string): string {
  return `${location.replace(/^s3[an]:/i, 's3:').replace(/\/+$/, '')}/`
}

/** For each table the locations known that lie in its folder; of nested tables the innermost has it, and all that lie over the same. */
function locationsBelow(tables: readonly LocatedTable[], seen: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const byFolder = new Map<string, LocatedTable[]>()
  for (const table of tables) {
    const over = byFolder.get(folder(table.location))
    if (over === undefined) byFolder.set(folder(table.location), [table])
    else over.push(table)
  }
  for (const [id, location] of seen) {
    for (let path = folder(location); path.length > 0; path = parent(path)) {
      const over = byFolder.get(path)
      if (over === undefined) continue
      for (const { asset } of over) found.set(asset, [...(found.get(asset) ?? []), id])
      break
    }
  }
  return found
}

function parent(path: string): string {
  const cut = path.lastIndexOf('/', path.length - 2)
  return cut < 0 || path.endsWith('//') ? '' : path.slice(0, cut + 1)
}
