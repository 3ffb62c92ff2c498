import { LodelineError } from '../../../contracts/errors.ts'
import { instantOf } from '../../../contracts/window.ts'
import { backfillSchedule } from '../../../deploy/backfill.ts'
import { backfillSlots } from '../../../deploy/schedules/slots.ts'
import { defineCommand } from '../command.ts'
import { SELECTION, scheduled } from '../deployments.ts'
import { EXIT } from '../exit-codes.ts'
import { requirePipeline } from '../lookup.ts'
import { number, time } from '../table.ts'

export const command = defineCommand({
  summary: 'Run the slots of a past interval again, in order',
  description:
    'Each slot of the schedule between FROM and TO runs with its own window, one after the other. A slot that ran already runs again; nothing is counted twice.',
  args: SELECTION.args,
  flags: {
    all: SELECTION.all,
    window: { type: 'string', value: 'FROM/TO', description: 'ISO times in UTC; slots at both ends are included', required: true },
  },
  examples: [{ line: 'lodeline pipeline backfill lake-usage --window 2026-01-01/2026-01-08', says: 'a week of daily runs' }],
  async run({ names, all, window }, deps) {
    const catalog = await deps.catalog()
    const [start, end] = interval(window)
    const wanted = await scheduled(catalog, names, all)
    const planned = await Promise.all(
      wanted.map(async (name) => ({ name, slots: backfillSlots((await requirePipeline(catalog, name)).document, start, end) })),
    )
    const { client } = await deps.temporal()
    for (const { name } of planned) await backfillSchedule(client.schedule, name, start, end)
    const data = planned.map(({ name, slots }) => ({ pipeline: name, slots: slots.map((slot) => slot.toISOString()) }))
    const lines = data.map(
      ({ pipeline, slots }) =>
        `${number(slots.length)} slots of ${pipeline} run one after the other, from ${time(slots[0])} to ${time(slots.at(-1))}.\n\`lodeline runs list --pipeline ${pipeline}\` shows them.`,
    )
    return { code: EXIT.done, text: lines.join('\n') || 'No pipeline has a schedule.', data }
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
