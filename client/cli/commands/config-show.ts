import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { askPluginsOnce } from '../plugin-process.ts'
import { table } from '../table.ts'

interface Described {
  readonly name: string
  readonly value: unknown
  readonly source: string
  readonly doc: string
  readonly env?: string
  readonly flag?: string
}

export const command = defineCommand({
  summary: 'Show every setting, its value and where it comes from',
  description:
    'Settings come from flags, then the environment, then lodeline.yaml under LODELINE_HOME (or LODELINE_CONFIG), then defaults. Secrets are masked.',
  args: [],
  flags: { changed: { type: 'boolean', description: 'Only those that are not defaults' } },
  examples: [
    { line: 'lodeline config show', says: 'all settings' },
    { line: 'lodeline config show --changed', says: 'what you set' },
  ],
  async run({ changed }, deps) {
    const [described, own] = await Promise.all([askPluginsOnce<readonly Described[]>({ action: 'config' }, deps), deps.config()])
    const up: readonly Described[] = [
      ownSetting(
        'temporal.port',
        own.temporalPort,
        7233,
        'Port of the dev server that `lodeline up` starts',
        'LODELINE_TEMPORAL_PORT',
        '--temporal-port',
        deps.env,
      ),
      ownSetting(
        'temporal.uiPort',
        own.temporalUiPort,
        null,
        'Port of its web pages',
        'LODELINE_TEMPORAL_UI_PORT',
        '--temporal-ui-port',
        deps.env,
      ),
    ]
    const data = [...described, ...up].filter(({ source }) => !changed || source !== 'default')
    const rows = data.map(({ name, value, source, env, doc }) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
      source,
      env,
      doc,
    ])
    return {
      code: EXIT.done,
      text:
        rows.length === 0
          ? 'Every setting is its default.'
          : table(deps.output, ['SETTING', 'VALUE', 'FROM', 'VARIABLE', 'WHAT IT IS'], rows),
      data,
    }
  },
})

function ownSetting(
  name: string,
  value: unknown,
  byDefault: unknown,
  doc: string,
  env: string,
  flag: string,
  given: Readonly<Record<string, string | undefined>>,
): Described {
  const source = given[env] !== undefined ? `environment ${env}` : value === byDefault ? 'default' : 'configuration file'
  return { name, value, source, doc, env, flag }
}
