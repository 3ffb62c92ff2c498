import { defineCommand } from '../command.ts'
import type { ListedCommand } from '../deps.ts'
import { EXIT } from '../exit-codes.ts'

export const command = defineCommand({
  summary: 'Print a completion script for bash, zsh or fish',
  args: [{ name: 'shell', description: 'bash, zsh or fish' }],
  flags: {},
  examples: [
    { line: 'source <(lodeline completion bash)', says: 'in this shell; put it into ~/.bashrc to keep it' },
    { line: 'lodeline completion fish | source', says: 'in fish' },
  ],
  async run({ shell }, { commands }) {
    const script = SCRIPTS[shell]
    if (script === undefined) {
      const { LodelineError } = await import('../../../contracts/errors.ts')
      throw new LodelineError('OPTION_UNKNOWN', `there is no completion for \`${shell}\`; there are ${Object.keys(SCRIPTS).join(', ')}`, {
        shell,
      })
    }
    return { code: EXIT.done, text: script(commands), data: { shell, script: script(commands) } }
  },
})

type Commands = readonly ListedCommand[]

const firstsOf = (commands: Commands) => [...new Set(commands.map(({ words }) => words.split(' ')[0] ?? ''))]
const secondsOf = (commands: Commands, first: string) =>
  commands.filter(({ words }) => words.startsWith(`${first} `)).map(({ words }) => words.split(' ')[1] ?? '')

function bash(commands: Commands): string {
  const cases = firstsOf(commands).filter((first) => secondsOf(commands, first).length > 0)
  return [
    '_lodeline() {',
    '  local word=${COMP_WORDS[COMP_CWORD]}',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${firstsOf(commands).join(' ')}" -- "$word")); return`,
    '  fi',
    '  if [ "$COMP_CWORD" -eq 2 ]; then',
    '    case ${COMP_WORDS[1]} in',
    ...cases.map((first) => `      ${first}) COMPREPLY=($(compgen -W "${secondsOf(commands, first).join(' ')}" -- "$word")); return ;;`),
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -f -- "$word"))',
    '}',
    'complete -F _lodeline lodeline',
  ].join('\n')
}

function fish(commands: Commands): string {
  const line = (condition: string, word: string, summary: string) =>
    `complete -c lodeline -n '${condition}' -a '${word}' -d '${summary.replaceAll("'", '')}'`
  return commands
    .flatMap(({ words, summary }) => {
      const [first = '', second] = words.split(' ')
      if (second === undefined) return [line('__fish_use_subcommand', first, summary)]
      return [
        `complete -c lodeline -n '__fish_use_subcommand' -a '${first}'`,
        line(`__fish_seen_subcommand_from ${first}`, second, summary),
      ]
    })
    .join('\n')
}

const SCRIPTS: Readonly<Record<string, (commands: Commands) => string>> = {
  bash,
  zsh: (commands) => `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`,
  fish,
}
