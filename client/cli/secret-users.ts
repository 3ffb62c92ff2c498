import { listConnections } from '../../catalog/connections.ts'
import type { Catalog } from '../../catalog/open.ts'
import { listPipelines } from '../../catalog/pipelines.ts'

/** Connections and pipelines whose documents name a secret of the catalog. */
export async function secretUsers({ db }: Catalog, name: string): Promise<readonly string[]> {
  const [connections, pipelines] = await Promise.all([listConnections(db), listPipelines(db)])
  const naming = (kind: string, stored: readonly { readonly document: { readonly name: string } }[]) =>
    stored.filter(({ document }) => holds(document, `secret:${name}`)).map(({ document }) => `${kind} ${document.name}`)
  return [...naming('connection', connections), ...naming('pipeline', pipelines)]
}

function holds(value: unknown, text: string): boolean {
  if (typeof value !== 'object' || value === null) return value === text
  return Object.values(value).some((inner) => holds(inner, text))
}
