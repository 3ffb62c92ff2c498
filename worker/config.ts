import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import convict from 'convict'
import { parse as parseYaml } from 'yaml'
import { LodelineError } from '../contracts/errors.ts'
import { nearest } from '../contracts/nearest.ts'
import { homeOf } from '../deploy/home.ts'

/** All settings of the worker, from a file, the environment and flags; read once, at the start of the process. */
export interface WorkerConfig {
  readonly home: string
  readonly catalog: { readonly url: string }
  readonly temporal: {
    readonly address: string
    readonly namespace: string
    readonly taskQueue: string
    readonly buildId: string
  }
  readonly serves: readonly string[]
  readonly slots: { readonly workflows: number; readonly control: number; readonly io: number; readonly cpu: number; readonly push: number }
  readonly pushPerSecond: number
  readonly threads: { readonly count: number; readonly memoryMb: number }
  readonly heartbeat: { readonly timeout: string; readonly every: string }
  readonly shutdown: { readonly grace: string; readonly force: string }
  readonly health: { readonly host: string; readonly port: number }
  readonly log: { readonly level: string; readonly format: string }
  readonly plugins: readonly string[]
  readonly pools: Readonly<Record<string, number>>
  readonly stuckAfter: string
  readonly sweepEvery: string
  readonly keepRuns: string
  readonly reconcileEvery: string
}

export interface ConfigSource {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Command line after the program's name: `--log-level debug`. */
  readonly args: readonly string[]
  /** Where the program lies: a clone keeps its state under itself. */
  readonly root: string
}

/** One setting as `lodeline config show` prints it. */
export interface DescribedSetting {
  readonly name: string
  readonly value: unknown
  readonly source: string
  readonly doc: string
  readonly env?: string
  readonly flag?: string
}

interface Setting {
  readonly doc: string
  readonly format: unknown
  readonly default: unknown
  readonly env?: string
  readonly arg?: string
  readonly sensitive?: boolean
}

const SERVED: readonly string[] = ['workflows', 'control', 'io', 'cpu', 'push']

const duration = (value: unknown): void => {
  if (typeof value !== 'string' || !/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(value)) throw new Error('must be a duration such as 30s, 10m, 2h')
}
const atLeast =
  (least: number) =>
  (value: unknown): void => {
    if (!Number.isInteger(value) || Number(value) < least) throw new Error(`must be a whole number, at least ${least}`)
  }

