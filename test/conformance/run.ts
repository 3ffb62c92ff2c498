import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** `npm run conformance`: the table of all suites, made by their own scorer. Arguments go to the scorer (`--failures 5`, a suite's name). */
export const CASES = join(import.meta.dirname, '../../../shared/conformance')
export const BATCH = `${process.execPath} ${join(import.meta.dirname, '../../bench/batch.ts')}`

export interface SuiteScore {
  readonly cases: number
  readonly fullPct: number | null
  readonly edgePrecision: number | null
  readonly edgeRecall: number | null
  readonly errors: number
  readonly missing: number
  readonly notes: readonly string[]
}

export function suites(): readonly string[] {
  return existsSync(CASES) ? readdirSync(CASES).filter((file) => file.endsWith('.jsonl')) : []
}

/** Scores by suite, or null where the cases or Python are absent. */
export function score(files: readonly string[] = suites()): Readonly<Record<string, SuiteScore>> | null {
  if (files.length === 0) return null
  const paths = files.map((file) => join(CASES, file))
  const run = spawnSync('python3', [join(CASES, 'score.py'), ...paths, '--command', BATCH, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return run.status === 0 ? (JSON.parse(run.stdout) as { suites: Record<string, SuiteScore> }).suites : null
}

function main(args: readonly string[]): number {
  const all = suites()
  if (all.length === 0) {
    console.log('conformance: no cases beside this checkout (../shared/conformance); nothing was scored')
    return 0
  }
  const named = all.filter((file) => args.includes(file.replace('.jsonl', '')))
  const paths = (named.length > 0 ? named : all).map((file) => join(CASES, file))
  const options = args.filter((arg) => !all.includes(`${arg}.jsonl`))
  const run = spawnSync('python3', [join(CASES, 'score.py'), ...paths, '--command', BATCH, ...options], { stdio: 'inherit' })
  return run.status ?? 1
}

if (process.argv[1] === import.meta.filename) process.exitCode = main(process.argv.slice(2))
