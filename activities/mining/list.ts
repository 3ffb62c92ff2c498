import { beginObjects, type KnownObject, knownObjects, type ObjectToMine, openSegments } from '../../catalog/mining/objects.ts'
import type { LogObject } from '../../contracts/plugin.ts'
import type { Mining } from './mining.ts'

/** A stretch of the log for one thread: its first and last segment. */
export interface Shard {
  readonly first: string
  readonly last: string
}

const OBJECTS_A_TRANSACTION = 200

/** Lists the log, begins the objects that are new or changed, and gives the shards that are to be scanned. */
export async function listLog(mining: Mining): Promise<readonly Shard[]> {
  const { catalog, log, report } = mining
  const known = await knownObjects(catalog, log.pipeline)
  let some: ObjectToMine[] = []
  let listed = 0
  let skipped = 0
  const begin = async (): Promise<void> => {
    if (some.length > 0) await beginObjects(catalog, log, mining.run, some, mining.reprocess)
    some = []
  }
  for await (const object of mining.queryLog.list()) {
    listed++
    if (!mining.reprocess && isMined(known.get(object.key), object)) skipped++
    else some.push({ ...object, cuts: await cutsOf(mining, object) })
    if (some.length === OBJECTS_A_TRANSACTION) await begin()
    report.heartbeat()
  }
  await begin()
  report.total('skippedObjects', skipped)
  if (listed === 0)
    report.warn(
      known.size === 0
        ? `The query log is empty: there is nothing to mine. \`lodeline pipeline check ${log.pipeline}\` says what is there.`
        : `The query log is empty now; ${known.size} objects were mined before, and their lineage stays.`,
    )
  return shardsOf(await openSegments(catalog, log.pipeline), mining.options.shardBytes)
}

function isMined(known: KnownObject | undefined, { etag, bytes }: LogObject): boolean {
  return known?.state === 'mined' && known.etag === etag && known.bytes === bytes
}

/** Where the object's segments begin. Only plain lines can be cut: not what is compressed, nor a JSON array. */
async function cutsOf(mining: Mining, object: LogObject): Promise<number[]> {
  const { shardBytes } = mining.options
  const count = object.seekable ? Math.max(1, Math.round(object.bytes / shardBytes)) : 1
  if (count === 1 || (await isArray(mining, object))) return [0]
  return Array.from({ length: count }, (_, index) => Math.floor((object.bytes / count) * index))
}

const PEEK_BYTES = 4096

async function isArray(mining: Mining, object: LogObject): Promise<boolean> {
  for await (const block of mining.queryLog.read(object, { from: 0, to: PEEK_BYTES })) {
    return new TextDecoder().decode(block).trimStart().startsWith('[')
  }
  return false
}

/** Runs of segments of about `shardBytes` together. */
function shardsOf(segments: readonly { readonly position: string; readonly bytes: number }[], shardBytes: number): readonly Shard[] {
  const shards: { first: string; last: string }[] = []
  let room = 0
  for (const { position, bytes } of segments) {
    const current = shards.at(-1)
    if (current === undefined || bytes > room) {
      shards.push({ first: position, last: position })
      room = shardBytes - bytes
    } else {
      current.last = position
      room -= bytes
    }
  }
  return shards
}
