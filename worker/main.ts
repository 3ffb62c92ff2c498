import { join } from 'node:path'
import { Runtime } from '@temporalio/worker'
import { LodelineError } from '../contracts/errors.ts'
import { loadConfig } from './config.ts'
import { createLog, temporalLogger } from './logs.ts'
import { freePort } from './metrics.ts'
import { startWorker } from './start.ts'
import { temporalTarget } from './temporal-connection.ts'

/** The worker's process. Exit codes: 0 stopped, 1 failed, 2 wrong configuration, 130 stopped by force. */

const EXIT_FAILED = 1
const EXIT_CONFIG = 2
const EXIT_FORCED = 130

// Intl and Date in workflow code follow the process; they must not differ between machines.
process.env.TZ = 'UTC'

async function main(): Promise<number> {
  const root = join(import.meta.dirname, '..')
  const config = loadConfig({ env: process.env, args: process.argv.slice(2), root })
  const log = createLog(config.log, process.stderr.isTTY === true)
  const target = temporalTarget({ ...config.temporal, env: process.env })
  const metricsPort = await freePort()
  Runtime.install({
    logger: temporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
      metrics: { prometheus: { bindAddress: `127.0.0.1:${metricsPort}`, countersTotalSuffix: true, useSecondsForDurations: true } },
    },
  })
  const stopping = new AbortController()
  onSignals((signal) => {
    if (stopping.signal.aborted) process.exit(EXIT_FORCED)
    log.info('stopping', { signal })
    stopping.abort()
  })
  const worker = await startWorker({
    config,
    target,
    log,
    root,
    env: process.env,
    signal: stopping.signal,
    temporalMetrics: `127.0.0.1:${metricsPort}`,
  }).catch((error: unknown) => {
    if (stopping.signal.aborted) return null // stopped while it waited for Temporal
    throw error
  })
  if (worker === null) return 0
  const stopped = stopRequested(stopping.signal).then(() => worker.stop())
  await Promise.race([worker.ended, stopped])
  await stopped
  return 0
}

function onSignals(act: (signal: string) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => act(signal))
}

function stopRequested(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}

try {
  process.exit(await main())
} catch (error) {
  const known = error instanceof LodelineError
  process.stderr.write(
    `${known ? `${error.code}: ${error.message}\n${error.hint}` : error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exit(known && error.code === 'CONFIG_INVALID' ? EXIT_CONFIG : EXIT_FAILED)
}
