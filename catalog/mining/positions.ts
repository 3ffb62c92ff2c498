/** Sorts before every character of an object's key, so that keys order as S3 lists them even where one begins with another. */
const SEPARATOR = '\u0001'

/** A place in a query log as text that orders like the log: pipeline, object, offset. */
export function positionOf(pipeline: string, object: string, offset: number): string {
  return `${pipeline}${SEPARATOR}${segmentPosition(object, offset)}`
}

/** The same within one pipeline. */
export function segmentPosition(object: string, offset: number): string {
  return `${object}${SEPARATOR}${String(offset).padStart(15, '0')}`
}

export interface Place {
  readonly pipeline: string
  readonly object: string
  readonly offset: number
}

export function placeOf(position: string): Place {
  const [pipeline = '', object = '', offset = '0'] = position.split(SEPARATOR)
  return { pipeline, object, offset: Number(offset) }
}
