import { segmentsBetween } from '../../catalog/mining/objects.ts'
import {
  markSettled,
  removeWithdrawn,
  type SegmentSessions,
  type SettledSegment,
  segmentsToSettle,
  sessionsInSegment,
  startStates,
  statesBefore,
  withdrawSegment,
} from '../../catalog/mining/settling.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { Mining } from './mining.ts'
import { newScope, scanShard } from './scan.ts'

/**
 * Shards are scanned side by side, each taking its sessions to begin as far as is known. Here the log is walked in order: a segment one of
 * whose sessions really begins in another state is scanned again from that state. So the result is that of mining in order. Gives how many were.
 */
export async function settleSessions(mining: Mining): Promise<number> {
  const { catalog, log, report } = mining
  const segments = await segmentsToSettle(catalog, log.pipeline)
  const [first] = segments
  if (first === undefined) return 0
  const hasSessions = mining.queryLog.format.keys.session !== undefined
  const states = hasSessions ? await statesBefore(catalog, log.pipeline, first.position) : new Map<number, string>()
  const walk: Walk = { states, rescanned: 0 }
  for (const segment of segments) {
    mining.signal.throwIfAborted()
    const sessions = await settledSessions(mining, segment, walk)
    for (const [hash, { end }] of sessions.told) {
      if (end === '') walk.states.delete(hash)
      else walk.states.set(hash, end)
    }
    report.heartbeat()
  }
  const removed = await removeWithdrawn(catalog, log)
  await markSettled(catalog, log.pipeline, first.position)
  if (walk.rescanned > 0)
    report.log('info', 'Segments were scanned again, since sessions go on in them', { segments: walk.rescanned, removed })
  return walk.rescanned
}

interface Walk {
  /** Digest of each session's state, where not empty; by hash. */
  readonly states: Map<number, string>
  rescanned: number
}

/** The segment's sessions, after it was scanned again where it had to be. */
async function settledSessions(mining: Mining, segment: SettledSegment, walk: Walk): Promise<SegmentSessions> {
  const { catalog, log } = mining
  const sessions = await sessionsInSegment(catalog, log.pipeline, segment)
  const wrong = segment.state === 'open' || !beginsAs(sessions, walk.states)
  if (!wrong) return sessions
  if (segment.state === 'done') {
    if (!(await isStillThere(mining, segment))) return sessions
    await withdrawSegment(catalog, log, segment)
  }
  walk.rescanned++
  // A segment that a killed attempt left open may hold other sessions than those it had told of.
  const hashes = segment.state === 'open' ? [...walk.states.keys()] : sessions.seen.filter((hash) => walk.states.has(hash))
  const states = await startStates(catalog, log.pipeline, segment.position, hashes)
  await scanShard(mining, { first: segment.position, last: segment.position }, { scope: newScope(), sessions: states })
  return await sessionsInSegment(catalog, log.pipeline, segment)
}

function beginsAs({ seen, told }: SegmentSessions, states: ReadonlyMap<number, string>): boolean {
  return seen.every((hash) => (told.get(hash)?.start ?? '') === (states.get(hash) ?? ''))
}

/** What is gone from the log cannot be scanned again; what it gave stays as it was. */
async function isStillThere(mining: Mining, segment: SettledSegment): Promise<boolean> {
  const [found] = await segmentsBetween(mining.catalog, mining.log.pipeline, segment.position, segment.position)
  if (found === undefined) return false
  const object = { key: found.object, etag: found.etag, bytes: found.bytes, seekable: found.seekable === 1 }
  try {
    for await (const _block of mining.queryLog.read(object, { from: 0, to: 1 })) break
    return true
  } catch (error) {
    if (!(error instanceof LodelineError) || (error.code !== 'LOG_OBJECT_GONE' && error.code !== 'LOG_OBJECT_CHANGED')) throw error
    mining.report.warn(
      `Sessions that now begin before ${segment.object} could not be followed into it: the object is no longer what was mined.`,
    )
    return false
  }
}