/** Dotted name to setting. Values of the environment and of flags are turned into the format's type by convict. */
function settings(home: string): Readonly<Record<string, Setting>> {
  const cores = availableParallelism()
  return {
    home: { doc: 'Folder of the catalog, keys and caches', format: String, default: home, env: 'LODELINE_HOME', arg: 'home' },
    'catalog.url': {
      doc: 'sqlite:FILE or postgres://…',
      format: String,
      default: '',
      env: 'LODELINE_CATALOG_URL',
      arg: 'catalog-url',
      sensitive: true,
    },
    'temporal.address': {
      doc: 'host:port of the Temporal server',
      format: String,
      default: '',
      env: 'TEMPORAL_ADDRESS',
      arg: 'temporal-address',
    },
    'temporal.namespace': { doc: 'Temporal namespace', format: String, default: '', env: 'TEMPORAL_NAMESPACE', arg: 'temporal-namespace' },
    'temporal.taskQueue': {
      doc: 'Control queue; the others are named after it',
      format: String,
      default: 'lodeline',
      env: 'LODELINE_TASK_QUEUE',
      arg: 'task-queue',
    },
    'temporal.buildId': {
      doc: 'Build id shown by Temporal; empty: from the workflow bundle',
      format: String,
      default: '',
      env: 'LODELINE_BUILD_ID',
    },
    serves: {
      doc: 'What this process takes: workflows, control, io, cpu, push',
      format: Array,
      default: [...SERVED],
      env: 'LODELINE_SERVES',
      arg: 'serves',
    },
    'slots.workflows': { doc: 'Workflow tasks at once', format: atLeast(1), default: 40, env: 'LODELINE_SLOTS_WORKFLOWS' },
    'slots.control': { doc: 'Short tasks at once', format: atLeast(1), default: 50, env: 'LODELINE_SLOTS_CONTROL' },
    'slots.io': { doc: 'Streaming tasks at once', format: atLeast(1), default: 16, env: 'LODELINE_SLOTS_IO' },
    'slots.cpu': { doc: 'Parsing tasks at once; 0: twice the threads', format: atLeast(0), default: 0, env: 'LODELINE_SLOTS_CPU' },
    'slots.push': { doc: 'Sink tasks at once', format: atLeast(1), default: 8, env: 'LODELINE_SLOTS_PUSH' },
    pushPerSecond: {
      doc: 'Sink tasks started a second, over all workers; 0: no limit',
      format: atLeast(0),
      default: 0,
      env: 'LODELINE_PUSH_PER_SECOND',
    },
    'threads.count': { doc: 'Threads that parse', format: atLeast(1), default: cores, env: 'LODELINE_THREADS', arg: 'threads' },
    'threads.memoryMb': { doc: 'Heap of one thread', format: atLeast(64), default: 512, env: 'LODELINE_THREAD_MEMORY_MB' },
    'heartbeat.timeout': {
      doc: 'A worker silent for so long is lost',
      format: duration,
      default: '45s',
      env: 'LODELINE_HEARTBEAT_TIMEOUT',
    },
    'heartbeat.every': {
      doc: 'Heartbeats are sent this often at most; a cancelled task hears of it with the next',
      format: duration,
      default: '2s',
      env: 'LODELINE_HEARTBEAT_EVERY',
    },
    'shutdown.grace': { doc: 'Tasks may finish for so long at a stop', format: duration, default: '20s', env: 'LODELINE_SHUTDOWN_GRACE' },
    'shutdown.force': { doc: 'After so long the process ends anyway', format: duration, default: '40s', env: 'LODELINE_SHUTDOWN_FORCE' },
    'health.host': { doc: 'Address of /healthz, /readyz and /metrics', format: String, default: '127.0.0.1', env: 'LODELINE_HEALTH_HOST' },
    'health.port': {
      doc: 'Its port; 0 takes a free one',
      format: atLeast(0),
      default: 9465,
      env: 'LODELINE_HEALTH_PORT',
      arg: 'health-port',
    },
    'log.level': {
      doc: 'debug, info, warn or error',
      format: ['debug', 'info', 'warn', 'error'],
      default: 'info',
      env: 'LODELINE_LOG_LEVEL',
      arg: 'log-level',
    },
    'log.format': {
      doc: 'json, text, or auto: text on a terminal',
      format: ['auto', 'json', 'text'],
      default: 'auto',
      env: 'LODELINE_LOG_FORMAT',
      arg: 'log-format',
    },
    plugins: {
      doc: 'Further plugins: folders, or names of installed packages',
      format: Array,
      default: [],
      env: 'LODELINE_PLUGINS',
      arg: 'plugins',
    },
    pools: { doc: 'Pools of tasks: name to how many at once over all runs', format: Object, default: {}, env: 'LODELINE_POOLS' },
    stuckAfter: {
      doc: 'A task that counts, checkpoints and finishes nothing for so long is warned of',
      format: duration,
      default: '15m',
      env: 'LODELINE_STUCK_AFTER',
    },
    sweepEvery: { doc: 'How often runs of dead workers are looked for', format: duration, default: '60s', env: 'LODELINE_SWEEP_EVERY' },
    keepRuns: {
      doc: 'How long runs that ended are kept, with their logs; 0d keeps them for ever. What they mined stays',
      format: duration,
      default: '90d',
      env: 'LODELINE_KEEP_RUNS',
    },
    reconcileEvery: {
      doc: 'How often deployments are compared with Temporal',
      format: duration,
      default: '30s',
      env: 'LODELINE_RECONCILE_EVERY',
    },
  }
}

export function loadConfig(source: ConfigSource): WorkerConfig {
  return load(source).config
}

/** Every setting with its value and where it comes from; secret values are masked. */
export function describeConfig(source: ConfigSource): readonly DescribedSetting[] {
  const { config, file, table } = load(source)
  return Object.entries(table).map(([name, { doc, env, arg, sensitive }]) => ({
    name,
    value: sensitive === true ? maskUrl(String(valueAt(config, name))) : valueAt(config, name),
    source: sourceOf(name, table, source, file),
    doc,
    ...(env === undefined ? {} : { env }),
    ...(arg === undefined ? {} : { flag: `--${arg}` }),
  }))
}

interface Loaded {
  readonly config: WorkerConfig
  readonly file: ConfigFile
  readonly table: Readonly<Record<string, Setting>>
}

function load(source: ConfigSource): Loaded {
  const table = settings(defaultHome(source))
  const file = readConfigFile(source, table)
  const config = parse(table, source, file)
  const home = resolve(config.home)
  const url = config.catalog.url === '' ? `sqlite:${join(home, 'catalog.db')}` : config.catalog.url
  return { config: { ...config, home, catalog: { url } }, file, table }
}

