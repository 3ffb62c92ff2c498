import type { Logger, LogLevel as TemporalLevel } from '@temporalio/worker'
import winston from 'winston'

export interface LogSettings {
  readonly level: string
  readonly format: string
}

/** Winston's levels, by Temporal's, whose news of states and bundles is detail here. */
const LEVELS: Readonly<Record<TemporalLevel, string>> = { TRACE: 'debug', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' }
/** Said of every queue that is meant to have no workflows. */
const EXPECTED = /^No (workflows|Nexus services) registered/

/** One JSON object a line; on a terminal, lines for people. Everything goes to stderr: stdout belongs to results. */
export function createLog({ level, format }: LogSettings, terminal: boolean): winston.Logger {
  const text = format === 'text' || (format === 'auto' && terminal)
  const { combine, timestamp, json, printf } = winston.format
  return winston.createLogger({
    level,
    format: text ? combine(timestamp(), printf(line)) : combine(timestamp(), json()),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  })
}

function line({ timestamp, level, message, ...facts }: winston.Logform.TransformableInfo): string {
  const shown = Object.entries(facts).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const at = String(timestamp).slice(11, 19)
  return `${at} ${level.toUpperCase().padEnd(5)} ${String(message)}${shown.length > 0 ? `  ${shown.join(' ')}` : ''}`
}

/** Temporal's log, core's included, as entries of ours. */
export function temporalLogger(log: winston.Logger): Logger {
  const write = (level: TemporalLevel, message: string, meta: Readonly<Record<string | symbol, unknown>> = {}): void => {
    log.log(EXPECTED.test(message) ? 'debug' : LEVELS[level], message, { source: 'temporal', ...plain(meta) })
  }
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  }
}

/** Facts as JSON takes them: no bigint, no cycle, an error by its message. */
function plain(meta: Readonly<Record<string | symbol, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta).map(([name, value]) => {
      if (value instanceof Error) return [name, value.message]
      if (typeof value === 'bigint') return [name, Number(value)]
      return [name, typeof value === 'object' && value !== null ? safeJson(value) : value]
    }),
  )
}

function safeJson(value: object): unknown {
  try {
    return JSON.parse(JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)))
  } catch {
    return String(value)
  }
}
