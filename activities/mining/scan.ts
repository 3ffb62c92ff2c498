import { randomUUID } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import { dropObject, type Segment, segmentsBetween } from '../../catalog/mining/objects.ts'
import { commitParts } from '../../catalog/mining/parts.ts'
import { sessionsBefore, sessionsOf } from '../../catalog/mining/sessions.ts'
import { LodelineError } from '../../contracts/errors.ts'
import type { LogObject } from '../../contracts/plugin.ts'
import { converse } from './converse.ts'
import type { Shard } from './list.ts'
import type { Mining } from './mining.ts'
import { PROGRESS_BYTES, readProgress } from './threads/progress.ts'
import type { FromThread, ScannedPart, ScanStart, SegmentStart, ToThread } from './threads/scan-messages.ts'
import type { StoredState } from './threads/session-values.ts'
import { watchTexts } from './watch.ts'

const THREAD = { file: new URL('./threads/scan-thread.ts', import.meta.url) }
/** Bytes on their way to the thread at most: enough to keep it busy while main commits. */
const WINDOW_BYTES = 4 * 1024 * 1024
const PART_BYTES = 12 * 1024 * 1024

export interface ScanOptions {
  /** Processes that a thread committed under this scope are not sent again. */
  readonly scope: string
  /** Sessions' states at the shard's beginning, where they are known for sure. */
  readonly sessions?: ScanStart['sessions']
}

/** Scans the segments of a shard that are still open, in order, in one thread; commits as it goes. */
export async function scanShard(mining: Mining, shard: Shard, options: ScanOptions): Promise<void> {
  const skip = new Map<string, number[]>()
  for (;;) {
    const segments = (await segmentsBetween(mining.catalog, mining.log.pipeline, shard.first, shard.last)).filter(
      ({ state }) => state === 'open',
    )
    if (segments.length === 0) return
    const stuck = await scanSegments(mining, segments, options, skip)
    if (stuck === null) return
    skip.set(stuck.position, [...(skip.get(stuck.position) ?? []), stuck.offset])
    mining.report.log('warn', 'A text broke its budget of time or memory and is a dead letter', {
      object: stuck.object,
      offset: stuck.offset,
    })
  }
}

interface Stuck {
  readonly position: string
  readonly object: string
  readonly offset: number
}

async function scanSegments(
  mining: Mining,
  segments: readonly Segment[],
  options: ScanOptions,
  skip: ReadonlyMap<string, readonly number[]>,
): Promise<Stuck | null> {
  const stop = new AbortController()
  const progress = new SharedArrayBuffer(PROGRESS_BYTES)
  const watch = watchTexts(progress, mining.options.textBudgetMs, () =>
    stop.abort(new LodelineError('THREAD_BUDGET', 'a text took longer than its budget')),
  )
  try {
    const start = await startOf(mining, segments, options, progress)
    const signal = AbortSignal.any([stop.signal, mining.signal])
    // Whatever fails ends the thread: what it has not committed is lost with it.
    await converse({ threads: mining.threads, task: THREAD, start, signal }, async (port, thread) => {
      const line = openLine(mining, port, thread)
      for (const segment of segments) await sendSegment(mining, segment, skip.get(segment.position) ?? [], line)
      await line.drained()
      line.send({ type: 'finish' }) // only now: the thread's end may overtake its last message
    })
    return null
  } catch (error) {
    const at = watch.stuckAt ?? (isOutOfMemory(error) ? readProgress(progress) : null)
    const segment = at === null ? undefined : segments[at.segment]
    if (at === null || segment === undefined) throw error
    return { position: segment.position, object: segment.object, offset: at.offset }
  } finally {
    watch.close()
    stop.abort()
  }
}

/** The thread was at one text then: what it keeps beside is bounded. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof LodelineError && error.code === 'THREAD_MEMORY'
}

async function startOf(
  mining: Mining,
  segments: readonly Segment[],
  options: ScanOptions,
  progress: SharedArrayBuffer,
): Promise<Omit<ScanStart, 'port'>> {
  const { catalog, log, dialect, twoLevels, defaults, queryLog } = mining
  const first = segments[0]?.position ?? ''
  return {
    ...log,
    dialect,
    twoLevels,
    defaults,
    format: queryLog.format,
    keepFullText: mining.options.queryText === 'full',
    scope: options.scope,
    partBytes: PART_BYTES,
    sessions: options.sessions ?? (await sessionsBefore(catalog, log.pipeline, first)),
    progress,
  }
}

/** Main's end of the port: what was sent and not taken yet, and the parts that came back. */
interface Line {
  send(message: ToThread, transfer?: readonly ArrayBuffer[]): void
  /** Commits what came, and waits until the thread has room for more. */
  ready(): Promise<void>
  /** All segments' last parts are committed. */
  drained(): Promise<void>
  begin(segment: Segment): void
  /** Parts of this segment are to be thrown away. */
  discard(segment: Segment): void
  isOver(segment: Segment): boolean
}

