import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { STANDARD_PIPELINES } from '../activities/pipelines/standard.ts'
import { checkDag } from '../contracts/dag-check.ts'
import type { Connector, Plugin, PluginActivity, QueryLog, Sink } from '../contracts/plugin.ts'
import { PLUGIN_API_VERSION } from '../contracts/plugin.ts'
import type { PluginProblem, PluginRegistry } from '../contracts/registry.ts'

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash and underscore')
const callable = z.custom<unknown>((value) => typeof value === 'function', 'must be a function')
const zodSchema = z.custom<unknown>((value) => value instanceof z.ZodType || hasParse(value), 'must be a zod schema')
const generators = { check: callable.optional() }

/** What a manifest must have before anything of it is used. Unknown keys are let be: newer plugins in older workers. */
const manifestSchema = z.looseObject({
  name: id,
  apiVersion: z.literal(PLUGIN_API_VERSION, `must be ${PLUGIN_API_VERSION}: this worker knows no other`),
  connectors: z
    .array(
      z.looseObject({
        name: id,
        title: z.string(),
        names: z.looseObject({ levels: z.array(z.string()).min(1), dialect: z.string() }),
        config: zodSchema,
        metadata: callable.optional(),
        queries: callable.optional(),
        lineage: callable.optional(),
        rows: callable.optional(),
        ...generators,
      }),
    )
    .optional(),
  queryLogs: z
    .array(
      z.looseObject({ kind: id, title: z.string(), options: zodSchema, list: callable, read: callable, format: callable, ...generators }),
    )
    .optional(),
  sinks: z.array(z.looseObject({ name: id, title: z.string(), config: zodSchema, publish: callable, ...generators })).optional(),
  activities: z.array(z.looseObject({ name: id, run: callable })).optional(),
  pipelines: z.record(id, z.unknown()).optional(),
})

export interface PluginSources {
  /** The `plugins/` folder: each `KIND/NAME/` in it, or `NAME/`, is one. */
  readonly folders: readonly string[]
  /** Configured folders of one plugin each, or names of npm packages installed where the worker runs. */
  readonly named: readonly string[]
  /** Names of tasks a plugin may not take. */
  readonly builtIn: ReadonlySet<string>
  readonly cwd: string
}

interface Parts {
  readonly connectors: Map<string, Connector>
  readonly queryLogs: Map<string, QueryLog>
  readonly sinks: Map<string, Sink>
  readonly activities: Map<string, PluginActivity>
  readonly pipelines: Map<string, unknown>
}

/** Loads every plugin; one that cannot be loaded, or takes a name that is taken, becomes a problem and the others work. */
export async function loadPlugins(sources: PluginSources): Promise<PluginRegistry> {
  const parts: Parts = { connectors: new Map(), queryLogs: new Map(), sinks: new Map(), activities: new Map(), pipelines: new Map() }
  const problems: PluginProblem[] = []
  const names = new Set<string>()
  for (const place of [...sources.folders.flatMap(pluginFolders), ...sources.named.flatMap((named) => namedPlaces(named, sources.cwd))]) {
    try {
      const plugin = await importPlugin(place, sources.cwd)
      refuseCollisions(plugin, parts, names, sources.builtIn)
      names.add(plugin.name)
      add(plugin, parts)
    } catch (error) {
      problems.push({ folder: place, code: 'PLUGIN_INVALID', message: problemOf(error) })
    }
  }
  return { ...parts, problems }
}

/** Folders with an entry file, in the order of their names, at most two levels down. */
function pluginFolders(folder: string): readonly string[] {
  return subfolders(folder).flatMap((one) => (entryOf(one) === null ? subfolders(one).filter((two) => !isEmpty(two)) : [one]))
}

function subfolders(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.name !== 'node_modules' && !entry.name.startsWith('.'))
  return names
    .filter((entry) => statSync(join(folder, entry.name)).isDirectory())
    .map((entry) => join(folder, entry.name))
    .sort()
}

function isEmpty(folder: string): boolean {
  return readdirSync(folder).length === 0
}

/** A configured folder is a plugin, or a folder of plugins (`/plugins` of the container), which may be empty. */
function namedPlaces(place: string, cwd: string): readonly string[] {
  if (place === '') return [] // a variable that is set to nothing
  const folder = resolve(cwd, place)
  if (!isPath(place) || !existsSync(folder) || !statSync(folder).isDirectory() || entryOf(folder) !== null) return [place]
  const within = pluginFolders(folder)
  const files = readdirSync(folder).filter((name) => !name.startsWith('.'))
  return within.length > 0 || files.length === 0 ? within : [place]
}

