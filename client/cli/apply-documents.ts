import { text as readAll } from 'node:stream/consumers'
import { secretKeyOf } from '../../deploy/secret-key.ts'
import { readSources } from '../documents/files.ts'
import { type Change, type PlanOptions, planDocuments } from '../documents/plan.ts'
import { type Documents, readDocuments, refuseProblems } from '../documents/read.ts'
import { absoluteFileUrls } from '../documents/relative.ts'
import { sealDocuments } from '../documents/seal.ts'
import { writeChanges } from '../documents/write.ts'
import type { ApplyDeps, Deps } from './deps.ts'
import { checkedByPlugins } from './plugin-checks.ts'

/** Reads, checks, plans and (unless it is a dry run) writes documents: all or nothing. */
export async function applyDocuments(
  paths: readonly string[],
  options: PlanOptions & { readonly dryRun: boolean },
  deps: Deps,
): Promise<readonly Change[]> {
  return await applyRead(await readAllDocuments(paths, deps), options, deps)
}

/** The same for documents that were read already. */
export async function applyRead(
  read: Documents,
  options: PlanOptions & { readonly dryRun: boolean },
  deps: ApplyDeps,
): Promise<readonly Change[]> {
  if (read.isPartial === true) refuseProblems(read.problems) // the rest would be held against what is missing
  const catalog = await deps.catalog()
  const { problems: complaints, secrets } = await checkedByPlugins(read, deps)
  const documents = await sealDocuments(catalog, read, secrets, () => secretKeyOf(deps.env, deps.home))
  const { changes, problems } = await planDocuments(catalog, documents, options)
  refuseProblems([...read.problems, ...problems, ...complaints])
  if (!options.dryRun) await writeChanges(catalog, changes, options.manager, new Date(deps.now()).toISOString())
  return changes
}

async function readAllDocuments(paths: readonly string[], deps: Deps): Promise<Documents> {
  const sources = await readSources(paths, deps.cwd, () => readAll(deps.stdin))
  const read = sources.map(({ name, folder, text }) => {
    const documents = readDocuments(name, text)
    return {
      connections: documents.connections.map((placed) => ({ ...placed, value: absoluteFileUrls(placed.value, folder) })),
      pipelines: documents.pipelines.map((placed) => ({ ...placed, value: absoluteFileUrls(placed.value, folder) })),
      problems: documents.problems,
      isPartial: documents.isPartial === true,
    }
  })
  return {
    connections: read.flatMap(({ connections }) => connections),
    pipelines: read.flatMap(({ pipelines }) => pipelines),
    problems: read.flatMap(({ problems }) => problems),
    isPartial: read.some(({ isPartial }) => isPartial),
  }
}
