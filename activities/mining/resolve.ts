import {
  commitResolutions,
  endRound,
  processesById,
  type Resolution,
  removeUnseen,
  resolveUnder,
  settleRanks,
  type Unresolved,
  unknownAssets,
  unresolvedAfter,
} from '../../catalog/mining/resolution.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { SessionTable } from '../../contracts/lineage.ts'
import type { Mining } from './mining.ts'
import { type NameSpace, namedAssets, partialMatches } from './names.ts'
import { budgetLetters } from './poison.ts'
import type { ResolveBatch, ResolvedBatch, ResolveItem } from './threads/resolve-messages.ts'

const THREAD = { file: new URL('./threads/resolve-thread.ts', import.meta.url) }
/** Schemas of one round may change those of the next; tables that are made from each other in a circle would go on for ever. */
const MOST_ROUNDS = 50
/** For each the names of its texts are looked up and sent to a thread, most of them again. */
const PROCESSES_A_BATCH = 800
const TEXT_A_BATCH = 512 * 1024
/** Rows of a batch are all over the indexes: in one transaction, several batches write the same pages once. More would keep other writers waiting. */
const BATCHES_A_COMMIT = 6
/** Of a batch, in budgets of one text. */
const BATCH_BUDGET = 6

/** Resolves all processes that wait for it, until the schemas they imply change nothing any more. */
export async function resolveProcesses(mining: Mining): Promise<void> {
  const { catalog, log } = mining
  const { fold, ignoreCase, databaseSpelling } = mining
  const space: NameSpace = { connection: log.connection, depth: mining.levels.length + 1, fold, ignoreCase, databaseSpelling }
  const matches = partialMatches(space)
  const changed = await resolveUnder(catalog, log.connection, JSON.stringify([mining.options.missingAssets, mining.ignoreCase]))
  if (changed)
    mining.report.warn(
      '`missingAssets` or `controlConfig` is not what this connection was last mined with: all its statements are resolved again.',
    )
  let waiting = await endRound(catalog, log, mining.now(), matches)
  for (let round = 1; waiting > 0; round++) {
    if (round > MOST_ROUNDS) {
      mining.report.warn(
        `${waiting} statements imply each other's columns in a circle; they keep what the last of ${MOST_ROUNDS} rounds gave.`,
      )
      break
    }
    await resolveRound(mining, space)
    if (mining.options.missingAssets !== 'create') await settleRanks(catalog, log.connection, mining.now()) // what a round made is known in the next
    waiting = await endRound(catalog, log, mining.now(), matches)
    mining.report.heartbeat()
  }
  await settleRanks(catalog, log.connection, mining.now())
  await removeUnseen(catalog, log.connection)
  if (mining.options.missingAssets !== 'create') sayMissing(mining, await unknownAssets(catalog, log.connection))
}

/** Batches are resolved side by side and committed in the order of the log. */
async function resolveRound(mining: Mining, space: NameSpace): Promise<void> {
  const running: Promise<readonly ResolvedTargets[]>[] = []
  let resolved: ResolvedTargets[] = []
  for await (const batch of batches(mining)) {
    const started = resolveBatch(mining, space, batch)
    started.catch(() => undefined) // awaited below, in order
    running.push(started)
    if (running.length > mining.threads.size) resolved.push(...((await running.shift()) ?? []))
    if (resolved.length < BATCHES_A_COMMIT) continue
    await commit(mining, resolved)
    resolved = []
  }
  for (const batch of running) resolved.push(...(await batch))
  await commit(mining, resolved)
}

async function* batches({ catalog, log, signal }: Mining): AsyncGenerator<readonly Unresolved[]> {
  let position = ''
  for (;;) {
    signal.throwIfAborted()
    const some = await unresolvedAfter(catalog, log.connection, position, PROCESSES_A_BATCH)
    let batch: Unresolved[] = []
    let size = 0
    for (const process of some) {
      batch.push(process)
      size += process.sql.length
      if (size < TEXT_A_BATCH) continue
      yield batch
      batch = []
      size = 0
    }
    if (batch.length > 0) yield batch
    const last = some.at(-1)
    if (last === undefined) return
    position = last.position
  }
}

