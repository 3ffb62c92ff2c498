/** One connector, query log or sink, with the JSON Schema of its settings. */
export interface Configured {
  readonly kind: 'connector' | 'query log' | 'sink'
  readonly name: string
  readonly title: string
  readonly schema: Readonly<Record<string, unknown>>
}

/** docs/connectors/settings.md: every setting of what is built in, from the schemas themselves. */
export function settingsMarkdown(all: readonly Configured[]): string {
  return `# Settings of connectors, query logs and sinks

Written by \`npm run docs\` from the schemas that check them. \`lodeline schema\` gives the same to editors, with your plugins in it. A setting marked secret is a
reference or is encrypted at rest ([secrets.md](../secrets.md)). A setting without a default is optional unless it is marked required.
${all.map(section).join('')}`
}

function section({ kind, name, title, schema }: Configured): string {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
  const rows = Object.entries(objectOf(schema['properties'])).map(([setting, one]) => row(setting, objectOf(one), required.has(setting)))
  const first = `\n## ${kind} \`${name}\`\n\n${title}\n\n| setting | what it is | default |\n|---|---|---|\n`
  return `${first}${rows.join('\n')}\n${exampleText(schema['examples'])}`
}

function row(setting: string, one: Readonly<Record<string, unknown>>, required: boolean): string {
  const values = Array.isArray(one['enum']) ? ` (${one['enum'].map((value) => `\`${value}\``).join(', ')})` : ''
  const secret = one['secret'] === true ? '; secret' : ''
  const otherwise = required ? 'required' : one['default'] === undefined ? '' : `\`${JSON.stringify(one['default'])}\``
  return `| \`${setting}\` | ${cell(`${String(one['description'] ?? '')}${values}${secret}`)} | ${cell(otherwise)} |`
}

function exampleText(examples: unknown): string {
  const shown = Array.isArray(examples) ? examples.map((example) => JSON.stringify(example)) : []
  return shown.length === 0 ? '' : `\n\`\`\`json\n${shown.join('\n')}\n\`\`\`\n`
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {} // an object is what its keys say
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
