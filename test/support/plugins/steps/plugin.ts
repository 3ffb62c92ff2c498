import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { LodelineError } from '../../../../contracts/errors.ts'
import { definePlugin, PLUGIN_API_VERSION, type PluginActivity, type TaskOutput } from '../../../../contracts/plugin.ts'

/** Tasks that tests make DAGs of. `trace` names a file that gets a line for each thing that happened. */
const trace = (file: unknown, line: string): void => {
  if (typeof file === 'string') appendFileSync(file, `${line}\n`)
}

const list: PluginActivity = {
  name: 'steps.list',
  async run({ with: { items } }, host) {
    return { ...(await host.list(Array.from({ length: Number(items) }, (_, n) => ({ n })))), shown: Number(items) }
  },
}

const numberOf = (item: unknown): number => (typeof item === 'object' && item !== null && 'n' in item ? Number(item.n) : 0)

/**
 * Counts to `steps`, one each `everyMs`, with a checkpoint after each. Before the last one it waits until the file `until` is there:
 * the test says when the task may end. Of a mapped task the number of the item is added to that name.
 */
const work: PluginActivity = {
  name: 'steps.work',
  async run({ task, item, with: { steps = 1, everyMs = 0, trace: file, until } }, host) {
    const from = typeof host.checkpoint === 'number' ? host.checkpoint : 0
    const name = item === undefined ? task : `${task}[${JSON.stringify(item)}]`
    const gate = typeof until === 'string' ? `${until}${item === undefined ? '' : numberOf(item)}` : null
    const pause = (ms: number): Promise<void> =>
      delay(ms, undefined, { signal: host.signal }).catch((error: unknown) => {
        trace(file, `stop ${name}`)
        throw error
      })
    trace(file, `start ${name} from ${from}`)
    for (let step = from; step < Number(steps); step++) {
      await pause(Number(everyMs))
      while (gate !== null && step === Number(steps) - 1 && !existsSync(gate)) await pause(20)
      host.count('steps')
      trace(file, `step ${name} ${step}`)
      host.heartbeat(step + 1)
    }
    host.log('info', `done with ${name}`)
    return { steps: Number(steps) }
  },
}

/** Fails until the file `until` exists, with the code given; a code that lodeline does not know is a plain error. */
const fail: PluginActivity = {
  name: 'steps.fail',
  async run({ with: { until, code, message = 'it broke', trace: file } }) {
    trace(file, 'try')
    if (typeof until === 'string' && existsSync(until)) return { fixed: true }
    if (code === 'ASSETS_MISSING') throw new LodelineError('ASSETS_MISSING', String(message))
    throw new Error(String(message))
  },
}

const failOdd: PluginActivity = {
  name: 'steps.failOdd',
  async run({ item, with: { until, trace: file } }) {
    const n = numberOf(item)
    trace(file, `item ${n}`)
    if (n % 2 === 1 && !(typeof until === 'string' && existsSync(until))) throw new LodelineError('ASSETS_MISSING', `item ${n} is odd`)
    return { n }
  },
}

/** A sensor: not yet, until the file exists. */
const waitFor: PluginActivity = {
  name: 'steps.waitFor',
  async run({ with: { file } }) {
    return existsSync(String(file)) ? { found: true } : { again: '200ms' }
  },
}

const nothing: PluginActivity = {
  name: 'steps.nothing',
  async run() {
    return {}
  },
}

/** Heeds no signal: it ends when the file is there. */
const deaf: PluginActivity = {
  name: 'steps.deaf',
  async run({ with: { until } }) {
    while (!existsSync(String(until))) await delay(20)
    return {}
  },
}

/** As a plugin in JavaScript may be written. */
const silent: PluginActivity = {
  name: 'steps.silent',
  async run({ with: { gives } }) {
    return gives as TaskOutput // on purpose it need not be one
  },
}

const large: PluginActivity = {
  name: 'steps.large',
  async run() {
    return { text: 'x'.repeat(300_000) }
  },
}

const small = {
  tasks: {
    list: { run: 'steps.list', with: { items: 2 } },
    each: { run: 'steps.nothing', after: ['list'], each: '$task.list', queue: 'io' },
  },
}

export const plugin = definePlugin({
  name: 'steps',
  apiVersion: PLUGIN_API_VERSION,
  activities: [list, work, fail, failOdd, waitFor, nothing, deaf, silent, large],
  // Types that lodeline itself has no DAG for.
  pipelines: {
    profiling: small,
    dataQuality: small,
    dbtIngestion: small,
    fileSync: small,
    stepping: small,
  },
})
