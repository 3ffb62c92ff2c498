import { z } from 'zod'
import type { CheckedPart } from '../../contracts/once.ts'
import type { PluginRegistry } from '../../contracts/registry.ts'
import { loadPlugins, type PluginSources } from '../registry.ts'

interface Configured {
  readonly title: string
  readonly schema: z.ZodType
}

/** What a plugin owes its users, as far as it can be seen without its source: that it loads, and that its settings explain themselves. */
export async function checkPlugin(place: string, among: Omit<PluginSources, 'named'>): Promise<readonly CheckedPart[]> {
  const others = await loadPlugins({ ...among, folders: among.folders.slice(0, 1), named: [] })
  const all = await loadPlugins({ ...among, folders: among.folders.slice(0, 1), named: [place] })
  const mine = all.problems.filter(({ folder }) => !others.problems.some((known) => known.folder === folder))
  if (mine.length > 0)
    return mine.map(({ message }) => result('loads', false, message, 'Correct the plugin; docs/writing-a-connector.md shows one.'))
  const found = configuredOf(all).filter(({ title }) => !configuredOf(others).some((known) => known.title === title))
  const tasks = [...all.activities.keys()].filter((name) => !others.activities.has(name))
  const types = [...all.pipelines.keys()].filter((name) => !others.pipelines.has(name))
  const has = [...found.map(({ title }) => title), ...tasks.map((name) => `task ${name}`), ...types.map((name) => `pipeline type ${name}`)]
  if (has.length === 0)
    return [result('loads', false, 'the plugin has nothing in it', 'Give it connectors, queryLogs, sinks, activities or pipelines.')]
  return [result('loads', true, has.join(', ')), ...found.flatMap(checkSettings)]
}

function configuredOf({ connectors, queryLogs, sinks }: PluginRegistry): readonly Configured[] {
  return [
    ...[...connectors.values()].map(({ name, config }) => ({ title: `connector ${name}`, schema: config })),
    ...[...queryLogs.values()].map(({ kind, options }) => ({ title: `query log ${kind}`, schema: options })),
    ...[...sinks.values()].map(({ name, config }) => ({ title: `sink ${name}`, schema: config })),
  ]
}

function checkSettings({ title, schema }: Configured): readonly CheckedPart[] {
  const examples: readonly unknown[] = (schema.meta()?.['examples'] ?? []) as readonly unknown[] // what zod keeps as it was given
  const bad = examples.map((example) => schema.safeParse(example)).find(({ success }) => !success)
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const bare = Object.entries(properties).flatMap(([name, one]) =>
    name === 'kind' || (typeof one === 'object' && one.description !== undefined) ? [] : [name],
  )
  const unknown = schema.safeParse({ ...(typeof examples[0] === 'object' ? examples[0] : {}), noSuchSetting: 1 })
  const refuses = !unknown.success && unknown.error.issues.some(({ code }) => code === 'unrecognized_keys')
  return [
    result(
      `${title}: describes every setting`,
      bare.length === 0,
      bare.length === 0 ? Object.keys(properties).join(', ') : bare.join(', '),
      'Add `.describe(…)`.',
    ),
    result(
      `${title}: has an example that is valid`,
      examples.length > 0 && bad === undefined,
      bad?.error?.message ?? `${examples.length} of them`,
      'Add `.meta({ examples: [{ … }] })` to the schema.',
    ),
    result(`${title}: refuses an unknown setting`, refuses, refuses ? 'yes' : 'it is taken', 'Use `z.strictObject`.'),
  ]
}

function result(step: string, holds: boolean, message: string, remedy?: string): CheckedPart {
  return {
    part: 'plugin',
    step,
    status: holds ? 'passed' : 'failed',
    mandatory: true,
    message,
    ...(holds || remedy === undefined ? {} : { remedy }),
  }
}
