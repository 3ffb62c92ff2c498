import { getConnection, listConnections, type StoredConnection } from '../../catalog/connections.ts'
import type { Catalog } from '../../catalog/open.ts'
import { getPipeline, listPipelines, type StoredPipeline } from '../../catalog/pipelines.ts'
import { type ErrorCode, LodelineError } from '../../contracts/errors.ts'
import { nearest } from '../../contracts/nearest.ts'

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
  const near = nearest(name, names, 3)
  const rest = near.length === 0 ? `; there is no ${what} at all yet` : `; did you mean ${near.map((one) => `\`${one}\``).join(' or ')}?`
  return new LodelineError(code, `there is no ${what} \`${name}\`${rest}`, { name, nearest: near })
}
