import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')
const BIN = join(ROOT, 'bin', 'lodeline')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A home of its own, and the command line as users run it: the bin, in a process of its own. */
export interface CliHome {
  readonly home: string
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** The same with `--json`; gives what was printed. */
  json(args: readonly string[], options?: RunOptions): Promise<{ readonly code: number | null; readonly data: unknown }>
  file(name: string, text: string): Promise<string>
  remove(): Promise<void>
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Told what comes on standard error, while the program runs. */
  readonly heard?: (stderr: string) => void
}

export async function cliHome(): Promise<CliHome> {
  const home = await mkdtemp(join(tmpdir(), 'lodeline-cli-'))
  const run = (args: readonly string[], options: RunOptions = {}) =>
    runBin(args, { ...options, env: { ...environment(home), ...options.env } })
  return {
    home,
    run,
    async json(args, options) {
      const { code, stdout } = await run([...args, '--json'], options)
      return { code, data: JSON.parse(stdout) }
    },
    async file(name, text) {
      const path = join(home, name)
      await writeFile(path, text)
      return path
    },
    remove: () => rm(home, { recursive: true, force: true }),
  }
}

/** The machine's, without what would lead a test elsewhere. */
export function environment(home: string): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|LODELINE_|AWS_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS)/.test(name))
  return { ...Object.fromEntries(kept), LODELINE_HOME: home }
}

function runBin(args: readonly string[], { input, env, cwd, heard }: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(BIN, [...args], { env: { ...env }, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      heard?.(text)
    })
    child.stdin.on('error', () => undefined) // it ended without reading
    child.stdin.end(input ?? '')
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
