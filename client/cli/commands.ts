import type { Command } from './command.ts'

/** One entry a command: its words, and where it is. Only the one that is asked for is loaded, so that short commands start fast. */
export interface CommandEntry {
  readonly words: string
  readonly summary: string
  load(): Promise<{ readonly command: Command }>
}

const entry = (words: string, summary: string, load: CommandEntry['load']): CommandEntry => ({ words, summary, load })

export const COMMANDS: readonly CommandEntry[] = [
  entry('up', 'Start everything on this machine: Temporal, a worker, the catalog', () => import('./commands/up.ts')),
  entry('apply', 'Write connections and pipelines from YAML into the catalog', () => import('./commands/apply.ts')),
  entry('connection add', 'Add or change one connection', () => import('./commands/connection-add.ts')),
  entry('connection list', 'List the connections', () => import('./commands/connection-list.ts')),
  entry('connection show', 'Show one connection, secrets masked', () => import('./commands/connection-show.ts')),
  entry('connection check', 'Test one connection, step by step', () => import('./commands/connection-check.ts')),
  entry('connection remove', 'Remove one connection', () => import('./commands/connection-remove.ts')),
  entry('pipeline list', 'List the pipelines', () => import('./commands/pipeline-list.ts')),
  entry('pipeline show', 'Show one pipeline, its deployment and its last run', () => import('./commands/pipeline-show.ts')),
  entry(
    'pipeline check',
    'Test what a pipeline reads and writes, step by step, without running it',
    () => import('./commands/pipeline-check.ts'),
  ),
  entry('pipeline run', 'Start a run now', () => import('./commands/pipeline-run.ts')),
  entry('pipeline deploy', 'Bring the schedules of pipelines to Temporal now', () => import('./commands/pipeline-deploy.ts')),
  entry('pipeline redeploy', 'Deploy again from the beginning, also what failed', () => import('./commands/pipeline-redeploy.ts')),
  entry('pipeline pause', 'Pause the schedules of pipelines', () => import('./commands/pipeline-pause.ts')),
  entry('pipeline resume', 'Resume the schedules of pipelines', () => import('./commands/pipeline-resume.ts')),
  entry('pipeline backfill', 'Run the slots of a past interval again, in order', () => import('./commands/pipeline-backfill.ts')),
  entry('pipeline remove', 'Remove one pipeline; its results stay', () => import('./commands/pipeline-remove.ts')),
  entry('runs list', 'List runs, newest first', () => import('./commands/runs-list.ts')),
  entry('runs show', 'Show one run: counts, tasks, warnings, error', () => import('./commands/runs-show.ts')),
  entry('runs logs', 'Show what a run logged', () => import('./commands/runs-logs.ts')),
  entry('runs items', 'Show what became of each item of a mapped task', () => import('./commands/runs-items.ts')),
  entry('runs dead-letters', 'Show the records a run could not take', () => import('./commands/runs-dead-letters.ts')),
  entry('runs cancel', 'Stop a run', () => import('./commands/runs-cancel.ts')),
  entry('runs pause', 'Let a run start nothing new', () => import('./commands/runs-pause.ts')),
  entry('runs resume', 'Let a paused run go on', () => import('./commands/runs-resume.ts')),
  entry('runs retry', 'Run the failed tasks of a run again', () => import('./commands/runs-retry.ts')),
  entry('runs skip', 'Mark tasks of a run as skipped', () => import('./commands/runs-skip.ts')),
  entry('runs rerun', 'Start a new run with the window and input of another', () => import('./commands/runs-rerun.ts')),
  entry('lineage show', 'Show where an asset comes from and goes to', () => import('./commands/lineage-show.ts')),
  entry('lineage parse', 'Explain the lineage of one SQL text', () => import('./commands/lineage-parse.ts')),
  entry('lineage batch', 'Lineage of many texts: NDJSON in, NDJSON out', () => import('./commands/lineage-batch.ts')),
  entry('lineage report', 'What could not be resolved, and why', () => import('./commands/lineage-report.ts')),
  entry('lineage export', 'Write out every edge of the catalog', () => import('./commands/lineage-export.ts')),
  entry('usage top', 'The most used tables, or the queries that run most, longest or dearest', () => import('./commands/usage-top.ts')),
  entry('usage show', 'Who uses one asset, when', () => import('./commands/usage-show.ts')),
  entry('usage export', 'Write out usage by asset, user and day', () => import('./commands/usage-export.ts')),
  entry('catalog import', 'Take in schemas from exports of information_schema and the like', () => import('./commands/catalog-import.ts')),
  entry('catalog search', 'Find assets by a part of their name', () => import('./commands/catalog-search.ts')),
  entry('catalog show', 'Show one asset with its columns', () => import('./commands/catalog-show.ts')),
  entry('catalog restore', 'Undo what a run marked as deleted', () => import('./commands/catalog-restore.ts')),
  entry('plugin new', 'Write a connector to start from, with data, a pipeline and a test', () => import('./commands/plugin-new.ts')),
  entry('plugin list', 'List what the plugins bring, and those that could not be loaded', () => import('./commands/plugin-list.ts')),
  entry('plugin check', 'Hold one plugin against the contract', () => import('./commands/plugin-check.ts')),
  entry('schema', 'Print the JSON Schema of documents, for editors', () => import('./commands/schema.ts')),
  entry('secret set', 'Keep a secret in the catalog, encrypted', () => import('./commands/secret-set.ts')),
  entry('secret list', 'List the secrets in the catalog by name, and what uses them', () => import('./commands/secret-list.ts')),
  entry('secret remove', 'Remove one secret from the catalog', () => import('./commands/secret-remove.ts')),
  entry('config show', 'Show every setting, its value and where it comes from', () => import('./commands/config-show.ts')),
  entry('doctor', 'Look at this installation and say what is wrong with it', () => import('./commands/doctor.ts')),
  entry('import openmetadata', "Turn OpenMetadata's workflow YAML into lodeline's", () => import('./commands/import-openmetadata.ts')),
  entry('policy athena', 'Print the least AWS policy for the Athena pipelines', () => import('./commands/policy-athena.ts')),
  entry('policy s3-query-log', 'Print the AWS policies that reading a query log needs', () => import('./commands/policy-s3-query-log.ts')),
  entry('completion', 'Print a completion script for bash, zsh or fish', () => import('./commands/completion.ts')),
]

/** The entry that the words on the command line begin with, and what is left of them. */
export function findCommand(words: readonly string[]): { readonly entry: CommandEntry; readonly rest: readonly string[] } | null {
  for (const count of [2, 1]) {
    const found = COMMANDS.find(({ words: name }) => name === words.slice(0, count).join(' '))
    if (found !== undefined && words.length >= count) return { entry: found, rest: words.slice(count) }
  }
  return null
}

/** Commands below a first word, e.g. all of `pipeline`. */
export function commandsUnder(word: string): readonly CommandEntry[] {
  return COMMANDS.filter(({ words }) => words.startsWith(`${word} `))
}
