import { isMap, isPair, isScalar, isSeq, type LineCounter, type Node } from 'yaml'

/** Where something stands in a file, both counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where the value at a path stands; of a path that is not there, where its deepest part that is stands. */
export function positionOf(root: Node | null, path: readonly PropertyKey[], lines: LineCounter): Position {
  return at(offsetOf(root, path, 'value'), lines)
}

/** Where the key itself stands, for complaints about the key. */
export function keyPositionOf(root: Node | null, path: readonly PropertyKey[], lines: LineCounter): Position {
  return at(offsetOf(root, path, 'key'), lines)
}

function at(offset: number, lines: LineCounter): Position {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function offsetOf(root: Node | null, path: readonly PropertyKey[], what: 'key' | 'value'): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const found = child(node, step)
    if (found === null) break
    offset = (what === 'key' && depth === path.length - 1 ? found.key : found.value) ?? offset
    node = found.node
  }
  return offset
}

interface Found {
  readonly node: unknown
  readonly key: number | undefined
  readonly value: number | undefined
}

function child(node: unknown, step: PropertyKey): Found | null {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step]
    return item === undefined ? null : { node: item, key: startOf(item), value: startOf(item) }
  }
  if (!isMap(node)) return null
  const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step))
  if (pair === undefined) return null
  const key = startOf(pair.key)
  return { node: pair.value, key, value: startOf(pair.value) ?? key }
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined
  const start: unknown = node.range[0]
  return typeof start === 'number' ? start : undefined
}
