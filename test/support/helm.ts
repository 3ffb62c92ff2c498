import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const BIN = join(import.meta.dirname, '..', '..', '.tools', 'bin')
const MODULE = 'helm.sh/helm/v3/cmd/helm@v3.22.0'

/** Path of helm: the tests' own, that of the machine, or built once with Go (a minute); null where there is neither. */
export async function helmProgram(): Promise<string | null> {
  const own = join(BIN, 'helm')
  if ((await stat(own).catch(() => null)) !== null) return own
  const there = async (program: string, ...args: string[]) =>
    run(program, args).then(
      () => true,
      () => false,
    )
  if (await there('helm', 'version')) return 'helm'
  if (!(await there('go', 'version'))) return null
  await run('go', ['install', MODULE], { env: { ...process.env, GOBIN: BIN }, maxBuffer: 16 * 1024 * 1024 })
  return own
}
