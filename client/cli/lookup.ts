import { getConnection, listConnections, type StoredConnection } from '../../catalog/connections.ts'
import type { Catalog } from '../../catalog/open.ts'
import { getPipeline, listPipelines, type StoredPipeline } from '../../catalog/pipelines.ts'
import { type ErrorCode, LodelineError } from '../../contracts/errors.ts'
import { meant, nearest } from '../../contracts/nearest.ts'

export async function requireConnection({ db }: Catalog, name: string): Promise<StoredConnection> {
  const found = await getConnection(db, name)
  if (found !== null) return found
  const names = (await listConnections(db)).map(({ document }) => document.name)
  throw unknown('CONNECTION_UNKNOWN', 'connection', name, names)
}

export async function requirePipeline({ db }: Catalog, name: string): Promise<StoredPipeline> {
  const found = await getPipeline(db, name)
  if (found !== null) return found
  const names = (await listPipelines(db)).map(({ document }) => document.name)
  throw unknown('PIPELINE_UNKNOWN', 'pipeline', name, names)
}

/** `there is no pipeline shp; did you mean shop?` */
export function unknown(code: ErrorCode, what: string, name: string, names: readonly string[]): LodelineError {
  const near = nearest(name, names, 3).filter((one) => meant(name, [one]) !== undefined)
  const meaning = near.length === 0 ? '' : `; did you mean ${near.map((one) => `\`${one}\``).join(' or ')}?`
  const rest = names.length === 0 ? `; there is no ${what} at all yet` : meaning
  return new LodelineError(code, `there is no ${what} \`${name}\`${rest}`, { name, nearest: near })
}
