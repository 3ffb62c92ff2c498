import type { Change } from '../../documents/plan.ts'
import { applyDocuments } from '../apply-documents.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { maskObject } from '../masked.ts'
import type { Paint } from '../paint.ts'

export const command = defineCommand({
  summary: 'Write connections and pipelines from YAML into the catalog',
  description: `Reads every document first and reports all that is wrong with line and column; then writes all or nothing. What is applied again
unchanged changes nothing. \`env:NAME\`, \`file:/path\` and the like stay references: they are resolved where they are used.`,
  args: [],
  flags: {
    file: {
      type: 'strings',
      short: 'f',
      value: 'FILE|DIR',
      description: 'File, folder of .yaml, .yml and .json files, or - for standard input; may be repeated',
      required: true,
    },
    dryRun: { type: 'boolean', description: 'Show what would change, write nothing' },
    prune: { type: 'boolean', description: 'Also remove what was applied before by the same manager and is not in these files' },
    manager: {
      type: 'string',
      value: 'NAME',
      description: 'Who manages these documents, where several folders are applied to one catalog',
      default: 'apply',
    },
  },
  examples: [
    { line: 'lodeline apply -f examples/pipelines/', says: 'all files of a folder' },
    { line: 'lodeline apply -f examples/pipelines/ --prune --dry-run', says: 'what would change, removals included' },
    { line: "echo 'connections: [{ name: shop, connector: snowflake }]' | lodeline apply -f -", says: 'from standard input' },
  ],
  exits: { 0: 'Applied, or nothing to do.', 2: 'A document is wrong: every problem is listed as file:line:column. Nothing was written.' },
  async run(given, deps) {
    const changes = await applyDocuments(given.file, { manager: given.manager, prune: given.prune, dryRun: given.dryRun }, deps)
    return {
      code: EXIT.done,
      text: describe(changes, given.dryRun, deps.output.paint),
      data: { dryRun: given.dryRun, changes: changes.map(changeData) },
    }
  },
})

const MARKS = { create: '+', change: '~', same: '=', remove: '-' } as const

function describe(changes: readonly Change[], dryRun: boolean, paint: Paint): string {
  if (changes.length === 0) return 'The documents hold no connection and no pipeline.'
  const colours = { create: paint.green, change: paint.yellow, same: paint.dim, remove: paint.red }
  const lines = changes.flatMap((change) => [
    colours[change.change](`${MARKS[change.change]} ${change.kind} ${change.name}`),
    ...change.differences.map(({ path, before, after }) => paint.dim(`    ${path}: ${shown(path, before)} → ${shown(path, after)}`)),
  ])
  const count = (wanted: Change['change']) => changes.filter(({ change }) => change === wanted).length
  const summary = `${count('create')} created, ${count('change')} changed, ${count('remove')} removed, ${count('same')} unchanged`
  return `${lines.join('\n')}\n${dryRun ? `Dry run: ${summary.replace('created', 'to create').replace('changed', 'to change').replace('removed', 'to remove')}` : summary}`
}

function shown(path: string, value: unknown): string {
  if (value === undefined) return '(none)'
  const name = path.split('.').at(-1) ?? ''
  const masked = maskObject({ [path.startsWith('credentials') ? 'credential' : name]: value }) as Record<string, unknown> // one key in, one out
  return JSON.stringify(Object.values(masked)[0])
}

function changeData({ kind, name, change, differences }: Change): unknown {
  return {
    kind,
    name,
    change,
    ...(differences.length === 0
      ? {}
      : { differences: differences.map(({ path, before, after }) => ({ path, before: shown(path, before), after: shown(path, after) })) }),
  }
}