function parse(table: Readonly<Record<string, Setting>>, { env, args }: ConfigSource, file: ConfigFile): WorkerConfig {
  try {
    refuseBrokenPools(env)
    const parsed = convict<Record<string, unknown>>(nest(table), { env: environment(env), args: [...args] })
    parsed.load(file.values)
    parsed.validate({ allowed: 'strict' })
    const config = parsed.getProperties() as unknown as WorkerConfig // the table above is the type's equal, checked by validate
    refuseOdd(config)
    return config
  } catch (error) {
    throw new LodelineError('CONFIG_INVALID', `Configuration${file.path === null ? '' : ` (${file.path})`}: ${messageOf(error)}`)
  }
}

/** The reader of settings would not say which one it could not read. */
function refuseBrokenPools({ LODELINE_POOLS: text }: ConfigSource['env']): void {
  if (text === undefined) return
  try {
    JSON.parse(text)
  } catch {
    throw new Error(`LODELINE_POOLS: must be JSON such as {"warehouse": 4}, not ${text}`)
  }
}

/** What the formats cannot say. */
function refuseOdd({ serves, pools }: WorkerConfig): void {
  const odd = serves.find((one) => !SERVED.includes(one))
  if (odd !== undefined) throw new Error(`serves: there is no ${odd}; there are ${SERVED.join(', ')}`)
  const pool = Object.entries(pools).find(([, size]) => !Number.isInteger(size) || size < 1)
  if (pool !== undefined) throw new Error(`pools: ${pool[0]}: must be a whole number, at least 1`)
}

function defaultHome({ root, env }: ConfigSource): string {
  return homeOf(env, root)
}

interface ConfigFile {
  readonly path: string | null
  readonly values: Readonly<Record<string, unknown>>
}

/** `--config FILE`, else LODELINE_CONFIG, else lodeline.yaml in the home folder where there is one. */
function readConfigFile(source: ConfigSource, table: Readonly<Record<string, Setting>>): ConfigFile {
  const named = flagValue(source.args, 'config') ?? source.env.LODELINE_CONFIG
  const home = flagValue(source.args, 'home') ?? source.env.LODELINE_HOME ?? defaultHome(source)
  const path = named ?? join(home, 'lodeline.yaml')
  if (named === undefined && !existsSync(path)) return { path: null, values: {} }
  const values = parseFile(path)
  const unknown = namesIn(values, '').find(
    (name) => !Object.keys(table).some((known) => known === name || known.startsWith(`${name}.`) || name.startsWith(`${known}.`)),
  )
  if (unknown !== undefined) {
    const [near] = nearest(unknown, Object.keys(table))
    throw new LodelineError(
      'CONFIG_INVALID',
      `${path}: there is no setting ${unknown}${near === undefined ? '' : `; did you mean ${near}?`}`,
    )
  }
  return { path, values }
}

function parseFile(path: string): Readonly<Record<string, unknown>> {
  try {
    const values: unknown = parseYaml(readFileSync(path, 'utf8')) ?? {} // JSON is YAML
    if (typeof values !== 'object' || Array.isArray(values) || values === null) throw new Error('must hold settings by name')
    return values as Readonly<Record<string, unknown>>
  } catch (error) {
    throw new LodelineError('CONFIG_INVALID', `${path}: ${messageOf(error)}`)
  }
}

function namesIn(values: Readonly<Record<string, unknown>>, prefix: string): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = `${prefix}${key}`
    return isObject(value) ? namesIn(value, `${name}.`) : [name]
  })
}

function sourceOf(name: string, table: Readonly<Record<string, Setting>>, { args, env }: ConfigSource, file: ConfigFile): string {
  const setting = table[name]
  if (setting?.arg !== undefined && flagValue(args, setting.arg) !== undefined) return `flag --${setting.arg}`
  if (setting?.env !== undefined && env[setting.env] !== undefined) return `environment ${setting.env}`
  if (file.path !== null && valueAt(file.values, name) !== undefined) return file.path
  return 'default'
}

function flagValue(args: readonly string[], flag: string): string | undefined {
  const at = args.findIndex((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`))
  if (at < 0) return undefined
  const arg = args[at] ?? ''
  return arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args[at + 1]
}

function nest(table: Readonly<Record<string, Setting>>): convict.Schema<Record<string, unknown>> {
  const schema: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(table)) {
    const [first = '', second] = name.split('.')
    schema[first] = second === undefined ? setting : { ...(isObject(schema[first]) ? schema[first] : {}), [second]: setting }
  }
  return schema as convict.Schema<Record<string, unknown>> // the shape convict reads: settings at the leaves
}

function environment(env: ConfigSource['env']): NodeJS.ProcessEnv {
  return { ...env }
}

/** A password in a database URL is not shown. */
export function maskUrl(url: string): string {
  return url.replace(/(:\/\/[^:/@]*:)[^@]*@/, '$1***@').replace(/([?&](?:password|sslpassword)=)[^&]*/gi, '$1***')
}

function valueAt(values: unknown, name: string): unknown {
  return name.split('.').reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), values)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
