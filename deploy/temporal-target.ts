import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig'
import { LodelineError } from '../contracts/errors.ts'
import { OLDEST_SERVER } from '../contracts/temporal.ts'

/** How to reach Temporal: as its own environment configuration says, with an address or namespace of ours in front. */
export interface TemporalSettings {
  readonly address: string
  readonly namespace: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where nothing names an address; Temporal's own default when absent. */
  readonly fallback?: string
}

export interface TemporalTarget {
  readonly options: ClientConnectConfig['connectionOptions']
  readonly address: string
  readonly namespace: string
}

const TLS_PAIRS = [['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY']] as const

/** Throws CONFIG_INVALID for what the SDK would pass over in silence: half of a certificate and key, a switch it does not read, an unknown profile. */
export function temporalTarget({ address, namespace, env, fallback = '127.0.0.1:7233' }: TemporalSettings): TemporalTarget {
  refuseHalfPairs(env)
  try {
    const loaded = loadClientConnectConfig({ overrideEnvVars: definedOf(env) })
    const at = hostAndPort(address === '' ? (loaded.connectionOptions.address ?? fallback) : address)
    return {
      options: { ...loaded.connectionOptions, address: at },
      address: at,
      namespace: namespace === '' ? (loaded.namespace ?? 'default') : namespace,
    }
  } catch (error) {
    if (error instanceof LodelineError) throw error
    throw new LodelineError('CONFIG_INVALID', `Temporal's configuration: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const HOST = /^(\[[0-9a-f:.]+\]|[^\s/:]+)(:\d{1,5})?$/i

/** With Temporal's port where it has none. An address in another form would only ever be one where nobody answers. */
function hostAndPort(address: string): string {
  if (address === '') return '' // the caller said that it has none
  const found = HOST.exec(address)
  if (found !== null) return found[2] === undefined ? `${address}:7233` : address
  const bare = address.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '')
  const advice = HOST.test(bare) ? `; perhaps \`${bare}\` is meant` : ''
  throw new LodelineError('CONFIG_INVALID', `the address of Temporal is host:port, not \`${address}\`${advice}`, {
    setting: 'temporal.address',
  })
}

function refuseHalfPairs(env: TemporalSettings['env']): void {
  for (const [cert, key] of TLS_PAIRS) {
    const has = (name: string): boolean => env[`${name}_PATH`] !== undefined || env[`${name}_DATA`] !== undefined
    if (has(cert) !== has(key)) {
      const [given, missing] = has(cert) ? [cert, key] : [key, cert]
      throw new LodelineError('CONFIG_INVALID', `${given}_PATH or _DATA is set, but not ${missing}_PATH or _DATA; TLS needs both`)
    }
  }
  const tls = env.TEMPORAL_TLS
  if (tls !== undefined && !['', '0', '1', 'true', 'false'].includes(tls)) {
    throw new LodelineError(
      'CONFIG_INVALID',
      `TEMPORAL_TLS is ${tls}; Temporal reads only true, false, 1 and 0, and takes anything else for false`,
    )
  }
}

export function refuseOldServer(version: string, where: string): void {
  if (version === '' || !olderThan(version, OLDEST_SERVER)) return
  throw new LodelineError('TEMPORAL_TOO_OLD', `The Temporal server ${where} is ${version}; lodeline needs ${OLDEST_SERVER} or newer`, {
    version,
    oldest: OLDEST_SERVER,
  })
}

function olderThan(version: string, least: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(least)]
  for (let at = 0; at < right.length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function numbersOf(version: string): readonly number[] {
  return version
    .split(/[.+-]/)
    .slice(0, 3)
    .map((part) => Number.parseInt(part, 10) || 0)
}

function definedOf(env: TemporalSettings['env']): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
