import { defineCommand } from '../command.ts'
import { diagnose, type Finding } from '../doctor.ts'
import { EXIT } from '../exit-codes.ts'
import type { Paint } from '../paint.ts'

export const command = defineCommand({
  summary: 'Look at this installation and say what is wrong with it',
  description:
    'Node, Temporal (how it is found, its version, whether it answers and has workers), the catalog, plugins, ports, disk and clock. Changes nothing.',
  args: [],
  flags: {},
  examples: [{ line: 'lodeline doctor', says: 'before asking somebody' }],
  exits: { 0: 'Nothing is wrong (there may be warnings).', 3: 'Something is wrong; each finding says what to do.' },
  async run(_given, deps) {
    const findings = await diagnose(deps)
    const wrong = findings.filter(({ status }) => status === 'wrong').length
    const { paint } = deps.output
    const text = [
      ...findings.map((finding) => findingText(finding, paint)),
      '',
      wrong === 0 ? paint.green('Nothing is wrong.') : paint.red(`${wrong} thing${wrong === 1 ? ' is' : 's are'} wrong.`),
    ]
    return { code: wrong === 0 ? EXIT.done : EXIT.outcome, text: text.join('\n'), data: { healthy: wrong === 0, findings } }
  },
})

function findingText({ about, status, says, remedy }: Finding, paint: Paint): string {
  const mark = { well: paint.green('✓'), note: paint.yellow('!'), wrong: paint.red('✗') }[status]
  return `${mark} ${about.padEnd(10)} ${says}${remedy === undefined ? '' : `\n             ${paint.cyan('→')} ${remedy}`}`
}
