import type { z } from 'zod'
import { getDeployment } from '../../catalog/deployments.ts'
import { type Catalog, openCatalog } from '../../catalog/open.ts'
import { listPipelines } from '../../catalog/pipelines.ts'
import { transaction } from '../../catalog/transaction.ts'
import type { Deployment } from '../../contracts/deployments.ts'
import type { documentSchema, Pipeline } from '../../contracts/pipeline.ts'
import { backfillSchedule } from '../../deploy/backfill.ts'
import { homeOf } from '../../deploy/home.ts'
import { intendMissing, intendPause, intendRedeployment } from '../../deploy/intents.ts'
import { backfillSlots } from '../../deploy/schedules/slots.ts'
import { applyRead } from '../cli/apply-documents.ts'
import { requirePipeline } from '../cli/lookup.ts'
import { deployNow } from '../deploy-now.ts'
import { readDocuments } from '../documents/read.ts'
import { removePipeline } from '../documents/write.ts'
import { type ConnectOptions, connectTemporal, type TemporalClient } from './connect.ts'

/**
 * Connections and pipelines from a program, as `lodeline apply` and `lodeline pipeline …` have them. It works on the catalog;
 * Temporal is asked when something is deployed, and its being away costs nothing: the deployment stays `pending` and goes on
 * by itself.
 */
export interface Pipelines {
  /** What a YAML document holds, as an object: validated against the plugins' schemas, secrets encrypted, all or nothing. */
  apply(document: z.input<typeof documentSchema>, options?: ApplyOptions): Promise<readonly AppliedChange[]>
  list(): Promise<readonly DeployedPipeline[]>
  get(name: string): Promise<DeployedPipeline>
  /** Brings the named ones, or all, to Temporal now; says how each deployment stands after it. */
  deploy(...names: readonly string[]): Promise<readonly Deployment[]>
  /** The same with the attempts begun anew. */
  redeploy(...names: readonly string[]): Promise<readonly Deployment[]>
  pause(...names: readonly string[]): Promise<readonly Deployment[]>
  resume(...names: readonly string[]): Promise<readonly Deployment[]>
  /** Its runs, lineage and usage stay. */
  remove(...names: readonly string[]): Promise<void>
  /** Runs the slots of `[from, to]` again, in order; gives their times. */
  backfill(name: string, interval: { readonly from: Date; readonly to: Date }): Promise<readonly Date[]>
  close(): Promise<void>
}

export interface OpenOptions extends ConnectOptions {
  /** `sqlite:FILE` or `postgres://…`; else LODELINE_CATALOG_URL, else the catalog under the home. */
  readonly catalogUrl?: string
}

export interface ApplyOptions {
  /** Who manages what is applied; only what has the same manager is pruned. */
  readonly manager?: string
  readonly prune?: boolean
  readonly dryRun?: boolean
}

export interface AppliedChange {
  readonly kind: 'connection' | 'pipeline'
  readonly name: string
  readonly change: 'create' | 'change' | 'same' | 'remove'
}

export interface DeployedPipeline {
  readonly document: Pipeline
  readonly deployment: Deployment | null
}

interface Opened {
  readonly catalog: Catalog
  readonly options: OpenOptions
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

export async function openPipelines(options: OpenOptions = {}): Promise<Pipelines> {
  const env = options.env ?? process.env
  const home = options.home ?? homeOf(env)
  const catalog = await openCatalog({ url: options.catalogUrl ?? env['LODELINE_CATALOG_URL'] ?? `sqlite:${home}/catalog.db` })
  const on: Opened = { catalog, options, env, home }
  const steer = async (names: readonly string[], intend: (name: string) => Promise<void>) => {
    for (const name of names) await requirePipeline(catalog, name)
    for (const name of names) await intend(name)
    return deployed(on, names)
  }
  return {
    apply: (document, given) => apply(on, document, given),
    list: async () => Promise.all((await listPipelines(catalog.db)).map(({ document }) => withDeployment(catalog, document))),
    get: async (name) => withDeployment(catalog, (await requirePipeline(catalog, name)).document),
    deploy: async (...names) => {
      await intendMissing(catalog, new Date())
      return steer(names.length > 0 ? names : (await listPipelines(catalog.db)).map(({ document }) => document.name), async () => undefined)
    },
    redeploy: (...names) => steer(names, (name) => intendRedeployment(catalog, name, new Date())),
    pause: (...names) => steer(names, (name) => intendPause(catalog, name, true, new Date())),
    resume: (...names) => steer(names, (name) => intendPause(catalog, name, false, new Date())),
    remove: (...names) => remove(on, names),
    backfill: (name, interval) => backfill(on, name, interval),
    close: () => catalog.close(),
  }
}

async function apply(
  { catalog, env, home }: Opened,
  document: z.input<typeof documentSchema>,
  { manager = 'program', prune = false, dryRun = false }: ApplyOptions = {},
): Promise<readonly AppliedChange[]> {
  const read = readDocuments('document', JSON.stringify(document))
  const deps = { catalog: async () => catalog, env, home, now: Date.now, signal: new AbortController().signal }
  const changes = await applyRead(read, { manager, prune, dryRun }, deps)
  return changes.map(({ kind, name, change }) => ({ kind, name, change }))
}

async function withDeployment({ db }: Catalog, document: Pipeline): Promise<DeployedPipeline> {
  return { document, deployment: await getDeployment(db, document.name) }
}

async function deployed(on: Opened, names: readonly string[]): Promise<readonly Deployment[]> {
  await deployNow(on.catalog, names, (act) => withTemporal(on, ({ client }) => act(client)))
  const found = await Promise.all(names.map((name) => getDeployment(on.catalog.db, name)))
  return found.filter((one) => one !== null)
}

async function remove(on: Opened, names: readonly string[]): Promise<void> {
  const documents = await Promise.all(names.map(async (name) => (await requirePipeline(on.catalog, name)).document))
  const now = new Date().toISOString()
  await transaction(on.catalog, async (tx) => {
    for (const document of documents) await removePipeline(tx, document, now)
  })
  await deployed(on, names)
}

async function backfill(on: Opened, name: string, { from, to }: { readonly from: Date; readonly to: Date }): Promise<readonly Date[]> {
  const slots = backfillSlots((await requirePipeline(on.catalog, name)).document, from, to)
  await withTemporal(on, ({ client }) => backfillSchedule(client.schedule, name, from, to))
  return slots
}

async function withTemporal(on: Opened, act: (temporal: TemporalClient) => Promise<void>): Promise<void> {
  const temporal = await connectTemporal({ ...on.options, env: on.env, home: on.home })
  try {
    await act(temporal)
  } finally {
    await temporal.close()
  }
}
