import { answerMessages } from './answer.ts'
import { ownSchema, textMarks } from './engine.ts'
import { knownDefaults } from './known-defaults.ts'
import { type LineSplitter, splitLines } from './lines.ts'
import { type PartBuilder, partBuilder } from './part.ts'
import { progressOf } from './progress.ts'
import { type Records, readRecords } from './records.ts'
import type { FromThread, ScanStart, SegmentStart, ToThread } from './scan-messages.ts'
import { sessionValues } from './session-values.ts'
import { sessionVariables } from './session-variables.ts'
import { followSessions } from './sessions.ts'
import { knownTexts } from './texts.ts'
import { type Knowledge, threadMemory } from './thread-memory.ts'

/** Aggregates held back at most, beside those that the bytes limit: a log of texts that never repeat is committed more often. */
const PART_SIZE = 24 * 1024 * 1024

/** Scans the segments that come through the port, in order, until `finish`. */
export async function run(start: ScanStart): Promise<void> {
  await answerMessages(start.port, scanner(start))
}

interface OpenSegment {
  readonly start: SegmentStart
  readonly splitter: LineSplitter
  part: PartBuilder
  /** Where the part in the making began. */
  from: number
  over: boolean
}

function scanner(start: ScanStart): (message: ToThread) => readonly FromThread[] {
  const knowledge = knowledgeOf(start)
  const sessions = followSessions(knowledge.values, start.sessions)
  const progress = progressOf(start.progress)
  const { format } = start
  const records = readRecords({ ...knowledge, format, sessions, progress })
  let open: OpenSegment | null = null
  let segments = 0
  let parts = 0

  function begin(segment: SegmentStart): void {
    sessions.startSegment(segment.lastSession)
    for (const session of segment.sessions) sessions.restore(session)
    records.startSegment(segments++, segment.skip)
    open = openSegment(segment, records, partBuilder(start.pipeline, segment.object, !start.keepFullText), format.maxLineBytes)
  }

  function finishPart(segment: OpenSegment, isLast: boolean): FromThread {
    const { splitter, start: begun } = segment
    const { offset, line, inArray } = splitter
    const { counts } = segment.part
    counts.sessionRuns = sessions.takeRuns()
    counts.bytes = offset - segment.from - (segment.from === begun.from ? splitter.skippedBytes : 0)
    const place = { part: parts++, object: begun.object, from: begun.from, start: segment.from, offset, line, inArray, isLast }
    const part = segment.part.finish({ ...place, lastSession: sessions.lastSession }, sessions.takePart())
    segment.part = partBuilder(start.pipeline, begun.object, !start.keepFullText)
    segment.from = offset
    knowledge.texts.trim()
    return { type: 'part', part }
  }

  function block(segment: OpenSegment, bytes: Uint8Array<ArrayBuffer>): readonly FromThread[] {
    const taken: FromThread = { type: 'taken', bytes: bytes.length }
    if (segment.over) return [taken]
    segment.over = !segment.splitter.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    bytes.buffer.transfer(0) // freed now: the collector does not see how much memory blocks are
    if (segment.over) return [taken, finishPart(segment, true), { type: 'over', object: segment.start.object, from: segment.start.from }]
    const isFull = segment.splitter.offset - segment.from >= start.partBytes || segment.part.size >= PART_SIZE
    return isFull ? [taken, finishPart(segment, false)] : [taken]
  }

  function end(segment: OpenSegment, reason: string | undefined): readonly FromThread[] {
    if (segment.over) return []
    const { splitter, part } = segment
    if (reason !== undefined) records.cut(reason)
    splitter.end()
    if (reason !== undefined && part.counts.deadLetters[reason] === undefined) {
      part.deadLetter({ line: splitter.line + 1, offset: splitter.offset, reason, sample: '' })
    }
    segment.over = true
    return [finishPart(segment, true)]
  }

  return (message) => {
    if (message.type === 'segment') begin(message.segment)
    else if (message.type === 'block' && open !== null) return block(open, message.bytes)
    else if (message.type === 'end' && open !== null) return end(open, message.reason)
    return []
  }
}

function openSegment(start: SegmentStart, records: Records, part: PartBuilder, maxLineBytes: number): OpenSegment {
  const { from, to, offset, line, inArray } = start
  const segment = { start, part, from: offset, over: false }
  const range = { from: offset, to, skipFirst: from > 0 && offset === from, maxLineBytes, line, inArray }
  const splitter = splitLines(range, {
    line: (bytes, from, to, at, number) => records.take(segment.part, bytes, from, to, at, number),
    tooLong: (at, number) => segment.part.deadLetter({ line: number, offset: at, reason: 'LINE_TOO_LONG', sample: '' }),
  })
  return Object.assign(segment, { splitter })
}

function knowledgeOf({ scope, connection, dialect, defaults, twoLevels, keepFullText }: ScanStart): Knowledge {
  const known = threadMemory.knowledge
  if (known !== null && known.scope === scope) return known
  const values = sessionValues()
  const marks = textMarks(dialect)
  const texts = knownTexts({ connection, dialect, keepFullText, marks }, values)
  threadMemory.knowledge = {
    scope,
    values,
    texts,
    skeleton: marks.skeleton,
    variables: sessionVariables(dialect),
    defaults: knownDefaults(defaults, twoLevels, ownSchema(dialect)),
  }
  return threadMemory.knowledge
}
