import { type Document, LineCounter, parseAllDocuments } from 'yaml'
import type { z } from 'zod'
import { LodelineError } from '../../contracts/errors.ts'
import { type Connection, documentSchema, type Pipeline } from '../../contracts/pipeline.ts'
import { PIPELINE_OPTIONS } from '../../contracts/pipeline-options.ts'
import { issueMessage, knownKeys, unknownKey, withoutUnions } from '../../contracts/schema-walk.ts'
import { withAbsoluteFileUrls } from './file-urls.ts'
import { keyPositionOf, type Position, positionOf } from './positions.ts'

/** A connection or pipeline as it stands in a file. */
export interface Placed<Value> {
  readonly value: Value
  readonly file: string
  /** Where a part of it stands, or the key of that part. */
  place(path: readonly PropertyKey[], key?: boolean): Position
}

export interface Documents {
  readonly connections: readonly Placed<Connection>[]
  readonly pipelines: readonly Placed<Pipeline>[]
  readonly problems: readonly Problem[]
  /** Some of what the file holds could not be read, and is not among these. */
  readonly isPartial?: boolean
}

/** One thing that is wrong, and where. */
export interface Problem extends Position {
  readonly file: string
  readonly path: string
  readonly message: string
}

/** Connections and pipelines of one YAML (or JSON) file, one or many documents in it. All that is wrong is reported, not only the first. */
export function readDocuments(file: string, text: string): Documents {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  const read = Array.isArray(documents) ? documents.map((document) => readOne(file, document, lines)) : []
  return {
    connections: read.flatMap(({ connections }) => connections),
    pipelines: read.flatMap(({ pipelines }) => pipelines),
    problems: read.flatMap(({ problems }) => problems),
    isPartial: read.some(({ isPartial }) => isPartial === true),
  }
}

/** Throws DOCUMENT_INVALID with every problem on a line of its own, as `file:line:column`. */
export function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  const texts = [...problems]
    .sort((one, other) => (one.file < other.file ? -1 : one.file > other.file ? 1 : one.line - other.line || one.column - other.column))
    .map(problemText)
  throw new LodelineError('DOCUMENT_INVALID', texts.join('\n'), { problems: texts })
}

export function problemText({ file, line, column, path, message }: Problem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`
}

/** Names of `path` as people write them: `pipelines[0].schedule.at`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`)).join('')
}

function readOne(file: string, document: Document.Parsed, lines: LineCounter): Documents {
  const broken = document.errors.map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0])
    return { file, line, column: col, path: '', message: `this is no YAML: ${message}` }
  })
  if (broken.length > 0) return { connections: [], pipelines: [], problems: broken, isPartial: true }
  const told = valueOf(document)
  const refused = (message: string): Documents => ({
    connections: [],
    pipelines: [],
    problems: [{ file, line: 1, column: 1, path: '', message }],
    isPartial: true,
  })
  if (told === null) return refused('its aliases (`*name`) go round in a circle, or are too many')
  const value = withAbsoluteFileUrls(told.value, file)
  if (value === null || value === undefined) return { connections: [], pipelines: [], problems: [] }
  if (typeof value !== 'object') return refused('this is no document: it holds neither `connections:` nor `pipelines:`')
  const root = document.contents
  const parsed = documentSchema.safeParse(value)
  if (!parsed.success) {
    const where: Where = { prefix: [], file, locate: (path, key) => (key ? keyPositionOf : positionOf)(root, path, lines) }
    const problems = parsed.error.issues.flatMap(withoutUnions).flatMap((issue) => problemsOf(issue, documentSchema, value, where))
    return { connections: [], pipelines: [], problems, isPartial: true }
  }
  const placed = <Value>(kind: string, values: readonly Value[]): Placed<Value>[] =>
    values.map((one, index) => ({
      value: one,
      file,
      place: (path, key) => (key === true ? keyPositionOf : positionOf)(root, [kind, index, ...path], lines),
    }))
  const pipelines = placed('pipelines', parsed.data.pipelines)
  const problems = pipelines.flatMap((pipeline, index) => {
    const prefix = ['pipelines', index, 'options']
    const locate: Locate = (path, key) => (key ? keyPositionOf : positionOf)(root, [...prefix, ...path], lines)
    return optionProblems(pipeline.value, { prefix, file, locate })
  })
  return { connections: placed('connections', parsed.data.connections), pipelines, problems }
}

/** Null where aliases make it endless. */
function valueOf(document: Document.Parsed): { readonly value: unknown } | null {
  try {
    const value: unknown = document.toJS()
    JSON.stringify(value)
    return { value }
  } catch {
    return null
  }
}

type Locate = (path: readonly PropertyKey[], key: boolean) => Position
interface Where {
  readonly prefix: readonly PropertyKey[]
  readonly file: string
  readonly locate: Locate
}

function optionProblems({ type, options }: Pipeline, where: Where): readonly Problem[] {
  const schema = PIPELINE_OPTIONS[type]
  if (schema === undefined) return []
  const parsed = schema.safeParse(options)
  return parsed.success ? [] : parsed.error.issues.flatMap(withoutUnions).flatMap((issue) => problemsOf(issue, schema, options, where))
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, where: Where): readonly Problem[] {
  const { prefix, file, locate } = where
  if (issue.code !== 'unrecognized_keys') {
    return [{ file, ...locate(issue.path, false), path: pathText([...prefix, ...issue.path]), message: issueMessage(issue, value) }]
  }
  const known = knownKeys(schema, issue.path)
  return issue.keys.map((key) => ({
    file,
    ...locate([...issue.path, key], true),
    path: pathText([...prefix, ...issue.path]),
    message: unknownKey(key, known),
  }))
}
