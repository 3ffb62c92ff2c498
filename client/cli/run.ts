import { LodelineError } from '../../contracts/errors.ts'
import { meant, nearest } from '../../contracts/nearest.ts'
import type { CommandResult } from './command.ts'
import { COMMANDS, commandsUnder, findCommand } from './commands.ts'
import { openDeps } from './deps.ts'
import { EXIT } from './exit-codes.ts'
import { failureOf, failureText } from './failures.ts'
import { groupHelp, rootHelp } from './help.ts'
import { type Output, outputOf } from './output.ts'
import { paintOf, wantsColour } from './paint.ts'

interface Common {
  readonly json: boolean
  readonly verbose: boolean
  readonly color: boolean
  readonly noColor: boolean
}

const COMMON: Readonly<Record<string, keyof Common>> = {
  '--json': 'json',
  '--verbose': 'verbose',
  '--color': 'color',
  '--no-color': 'noColor',
}

/** The process: arguments in, output and exit code out. Everything else takes values. */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  const common = commonOf(argv)
  const output = outputOf(process, { colour: wantsColour(common, process.env, process.stdout.isTTY === true), json: common.json })
  endQuietlyOnBrokenPipe()
  try {
    process.exitCode = await dispatch(argv, output, common)
  } catch (error) {
    process.exitCode = await report(error, output, common)
  }
}

function commonOf(argv: readonly string[]): Common {
  const has = (flag: string) => argv.includes(flag)
  return { json: has('--json'), verbose: has('--verbose'), color: has('--color'), noColor: has('--no-color') }
}

async function dispatch(argv: readonly string[], output: Output, common: Common): Promise<number> {
  const start = argv.findIndex((word) => !(word in COMMON))
  const words = start === -1 ? [] : argv.slice(start)
  const first = words[0]
  if (first === '--version' || first === '-V' || first === 'version') return print(await version(), output, common)
  if (first === undefined || first === '--help' || first === '-h')
    return print({ code: EXIT.done, text: rootHelp(), data: COMMANDS.map(entryData) }, output, common)
  if (first === 'help') return await dispatch([...words.slice(1), '--help'], output, common)
  const found = findCommand(words)
  if (found === null) return print(groupOrThrow(words), output, common)
  return await execute(found.entry.words, found.rest, output, common)
}

async function execute(words: string, rest: readonly string[], output: Output, common: Common): Promise<number> {
  const entry = COMMANDS.find((candidate) => candidate.words === words)
  if (entry === undefined) throw new LodelineError('NAME_UNKNOWN', `there is no command \`lodeline ${words}\``)
  const [{ command }, { parseArguments }] = await Promise.all([entry.load(), import('./parse.ts')])
  const parsed = parseArguments(words, command, rest, output.width)
  if ('help' in parsed) return print({ code: EXIT.done, text: parsed.help.trimEnd() }, output, { ...common, json: false })
  const deps = openDeps(process, output, COMMANDS)
  try {
    const given = parsed.values as Parameters<typeof command.run>[0] // made by the command's own specs
    return print(await command.run(given, deps), output, common)
  } finally {
    await deps.close()
  }
}

async function print(result: CommandResult, output: Output, common: Common): Promise<number> {
  if (common.json && result.data !== undefined) await output.write(`${JSON.stringify(result.data, null, 2)}\n`)
  else if (result.text !== '') await output.write(result.text.endsWith('\n') ? result.text : `${result.text}\n`)
  return result.code
}

async function report(error: unknown, output: Output, common: Common): Promise<number> {
  const failure = failureOf(error)
  const { code, message, hint, evidence } = failure
  if (common.json) await output.write(`${JSON.stringify({ error: { code, message, hint, evidence } }, null, 2)}\n`)
  else process.stderr.write(failureText(failure, paintOf(wantsColour(common, process.env, process.stderr.isTTY === true)), common.verbose))
  return failure.exit
}

function groupOrThrow(words: readonly string[]): CommandResult {
  const [first = '', second] = words
  const group = commandsUnder(first)
  if (group.length > 0 && (second === undefined || second.startsWith('-'))) {
    const asked = second === '--help' || second === '-h'
    return { code: asked ? EXIT.done : EXIT.usage, text: groupHelp(first, group), data: group.map(entryData) }
  }
  const given = second === undefined || second.startsWith('-') ? first : `${first} ${second}`
  const near = nearestCommand(first, given)
  throw new LodelineError(
    'NAME_UNKNOWN',
    `there is no command \`lodeline ${given}\`${near === null ? '.' : `; did you mean \`lodeline ${near}\`?`} \`lodeline --help\` lists all.`,
    {
      command: given,
      nearest: near,
    },
  )
}

/** The nearest first word, and below it the nearest second one; null where none is near. */
function nearestCommand(first: string, given: string): string | null {
  const word = meant(first, new Set(COMMANDS.map(({ words }) => words.split(' ')[0] ?? '')))
  if (word === undefined)
    return (
      meant(
        given,
        COMMANDS.map(({ words }) => words),
      ) ?? null
    )
  const below = commandsUnder(word).map(({ words }) => words)
  return given === first || below.length === 0 ? word : (nearest(given, below, 1)[0] ?? word)
}

const entryData = ({ words, summary }: { readonly words: string; readonly summary: string }) => ({ command: words, summary })

async function version(): Promise<CommandResult> {
  const { readFile } = await import('node:fs/promises')
  const manifest: { version?: string } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  return {
    code: EXIT.done,
    text: `lodeline ${manifest.version} (Node ${process.versions.node})`,
    data: { lodeline: manifest.version, node: process.versions.node },
  }
}

/** `lodeline lineage export | head` is no fault of anybody. 141 is what a shell reports of a program that died of SIGPIPE. */
function endQuietlyOnBrokenPipe(): void {
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(141)
    throw error
  }
  process.stdout.on('error', onError)
  process.stderr.on('error', onError)
}
