import { countAssets } from '../../../catalog/assets.ts'
import type { CheckedPart } from '../../../contracts/once.ts'
import type { Pipeline } from '../../../contracts/pipeline.ts'
import { showChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import type { Deps } from '../deps.ts'
import { requireConnection, requirePipeline } from '../lookup.ts'
import { askPlugins } from '../plugin-process.ts'
import { number } from '../table.ts'

export const command = defineCommand({
  summary: 'Test what a pipeline reads and writes, step by step, without running it',
  description:
    'Its connection, its query log (bucket, region, listing, first object, decryption, first 100 records with the keys) and its sinks.',
  args: [{ name: 'name', description: 'Name of the pipeline' }],
  flags: {},
  examples: [{ line: 'lodeline pipeline check snowflake-history', says: 'before its first run' }],
  exits: { 0: 'Every mandatory step passed.', 3: 'A mandatory step failed.' },
  async run({ name }, deps) {
    const { document } = await requirePipeline(await deps.catalog(), name)
    return await showChecks(`Pipeline ${name}`, checks(document, deps), deps.output)
  },
})

async function* checks(pipeline: Pipeline, deps: Deps): AsyncGenerator<CheckedPart> {
  const catalog = await deps.catalog()
  const connection = pipeline.connection === undefined ? null : (await requireConnection(catalog, pipeline.connection)).document
  if (connection !== null) yield knownAssets(connection.name, pipeline, await countAssets(catalog.db, connection.name))
  yield* askPlugins<CheckedPart>({ action: 'checkPipeline', pipeline, connection }, deps)
}

/** Lineage of columns needs columns: better said before the run than after it. */
function knownAssets(
  connection: string,
  { options }: Pipeline,
  { assets, columns }: { readonly assets: number; readonly columns: number },
): CheckedPart {
  const step = { part: 'catalog', step: 'assets', mandatory: options['missingAssets'] === 'fail' } as const
  if (columns > 0)
    return { ...step, status: 'passed', message: `${number(assets)} assets of ${connection} are known, with ${number(columns)} columns` }
  return {
    ...step,
    status: step.mandatory ? 'failed' : 'warning',
    message: `no columns of ${connection} are known yet: tables are found in the queries alone, and \`SELECT *\` stays \`*\` until they are`,
    remedy: `\`lodeline catalog import FILE --connection ${connection}\` takes in an export of information_schema.columns.`,
  }
}
