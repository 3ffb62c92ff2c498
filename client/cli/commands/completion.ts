import { defineCommand } from '../command.ts'
import { COMMANDS } from '../commands.ts'
import { EXIT } from '../exit-codes.ts'

export const command = defineCommand({
  summary: 'Print a completion script for bash, zsh or fish',
  args: [{ name: 'shell', description: 'bash, zsh or fish' }],
  flags: {},
  examples: [
    { line: 'lodeline completion bash > /etc/bash_completion.d/lodeline', says: 'for all users' },
    { line: 'lodeline completion fish > ~/.config/fish/completions/lodeline.fish', says: 'fish' },
  ],
  async run({ shell }) {
    const script = SCRIPTS[shell]
    if (script === undefined) {
      const { LodelineError } = await import('../../../contracts/errors.ts')
      throw new LodelineError('OPTION_UNKNOWN', `there is no completion for \`${shell}\`; there are ${Object.keys(SCRIPTS).join(', ')}`, { shell })
    }
    return { code: EXIT.done, text: script(), data: { shell, script: script() } }
  },
})

const firsts = () => [...new Set(COMMANDS.map(({ words }) => words.split(' ')[0] ?? ''))]
const seconds = (first: string) => COMMANDS.filter(({ words }) => words.startsWith(`${first} `)).map(({ words }) => words.split(' ')[1] ?? '')

function bash(): string {
  const cases = firsts().filter((first) => seconds(first).length > 0)
  return [
    '_lodeline() {',
    '  local word=${COMP_WORDS[COMP_CWORD]}',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${firsts().join(' ')}" -- "$word")); return`,
    '  fi',
    '  if [ "$COMP_CWORD" -eq 2 ]; then',
    '    case ${COMP_WORDS[1]} in',
    ...cases.map((first) => `      ${first}) COMPREPLY=($(compgen -W "${seconds(first).join(' ')}" -- "$word")); return ;;`),
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -f -- "$word"))',
    '}',
    'complete -F _lodeline lodeline',
  ].join('\n')
}

function fish(): string {
  const line = (condition: string, word: string, summary: string) => `complete -c lodeline -n '${condition}' -a '${word}' -d '${summary.replaceAll("'", '')}'`
  return COMMANDS.flatMap(({ words, summary }) => {
    const [first = '', second] = words.split(' ')
    if (second === undefined) return [line('__fish_use_subcommand', first, summary)]
    return [`complete -c lodeline -n '__fish_use_subcommand' -a '${first}'`, line(`__fish_seen_subcommand_from ${first}`, second, summary)]
  }).join('\n')
}

const SCRIPTS: Readonly<Record<string, () => string>> = { bash, zsh: () => `autoload -U +X bashcompinit && bashcompinit\n${bash()}`, fish }