function isPath(place: string): boolean {
  return place.startsWith('.') || isAbsolute(place)
}

const ENTRIES = ['index.ts', 'index.js', 'index.mjs', 'plugin.ts', 'plugin.js']

function entryOf(folder: string): string | null {
  const found = ENTRIES.find((entry) => existsSync(join(folder, entry)))
  return found === undefined ? null : join(folder, found)
}

async function importPlugin(place: string, cwd: string): Promise<Plugin> {
  const loaded: unknown = await import(pathToFileURL(entryFile(place, cwd)).href)
  const exported = exportOf(loaded)
  if (exported === undefined) throw new Error('exports no `plugin` (use `export const plugin = definePlugin({…})`)')
  const checked = manifestSchema.safeParse(exported)
  if (!checked.success)
    throw new Error(checked.error.issues.map(({ path, message }) => `${path.join('.') || 'plugin'}: ${message}`).join('; '))
  const plugin = exported as Plugin // the manifest is checked; functions cannot be checked further
  refuseBadDags(plugin)
  return plugin
}

/** The tasks that a DAG names may be of plugins that are loaded later: they are looked for when a pipeline is written. */
function refuseBadDags({ pipelines = {} }: Plugin): void {
  const problems = Object.entries(pipelines).flatMap(([type, document]) => {
    const checked = checkDag(document)
    return checked.ok ? [] : checked.problems.map(({ path, message }) => `pipelines.${type}.${path}: ${message}`)
  })
  if (problems.length > 0) throw new Error(problems.join('; '))
}

function entryFile(place: string, cwd: string): string {
  if (!isPath(place)) return createRequire(join(cwd, 'package.json')).resolve(place)
  const folder = resolve(cwd, place)
  if (!existsSync(folder)) throw new Error('there is no such folder')
  const entry = statSync(folder).isDirectory() ? entryOf(folder) : folder
  if (entry === null) throw new Error(`has none of ${ENTRIES.join(', ')}`)
  return entry
}

function exportOf(loaded: unknown): unknown {
  if (typeof loaded !== 'object' || loaded === null) return undefined
  const { plugin, default: byDefault } = loaded as { readonly plugin?: unknown; readonly default?: unknown } // either may be missing
  return plugin ?? byDefault
}

/** The whole plugin is refused, not half of it: a half-loaded plugin is harder to understand than a missing one. */
function refuseCollisions(plugin: Plugin, parts: Parts, names: ReadonlySet<string>, builtIn: ReadonlySet<string>): void {
  if (names.has(plugin.name)) throw new Error(`a plugin named ${plugin.name} is loaded already`)
  const taken = [
    ...(plugin.connectors ?? []).filter(({ name }) => parts.connectors.has(name)).map(({ name }) => `connector ${name}`),
    ...(plugin.queryLogs ?? []).filter(({ kind }) => parts.queryLogs.has(kind)).map(({ kind }) => `query log ${kind}`),
    ...(plugin.sinks ?? []).filter(({ name }) => parts.sinks.has(name)).map(({ name }) => `sink ${name}`),
    ...(plugin.activities ?? []).filter(({ name }) => parts.activities.has(name) || builtIn.has(name)).map(({ name }) => `task ${name}`),
    ...Object.keys(plugin.pipelines ?? {})
      .filter((name) => parts.pipelines.has(name) || name === 'pipeline' || Object.hasOwn(STANDARD_PIPELINES, name))
      .map((name) => `pipeline type ${name}`),
  ]
  if (taken.length > 0) throw new Error(`${taken.join(', ')}: the name is taken by another plugin or by lodeline itself`)
}

function add(plugin: Plugin, parts: Parts): void {
  for (const connector of plugin.connectors ?? []) parts.connectors.set(connector.name, connector)
  for (const log of plugin.queryLogs ?? []) parts.queryLogs.set(log.kind, log)
  for (const sink of plugin.sinks ?? []) parts.sinks.set(sink.name, sink)
  for (const activity of plugin.activities ?? []) parts.activities.set(activity.name, activity)
  for (const [name, dag] of Object.entries(plugin.pipelines ?? {})) parts.pipelines.set(name, dag)
}

function hasParse(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'safeParse' in value // a zod of another copy
}

function problemOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING')
    return 'is TypeScript below node_modules, where Node runs JavaScript only: publish it compiled'
  const [says = ''] = (error instanceof Error ? error.message : String(error)).split('\nRequire stack:') // of an npm package that is not installed
  return says
}
