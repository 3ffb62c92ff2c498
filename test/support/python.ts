import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const VENV = join(ROOT, '.tools', 'py')
const LOCK = join(ROOT, '.tools', 'py.lock')
const STALE_LOCK_MS = 5 * 60_000

/** Path of a program of the tests' own Python environment, which is made when it is not there yet. */
export async function pythonProgram(name: string): Promise<string> {
  await pythonReady()
  return join(VENV, 'bin', name)
}

/** Installs test/support/requirements.txt once for each content of that file; test processes wait for one another. */
export async function pythonReady(): Promise<void> {
  const requirements = join(import.meta.dirname, 'requirements.txt')
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  const marker = join(VENV, 'installed')
  const installed = async () => (await readFile(marker, 'utf8').catch(() => '')) === wanted
  if (await installed()) return
  await locked(async () => {
    if (await installed()) return
    if ((await stat(join(VENV, 'bin', 'python')).catch(() => null)) === null) await run('python3', ['-m', 'venv', VENV])
    await run(join(VENV, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
      maxBuffer: 16 * 1024 * 1024,
    })
    await writeFile(marker, wanted)
  })
}

async function locked(work: () => Promise<void>): Promise<void> {
  await mkdir(join(ROOT, '.tools'), { recursive: true })
  for (;;) {
    try {
      await mkdir(LOCK) // atomic on every file system
      break
    } catch {
      const age = Date.now() - ((await stat(LOCK).catch(() => null))?.mtimeMs ?? Date.now())
      if (age > STALE_LOCK_MS) await rm(LOCK, { recursive: true, force: true })
      await delay(200)
    }
  }
  try {
    await work()
  } finally {
    await rm(LOCK, { recursive: true, force: true })
  }
}
