import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { EXECUTABLE, inspectProgram, type TemporalProgram } from './program.ts'
import type { Say } from './progress.ts'
import { findInTar } from './tar.ts'

const PLATFORMS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }
/** Without a network this must not hold up what comes after it. */
const ANSWER_WITHIN_MS = 6_000
const DONE_WITHIN_MS = 300_000

/** The archive that Temporal's documentation names for each platform: `temporal` and a licence in a gzipped tar. */
export async function downloadProgram(cache: string, say: Say): Promise<TemporalProgram> {
  const platform = PLATFORMS[process.platform]
  const architecture = ARCHITECTURES[process.arch]
  if (platform === undefined || architecture === undefined)
    throw new Error(`Temporal offers no download for ${process.platform} ${process.arch}`)
  say('Fetching Temporal from temporal.download …')
  const archive = await get(`https://temporal.download/cli/archive/latest?platform=${platform}&arch=${architecture}`)
  const program = findInTar(gunzipSync(archive), EXECUTABLE)
  if (program === null) throw new Error('the archive from temporal.download holds no `temporal` program')
  await mkdir(cache, { recursive: true })
  const path = join(cache, EXECUTABLE)
  const partial = `${path}.${process.pid}.partial`
  await writeFile(partial, program)
  await chmod(partial, 0o755)
  await rename(partial, path) // whole or not at all, also when two start at once
  const found = await inspectProgram(path, 'download')
  if (found === null) throw new Error('the program from temporal.download does not run on this machine')
  return found
}

async function get(url: string): Promise<Uint8Array> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), ANSWER_WITHIN_MS)
  try {
    const response = await fetch(url, { signal: AbortSignal.any([patience.signal, AbortSignal.timeout(DONE_WITHIN_MS)]) })
    clearTimeout(timer)
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : error instanceof Error ? error.message : String(error)
    throw new Error(`temporal.download: ${patience.signal.aborted ? `no answer within ${ANSWER_WITHIN_MS / 1000} s` : cause}`)
  } finally {
    clearTimeout(timer)
  }
}
