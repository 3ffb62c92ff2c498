import { columnsOf } from '../../catalog/assets.ts'
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
import { acceptsOf } from '../metadata/filters.ts'
import type { TaskFunction } from '../task.ts'
import { readLineageOptions } from '../usage/options.ts'
import { pruneLineage } from './prune.ts'

/** Formats whose files name their columns. Text goes by position, so a name in the table says nothing about the file. */
const NAMED_FORMATS = new Set(['parquet', 'orc', 'avro', 'json', 'ion', 'iceberg', 'delta', 'hudi'])

/** From files to the external tables over them, and so from what wrote the files to who reads the tables. */
export const locationLineage: TaskFunction = async (context) => {
  const { catalog, pipeline, host } = context
  const options = readLineageOptions(pipeline)
  const { document, connector } = boundTo(context.connection, pipeline.name)
  const accepts = acceptsOf(options, document.name)
  await pruneLineage(context, options, accepts)
  if (!options.locationLineage) return { skipped: true }
  const tables = new Map<string, LocatedTable>()
  for await (const page of locatedTables(catalog, document.name))
    for (const table of page) if (accepts(table.path)) tables.set(folder(table.location), table)
  const below = locationsBelow(tables, await seenLocations(catalog, document.name))
  const now = new Date(host.now()).toISOString()
  let changed = 0
  for (const some of pages([...tables.values()])) {
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
  await removeOtherLocations(catalog, document.name, new Set([...tables.values()].map(({ asset }) => asset)))
  context.total('locations', tables.size)
  if (changed > 0) context.count('changedLocations', changed)
  return { locations: tables.size }
}

const TABLES_AT_ONCE = 500

function* pages(tables: readonly LocatedTable[]): Generator<readonly LocatedTable[]> {
  for (let at = 0; at < tables.length; at += TABLES_AT_ONCE) yield tables.slice(at, at + TABLES_AT_ONCE)
}

/** Hadoop's names of S3 are S3; a folder is one with or without a slash at its end. */
function folder(location: string): string {
  return `${location.replace(/^s3[an]:/i, 's3:').replace(/\/+$/, '')}/`
}

/** For each table the locations known that lie in its folder; of nested tables the innermost has it. */
function locationsBelow(
  tables: ReadonlyMap<string, LocatedTable>,
  seen: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const [id, location] of seen) {
    for (let path = folder(location); path.length > 0; path = parent(path)) {
      const table = tables.get(path)
      if (table === undefined) continue
      found.set(table.asset, [...(found.get(table.asset) ?? []), id])
      break
    }
  }
  return found
}

function parent(path: string): string {
  const cut = path.lastIndexOf('/', path.length - 2)
  return cut < 0 || path.endsWith('//') ? '' : path.slice(0, cut + 1)
}
