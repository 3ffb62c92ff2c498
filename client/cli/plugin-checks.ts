import { getConnection } from '../../catalog/connections.ts'
import type { DocumentPath, Validated } from '../../contracts/once.ts'
import { problem } from '../documents/plan.ts'
import type { Documents, Placed, Problem } from '../documents/read.ts'
import type { ApplyDeps } from './deps.ts'
import { askPluginsOnce } from './plugin-process.ts'

/** What the plugins say of documents. */
export interface PluginVerdict {
  readonly problems: readonly Problem[]
  readonly secrets: readonly DocumentPath[]
}

/** Documents against the schemas of the connectors, query logs and sinks that they name. */
export async function checkedByPlugins(documents: Documents, deps: ApplyDeps): Promise<PluginVerdict> {
  if (documents.connections.length + documents.pipelines.length === 0) return { problems: [], secrets: [] }
  const request = {
    action: 'validate' as const,
    connections: documents.connections.map(({ value }) => value),
    pipelines: await Promise.all(
      documents.pipelines.map(async ({ value }) => ({ pipeline: value, connector: await connectorOf(value.connection, documents, deps) })),
    ),
  }
  const { problems, secrets } = await askPluginsOnce<Validated>(request, deps)
  const placed = ({ kind, index }: DocumentPath): Placed<{ readonly name: string }> | undefined =>
    kind === 'connection' ? documents.connections[index] : documents.pipelines[index]
  return {
    problems: problems.flatMap((found) => {
      const where = placed(found)
      return where === undefined ? [] : [problem(where, found.path, found.message, found.key)]
    }),
    secrets,
  }
}

async function connectorOf(connection: string | undefined, { connections }: Documents, deps: ApplyDeps): Promise<string | null> {
  if (connection === undefined) return null
  const given = connections.find(({ value }) => value.name === connection)?.value
  return (given ?? (await getConnection((await deps.catalog()).db, connection))?.document)?.connector ?? null
}
