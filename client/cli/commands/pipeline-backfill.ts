import { LodelineError } from '../../../contracts/errors.ts'
import { instantOf } from '../../../contracts/window.ts'
import { scheduleIdOf } from '../../../deploy/schedules/desired.ts'
import { backfillSlots } from '../../../deploy/schedules/slots.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { requirePipeline } from '../lookup.ts'
import { number, time } from '../table.ts'

export const command = defineCommand({
  summary: 'Run the slots of a past interval again, in order',
  description:
    'Each slot of the schedule between FROM and TO runs with its own window, one after the other. A slot that ran already runs again; nothing is counted twice.',
  args: [{ name: 'name', description: 'Name of the pipeline' }],
  flags: { window: { type: 'string', value: 'FROM/TO', description: 'ISO times in UTC; both ends included', required: true } },
  examples: [{ line: 'lodeline pipeline backfill lake-usage --window 2026-01-01/2026-01-08', says: 'a week of daily runs' }],
  async run({ name, window }, deps) {
    const { document } = await requirePipeline(await deps.catalog(), name)
    const [start, end] = interval(window)
    const slots = backfillSlots(document, start, end)
    const { client } = await deps.temporal()
    await client.schedule.getHandle(scheduleIdOf(name)).backfill({ start, end, overlap: 'BUFFER_ALL' })
    const text = `${number(slots.length)} slots of ${name} run one after the other, from ${time(slots[0]?.toISOString())} to ${time(slots.at(-1)?.toISOString())}.\n\`lodeline runs list --pipeline ${name}\` shows them.`
    return { code: EXIT.done, text, data: { pipeline: name, slots: slots.map((slot) => slot.toISOString()) } }
  },
})

function interval(text: string): readonly [Date, Date] {
  const [from, to, more] = text.split('/').map((part) => new Date(instantOf(part)))
  if (
    from === undefined ||
    to === undefined ||
    more !== undefined ||
    Number.isNaN(from.getTime()) ||
    Number.isNaN(to.getTime()) ||
    from > to
  ) {
    throw new LodelineError('OPTION_UNKNOWN', `--window takes FROM/TO, two ISO times (2026-01-01/2026-01-08), not \`${text}\``, {
      option: '--window',
    })
  }
  return [from, to]
}
