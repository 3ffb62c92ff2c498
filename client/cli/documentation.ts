import { ERRORS, type ErrorSpec } from '../../contracts/errors.ts'
import { type Command, type FlagSpec, flagName } from './command.ts'
import { COMMANDS } from './commands.ts'
import { EXITS, exitOf } from './exit-codes.ts'
import { COMMON_FLAGS } from './parse.ts'

/** docs/cli.md and docs/errors.md, from what the program itself goes by; `npm run docs` writes them, and a test compares. */

export async function cliMarkdown(): Promise<string> {
  const parts = await Promise.all(COMMANDS.map(async ({ words, load }) => commandMarkdown(words, (await load()).command)))
  return `# The command line

\`lodeline COMMAND [ARGUMENTS]\`. In a clone, \`npx lodeline …\` or \`bin/lodeline …\`. This page is written by \`npm run docs\` from the commands themselves.

Every command has \`--help\` with examples. Results go to standard output, progress and notes to standard error, so results can be piped.

| option of every command | |
|---|---|
${Object.entries(COMMON_FLAGS).map(flagRow).join('\n')}

With \`--json\`, an error is \`{"error": {"code", "message", "hint", "evidence"}}\` on standard output; [errors.md](errors.md) lists the codes. Times are UTC.

## Exit codes

| code | means |
|---|---|
${Object.entries(EXITS).map(([code, says]) => `| ${code} | ${says} |`).join('\n')}

Where a command gives one of them a narrower meaning, it is said below.

${parts.join('\n')}`
}

function commandMarkdown(words: string, { summary, description, args, flags, examples, exits }: Command): string {
  const usage = [`lodeline ${words}`, ...args.map((arg) => (arg.optional === true ? `[${arg.name}]` : `<${arg.name}>`)), ...(Object.keys(flags).length > 0 ? ['[options]'] : [])].join(' ')
  const rows = [...args.map((arg) => `| \`${arg.name}\` | ${cell(arg.description)} |`), ...Object.entries(flags).map(flagRow)]
  return [
    `## lodeline ${words}\n`,
    `${summary}.\n`,
    `\`${usage}\`\n`,
    ...(description === undefined ? [] : [`${paragraphs(description)}\n`]),
    ...(rows.length === 0 ? [] : [`| | |\n|---|---|\n${rows.join('\n')}\n`]),
    `\`\`\`sh\n${examples.map(({ line, says }) => `${line}    # ${says}`).join('\n')}\n\`\`\`\n`,
    ...(exits === undefined ? [] : [`Exit codes: ${Object.entries(exits).map(([code, says]) => `${code} ${says}`).join(' ')}\n`]),
  ].join('\n')
}

function flagRow([name, spec]: [string, FlagSpec]): string {
  const value = spec.type === 'boolean' ? '' : ` ${spec.value ?? (spec.type === 'number' ? 'N' : name.toUpperCase())}`
  const short = spec.short === undefined ? '' : `-${spec.short}, `
  const facts = [
    ...(spec.type === 'choice' ? [`one of ${spec.choices.join(', ')}`] : []),
    ...('default' in spec && spec.default !== undefined ? [`default ${spec.default}`] : []),
    ...(spec.required === true ? ['required'] : []),
  ]
  return `| \`${short}${flagName(name)}${value}\` | ${cell(spec.description)}${facts.length === 0 ? '' : ` (${facts.join('; ')})`} |`
}

/** Indented lines of a description are kept as they are. */
function paragraphs(text: string): string {
  const lines = text.split('\n')
  if (!lines.some((line) => line.startsWith('  '))) return lines.join(' ')
  const plain = lines.filter((line) => !line.startsWith('  ')).join(' ').trim()
  const block = lines.filter((line) => line.startsWith('  ')).map((line) => line.slice(2))
  return `${plain}\n\n\`\`\`\n${block.join('\n')}\n\`\`\``
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const KINDS: Readonly<Record<ErrorSpec['kind'], string>> = {
  input: 'something you gave is wrong',
  auth: 'access was refused',
  missing: 'something needed is not there',
  busy: 'a server is busy or away for the moment',
  data: 'the data, or what was made of it',
  internal: 'a fault in lodeline',
}

export function errorsMarkdown(): string {
  const rows = Object.entries(ERRORS)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, { kind, retry, hint }]) => `| \`${code}\` | ${KINDS[kind]} | ${retry ? 'yes' : 'no'} | ${exitOf(kind)} | ${cell(hint)} |`)
  return `# Errors

Every error that lodeline raises on purpose has a code that stays the same: on the command line, in \`--json\`, in a run's record, in logs, and in Temporal as the failure's type. This page is
written by \`npm run docs\` from the table in contracts/errors.ts.

"Again" says whether Temporal tries the task again by itself. "Exit" is the exit code of a command that ends with the error ([cli.md](cli.md)).

| code | whose | again | exit | what to do |
|---|---|---|---|---|
${rows.join('\n')}
`
}
