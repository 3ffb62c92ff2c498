import type { CheckedPart } from '../../contracts/once.ts'
import type { CommandResult } from './command.ts'
import { EXIT } from './exit-codes.ts'
import type { Output } from './output.ts'
import type { Paint } from './paint.ts'

/** Shows the steps of a check as they come; the exit code says whether a mandatory one failed. */
export async function showChecks(title: string, checks: AsyncIterable<CheckedPart>, output: Output): Promise<CommandResult> {
  const { paint } = output
  const steps: CheckedPart[] = []
  if (!output.json) await output.write(`${paint.bold(title)}\n`)
  for await (const step of checks) {
    steps.push(step)
    if (!output.json) await output.write(`${stepText(step, paint)}\n`)
  }
  const failed = steps.filter(({ status, mandatory }) => status === 'failed' && mandatory).length
  const text = failed === 0 ? paint.green('All is well.') : paint.red(`${failed} step${failed === 1 ? '' : 's'} failed.`)
  return { code: failed === 0 ? EXIT.done : EXIT.outcome, text, data: { passed: failed === 0, steps } }
}

function stepText({ part, step, status, message, remedy }: CheckedPart, paint: Paint): string {
  const mark = { passed: paint.green('✓'), failed: paint.red('✗'), warning: paint.yellow('!'), skipped: paint.dim('-') }[status]
  const hint = remedy === undefined || status === 'passed' ? '' : `\n      ${paint.cyan('→')} ${remedy}`
  return `  ${mark} ${paint.dim(`${part}: ${step}`)}  ${message}${hint}`
}