async function resolveBatch(mining: Mining, space: NameSpace, batch: readonly Unresolved[]): Promise<readonly ResolvedTargets[]> {
  const makers = await makersOf(mining, batch)
  const tables = [...batch, ...makers].flatMap(({ tables }) => (tables === null ? [] : (JSON.parse(tables) as string[][]))) // written by the scan
  const names = await namedAssets(mining.catalog.db, space, tables)
  const missing = mining.options.missingAssets
  const value: ResolveBatch = {
    dialect: mining.dialect,
    unknownAssets: missing === 'create' ? 'create' : 'skip',
    targets: batch.map(itemOf),
    makers: makers.map(itemOf),
    names,
  }
  const resolved = await inThread(mining, value, BATCH_BUDGET * mining.options.textBudgetMs)
  mining.report.heartbeat()
  return resolved
}

function itemOf({ id, sql: text, default_database: database, default_schema: schema, temps, result_hash }: Unresolved): ResolveItem {
  return {
    id,
    sql: text,
    defaults: { database: database === '' ? null : database, schema: schema === '' ? null : schema },
    temps: JSON.parse(temps) as SessionTable[], // written by the scan
    resultHash: result_hash ?? '',
  }
}

/** The processes that made the temp tables, and those that theirs depend on. */
async function makersOf({ catalog }: Mining, batch: readonly Unresolved[]): Promise<readonly Unresolved[]> {
  const known = new Set(batch.map(({ id }) => id))
  const makers: Unresolved[] = []
  for (let some = batch; some.length > 0; ) {
    const wanted = new Set(some.flatMap(madeBy).filter((id) => !known.has(id)))
    some = wanted.size === 0 ? [] : await processesById(catalog, [...wanted])
    for (const maker of some) {
      known.add(maker.id)
      makers.push(maker)
    }
  }
  return makers
}

function madeBy({ temps }: Unresolved): readonly string[] {
  if (temps === '[]') return []
  return (JSON.parse(temps) as SessionTable[]).flatMap((temp) => temp.madeBy.map((maker) => maker.split('#')[0] ?? '')) // written by the scan
}

type ResolvedTargets = ResolvedBatch & Pick<Resolution, 'targets'>

/** A batch that breaks its budget, or the thread's memory, is halved until the text that does it is alone; that one is a dead letter. */
async function inThread(mining: Mining, batch: ResolveBatch, budgetMs: number): Promise<readonly ResolvedTargets[]> {
  try {
    const resolved = await mining.threads.run<ResolvedBatch>(THREAD, batch, { signal: mining.signal, budgetMs })
    return [{ ...resolved, targets: batch.targets.map(({ id }) => id) }]
  } catch (error) {
    const isPoison = error instanceof LodelineError && (error.code === 'THREAD_BUDGET' || error.code === 'THREAD_MEMORY')
    if (!isPoison) throw error
  }
  const [only] = batch.targets
  if (batch.targets.length === 1 && only !== undefined) {
    await budgetLetters(mining, only.id)
    return []
  }
  const middle = Math.ceil(batch.targets.length / 2)
  const all = [...batch.makers, ...batch.targets]
  const halves = [batch.targets.slice(0, middle), batch.targets.slice(middle)].filter((targets) => targets.length > 0)
  const results: ResolvedTargets[] = []
  for (const targets of halves)
    results.push(...(await inThread(mining, { ...batch, targets, makers: all }, Math.max(mining.options.textBudgetMs, budgetMs / 2))))
  return results
}

async function commit(mining: Mining, resolved: readonly ResolvedTargets[]): Promise<void> {
  if (resolved.length === 0) return
  await commitResolutions(mining.catalog, mining.log, mining, mining.now(), resolved)
  for (const { counts } of resolved) {
    if (counts.secondOpinions > 0) mining.report.count('secondOpinions', counts.secondOpinions)
    if (counts.differences > 0) mining.report.count('secondOpinionsThatDiffer', counts.differences)
  }
  mining.report.heartbeat()
}

/** Of tables that the catalog was not told of: the run fails, or says what it left out. */
function sayMissing({ options, report, log }: Mining, names: readonly string[]): void {
  if (names.length === 0) return
  const some = names.slice(0, 10)
  const among = `${some.join(', ')}${names.length > some.length ? ', …' : ''}`
  if (options.missingAssets === 'fail')
    throw new LodelineError(
      'ASSETS_MISSING',
      `The log names ${names.length} tables that the catalog of ${log.connection} does not know: ${among}`,
      {
        assets: some,
      },
    )
  report.total('unknownAssets', names.length)
  report.warn(`${names.length} tables that the catalog of ${log.connection} does not know were left out: ${among}`)
}
