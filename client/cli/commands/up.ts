import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

export const command = defineCommand({
  summary: 'Start everything on this machine: Temporal, a worker, the catalog',
  description: `Uses the Temporal server that TEMPORAL_ADDRESS names; without it, starts a dev server whose state is a file under LODELINE_HOME, from a
\`temporal\` program on PATH or one that is fetched once. Serves until Ctrl-C.`,
  args: [],
  flags: {
    demo: { type: 'boolean', description: 'Import the example schemas, mine the example query logs and show what came out' },
    once: { type: 'boolean', description: 'Stop when that is done, instead of serving' },
    temporalPort: {
      type: 'number',
      value: 'PORT',
      max: 65535,
      description: 'Port of the Temporal dev server; 0 takes a free one (default 7233)',
    },
    temporalUiPort: {
      type: 'number',
      value: 'PORT',
      max: 65535,
      description: 'Port of its web pages; 0 takes a free one (default 1000 above)',
    },
  },
  examples: [
    { line: 'lodeline up', says: 'start and serve' },
    { line: 'lodeline up --demo --once', says: 'mine the examples, show the result, stop' },
    { line: 'TEMPORAL_ADDRESS=temporal.internal:7233 lodeline up', says: 'with a Temporal server of yours' },
  ],
  exits: {
    0: 'Stopped by Ctrl-C, or with --once: all went well.',
    2: 'A port is taken, the home is in use, or a setting is wrong.',
    3: 'With --demo: a run failed, or an example gave no lineage.',
    4: 'There is no Temporal and none could be fetched or reached, or the worker did not start.',
  },
  async run(given, deps) {
    const [{ startServices }, base] = await Promise.all([import('../../up/services.ts'), deps.config()])
    const config = {
      ...base,
      temporalPort: given.temporalPort ?? base.temporalPort,
      temporalUiPort: given.temporalUiPort ?? base.temporalUiPort,
    }
    const say = (line: string) => deps.output.note(deps.output.paint.dim(line))
    const signal = deps.signal
    const services = await startServices({ config, env: deps.env, signal, say })
    try {
      deps.output.note(`${services.temporal.described}${services.temporal.ui === null ? '' : `, web pages at ${services.temporal.ui}`}`)
      deps.output.note(`Worker is ready: ${services.worker().health}/readyz, log ${services.worker().log}`)
      const shown =
        given.demo && !signal.aborted
          ? await (await import('../../up/demo.ts')).runDemo(services, deps, given.once)
          : { code: EXIT.done, text: '', data: {} }
      if (given.once || signal.aborted) return { ...shown, data: { temporal: services.temporal, ...shown.data } }
      if (shown.text !== '') await deps.output.write(`${shown.text}\n`)
      deps.output.note(deps.output.paint.dim('Serving until Ctrl-C …'))
      await Promise.race([services.broken, aborted(signal)])
      return { code: EXIT.done, text: '' }
    } finally {
      if (!given.once) say('Stopping …')
      await services.stop()
    }
  },
})

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
