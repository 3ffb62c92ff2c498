import { COMMANDS, type CommandEntry } from './commands.ts'

const INTRO = `lodeline: which tables there are, who uses them, and where every column comes from.

Usage: lodeline COMMAND [ARGUMENTS] [--json] [--help]
`

const OUTRO = `
Every command has --help with examples and --json. Exit codes: docs/cli.md.
  $ lodeline up                          # start Temporal, a worker and the catalog on this machine
  $ lodeline lineage parse query.sql     # explain one SQL text
`

export function rootHelp(): string {
  return `${INTRO}\n${list(COMMANDS)}\n${OUTRO}`
}

export function groupHelp(word: string, entries: readonly CommandEntry[]): string {
  return `Usage: lodeline ${word} COMMAND\n\n${list(entries)}\n\n\`lodeline ${word} COMMAND --help\` shows arguments and examples.`
}

function list(entries: readonly CommandEntry[]): string {
  const width = Math.max(...entries.map(({ words }) => words.length))
  return entries.map(({ words, summary }) => `  ${words.padEnd(width)}  ${summary}`).join('\n')
}
