import { CommanderError, Option, Command as Program } from 'commander'
import { LodelineError } from '../../contracts/errors.ts'
import { meant } from '../../contracts/nearest.ts'
import { type Command, type FlagSpec, flagName } from './command.ts'
import { EXITS } from './exit-codes.ts'

/** Flags that every command has. */
export const COMMON_FLAGS = {
  json: { type: 'boolean', description: 'Print the result as JSON' },
  color: { type: 'boolean', description: 'Colours, also where the output is no terminal' },
  noColor: { type: 'boolean', description: 'No colours' },
  verbose: { type: 'boolean', description: 'With an error, print where in the code it arose' },
} as const satisfies Record<string, FlagSpec>

export type Parsed = { readonly values: Readonly<Record<string, unknown>> } | { readonly help: string }

/** Reads the words after a command's name; throws OPTION_UNKNOWN or DOCUMENT-like errors that name the nearest thing. */
export function parseArguments(words: string, command: Command, argv: readonly string[], width: number): Parsed {
  const program = build(words, command, width)
  let help = ''
  program.configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined })
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return { help }
    throw usageError(words, command, error)
  }
  const values: Record<string, unknown> = { ...defaultsOf(command), ...program.opts() }
  for (const [index, arg] of command.args.entries()) values[arg.name] = program.processedArgs[index]
  values['noColor'] = argv.includes('--no-color')
  return { values }
}

function defaultsOf(command: Command): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(command.flags).map(([name, spec]) => [
      name,
      spec.type === 'boolean' ? false : spec.type === 'strings' ? [] : 'default' in spec ? spec.default : undefined,
    ]),
  )
}

function build(words: string, command: Command, width: number): Program {
  const program = new Program(`lodeline ${words}`)
    .description(command.description === undefined ? command.summary : `${command.summary}\n\n${command.description}`)
    .helpOption('-h, --help', 'This help')
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureHelp({ helpWidth: width })
    .addHelpText('after', `\n${examplesOf(command)}${exitsOf(command)}`)
  for (const arg of command.args) program.argument(placeholder(arg), arg.description)
  for (const [name, spec] of [...Object.entries(command.flags), ...Object.entries(COMMON_FLAGS)]) program.addOption(optionOf(name, spec))
  return program
}

function placeholder(arg: { readonly name: string; readonly optional?: boolean; readonly many?: boolean }): string {
  const inner = `${arg.name}${arg.many === true ? '...' : ''}`
  return arg.optional === true ? `[${inner}]` : `<${inner}>`
}

function optionOf(name: string, spec: FlagSpec): Option {
  const long = `${spec.short === undefined ? '' : `-${spec.short}, `}${flagName(name)}`
  const value = spec.value ?? (spec.type === 'number' ? 'N' : name.toUpperCase())
  const option = new Option(spec.type === 'boolean' ? long : `${long} <${value}>`, spec.description)
  if (spec.type === 'choice') option.choices([...spec.choices])
  if (spec.type === 'number') option.argParser((text) => numberOf(flagName(name), text, spec))
  if (spec.type === 'strings') option.argParser((text, before: string[] | undefined) => [...(before ?? []), text])
  if ('default' in spec && spec.default !== undefined) option.default(spec.default)
  if (spec.required === true) option.makeOptionMandatory()
  if (spec.hidden === true) option.hideHelp()
  return option
}

function numberOf(flag: string, text: string, { min = 0, max }: { readonly min?: number; readonly max?: number }): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > (max ?? Number.MAX_SAFE_INTEGER)) {
    const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`
    throw new LodelineError('OPTION_UNKNOWN', `${flag} takes a number ${range}, not \`${text}\``, { option: flag })
  }
  return value
}

function examplesOf(command: Command): string {
  const width = Math.max(...command.examples.map(({ line }) => line.length))
  return `Examples:\n${command.examples.map(({ line, says }) => `  $ ${line.padEnd(width)}   # ${says}`).join('\n')}\n`
}

function exitsOf(command: Command): string {
  const own = Object.entries(command.exits ?? {})
  const lines = own.length > 0 ? own : [['0', EXITS[0]]]
  return `\nExit codes:\n${lines.map(([code = '', says]) => `  ${code.padStart(3)}  ${says}`).join('\n')}\n  others as in docs/cli.md\n`
}

/** Commander's complaint in our words, with the nearest option. */
function usageError(words: string, command: Command, error: CommanderError): LodelineError {
  const plain = error.message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replaceAll("'", '`')
  const help = `\`lodeline ${words} --help\` shows all of them.`
  if (error.code === 'commander.unknownOption') {
    const given = /--?[^\s'`=]+/.exec(error.message)?.[0] ?? '--'
    const flags = [...Object.keys(command.flags), ...Object.keys(COMMON_FLAGS), 'help'].map(flagName)
    const bare = new Map(flags.map((flag) => [flag.replace(/^--/, ''), flag]))
    const best = bare.get(meant(given.replace(/^-+/, ''), bare.keys()) ?? '') ?? null
    const guess = best === null ? '.' : `; did you mean \`${best}\`?`
    return new LodelineError('OPTION_UNKNOWN', `\`lodeline ${words}\` has no option \`${given}\`${guess} ${help}`, {
      option: given,
      nearest: best,
    })
  }
  return new LodelineError('OPTION_UNKNOWN', `${plain}. ${help}`, { command: words })
}