function openLine(mining: Mining, port: MessagePort, thread: Promise<void>): Line {
  const parts: ScannedPart[] = []
  const etags = new Map<string, string>()
  const discarded = new Set<string>()
  const over = new Set<string>()
  const pending = new Set<string>()
  let inFlight = 0
  let ended = false
  let failure: { readonly error: unknown } | null = null
  let wake: () => void = () => undefined
  const name = (object: string, from: number): string => `${object}\u0001${from}`

  port.on('message', (message: FromThread) => {
    if (message.type === 'taken') inFlight -= message.bytes
    else if (message.type === 'over') over.add(name(message.object, message.from))
    else parts.push(message.part)
    wake()
  })
  thread.then(
    () => {
      ended = true
      wake()
    },
    (error: unknown) => {
      failure = { error }
      wake()
    },
  )

  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
    })

  async function commit(): Promise<void> {
    const some = parts.splice(0).filter((part) => !discarded.has(name(part.object, part.from)))
    if (some.length === 0) return
    const { catalog, log, dialect, report } = mining
    await commitParts(
      catalog,
      log,
      dialect,
      some.map((part) => ({ ...part, etag: etags.get(name(part.object, part.from)) ?? '' })),
    )
    for (const part of some) {
      countPart(mining, part)
      if (part.isLast) pending.delete(name(part.object, part.from))
    }
    report.heartbeat()
  }

  async function until(done: () => boolean): Promise<void> {
    for (;;) {
      await commit()
      if (done()) return
      if (failure !== null) throw failure.error
      if (ended && parts.length === 0) throw new LodelineError('INTERNAL', 'a scanning thread ended before its segments')
      if (parts.length === 0) await changed()
    }
  }

  return {
    send: (message, transfer = []) => {
      if (message.type === 'block') inFlight += message.bytes.length
      port.postMessage(message, [...transfer])
    },
    ready: () => until(() => inFlight < WINDOW_BYTES),
    drained: () => until(() => pending.size === 0),
    begin(segment) {
      etags.set(name(segment.object, segment.from_offset), segment.etag)
      pending.add(name(segment.object, segment.from_offset))
    },
    discard(segment) {
      discarded.add(name(segment.object, segment.from_offset))
      pending.delete(name(segment.object, segment.from_offset))
    },
    isOver: (segment) => over.has(name(segment.object, segment.from_offset)),
  }
}

function countPart({ report }: Mining, { counts }: ScannedPart): void {
  for (const [name, value] of Object.entries(counts)) {
    if (typeof value === 'number') report.count(name, value)
    else for (const [kind, times] of Object.entries(value)) report.count(`${name}.${kind}`, times)
  }
}

async function sendSegment(mining: Mining, segment: Segment, skip: readonly number[], line: Line): Promise<void> {
  line.begin(segment)
  line.send({ type: 'segment', segment: await segmentStart(mining, segment, skip) })
  const object: LogObject = { key: segment.object, etag: segment.etag, bytes: segment.bytes, seekable: segment.seekable === 1 }
  try {
    for await (const block of mining.queryLog.read(object, { from: segment.at_offset })) {
      if (line.isOver(segment)) return
      const bytes = block as Uint8Array<ArrayBuffer> // each block owns its ArrayBuffer: contracts/plugin.ts
      line.send({ type: 'block', bytes }, [bytes.buffer])
      await line.ready()
    }
    line.send({ type: 'end' })
  } catch (error) {
    await readFailed(mining, segment, line, error)
  }
}

/** Broken data is a dead letter, an object that changed or went away is left out; everything else fails the attempt. */
async function readFailed(mining: Mining, segment: Segment, line: Line, error: unknown): Promise<void> {
  const code = error instanceof LodelineError ? error.code : null
  if (error instanceof LodelineError && (code === 'LOG_OBJECT_TRUNCATED' || code === 'LOG_OBJECT_CORRUPT'))
    mining.report.log('warn', error.message, { object: segment.object })
  if (code === 'LOG_OBJECT_TRUNCATED') line.send({ type: 'end', reason: 'TRUNCATED' })
  else if (code === 'LOG_OBJECT_CORRUPT') line.send({ type: 'end', reason: 'CORRUPT' })
  else if (code === 'LOG_OBJECT_GONE' || code === 'LOG_OBJECT_CHANGED') {
    line.discard(segment)
    line.send({ type: 'end' })
    await dropObject(mining.catalog, mining.log, segment.object)
    mining.report.count(code === 'LOG_OBJECT_GONE' ? 'goneObjects' : 'changedObjects')
    mining.report.warn(
      `${segment.object} ${code === 'LOG_OBJECT_GONE' ? 'was removed' : 'was replaced'} while it was read; ${code === 'LOG_OBJECT_GONE' ? 'it is left out' : 'the next run mines it'}.`,
    )
  } else throw error
}

async function segmentStart({ catalog, log }: Mining, segment: Segment, skip: readonly number[]): Promise<SegmentStart> {
  const { object, from_offset: from, to_offset: to, at_offset: offset, line, in_array, last_session: lastSession } = segment
  const sessions = offset === from ? [] : await sessionsOf<StoredState>(catalog, log.pipeline, object, from)
  return { object, from, to, offset, line, inArray: in_array === 1, lastSession, sessions, skip }
}

/** A scope of its own: nothing is taken for committed. */
export function newScope(): string {
  return randomUUID()
}
