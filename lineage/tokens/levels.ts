import { FIELDS, kindIn, markIn, setMark } from './cells.ts'

const { CELL, HASH_A, HASH_B } = FIELDS

/** What literals are at a level of brackets. */
export const MODE = { none: 0, arguments: 1, from: 2, order: 3, counts: 4, list: 5 } as const

/** Brackets deeper than this share the last level's state. */
const MAX_LEVELS = 64
/** Lists in lists beyond this are not compared: their cost would grow with the depth. */
const MAX_LISTS = 8
const MASK = 1
// TOKEN.string, TOKEN.number: tokens.ts imports this file
const STRING = 3
const NUMBER = 4
const DROP = 2
const { none: NONE, list: LIST } = MODE

/** The open brackets: what each holds, and for lists where the current element starts and what the one before was. */
export interface Levels {
  depth: number
  readonly modes: Uint8Array
  readonly starts: Int32Array
  readonly lastA: Int32Array
  readonly lastB: Int32Array
  /** How deep the brackets are beyond those that have a state. */
  beyond: number
  /** Open lists. */
  lists: number
  /** Rows of VALUES are being read, at this depth. */
  rows: boolean
  rowDepth: number
}

export function createLevels(): Levels {
  return {
    depth: 0,
    modes: new Uint8Array(MAX_LEVELS),
    starts: new Int32Array(MAX_LEVELS),
    lastA: new Int32Array(MAX_LEVELS),
    lastB: new Int32Array(MAX_LEVELS),
    beyond: 0,
    lists: 0,
    rows: false,
    rowDepth: 0,
  }
}

/** Back to the outermost level, as before the first token. */
export function resetLevels(levels: Levels): void {
  levels.depth = 0
  levels.modes[0] = NONE
  levels.starts[0] = -1
  levels.beyond = 0
  levels.lists = 0
  levels.rows = false
  levels.rowDepth = 0
}

export function enterLevel(levels: Levels, mode: number): void {
  if (levels.depth === MAX_LEVELS - 1) {
    levels.beyond++
    return
  }
  levels.depth++
  levels.modes[levels.depth] = mode
  levels.starts[levels.depth] = -1
}

/** A level whose elements, from token `first` on, are compared each with the one before. */
export function enterList(levels: Levels, first: number): void {
  const compared = levels.depth < MAX_LEVELS - 1 && levels.lists < MAX_LISTS
  enterLevel(levels, compared ? LIST : NONE)
  if (compared) startList(levels, first)
}

function startList(levels: Levels, first: number): void {
  levels.starts[levels.depth] = first
  levels.lastA[levels.depth] = 0
  levels.lastB[levels.depth] = 0
  levels.lists++
}

/** Rows of VALUES begin: they are elements of a list at the level they stand in. */
export function startRows(levels: Levels, first: number): void {
  if (levels.rows) return
  levels.rows = true
  levels.rowDepth = levels.depth
  startList(levels, first)
}

export function leaveRows(levels: Levels): void {
  levels.rows = false
  levels.lists--
}

export function leaveLevel(cells: Int32Array, levels: Levels, i: number): void {
  if (levels.beyond > 0) {
    levels.beyond--
    return
  }
  if (levels.depth === 0) return
  if (levels.modes[levels.depth] === LIST) {
    endElement(cells, levels, i)
    levels.lists--
  }
  levels.depth--
}

/** The element before token `i` ends: it is dropped, with the comma before it, if it is like the one before. */
export function endElement(cells: Int32Array, levels: Levels, i: number): void {
  const depth = levels.depth
  const start = levels.starts[depth] as number
  if (start < 0) return
  let a = 1
  let b = 2
  for (let k = start; k < i; k++) {
    const mark = markIn(cells, k * CELL)
    if (mark === DROP) continue
    a = Math.imul(a ^ (mark === MASK ? 7 : shapeOf(cells, k, HASH_A)), 0x01000193)
    b = Math.imul(b ^ (mark === MASK ? 11 : shapeOf(cells, k, HASH_B)), 0x5bd1e995)
  }
  if (a === levels.lastA[depth] && b === levels.lastB[depth]) {
    for (let k = start - 1; k < i; k++) setMark(cells, k * CELL, DROP)
  }
  levels.lastA[depth] = a
  levels.lastB[depth] = b
  levels.starts[depth] = i + 1
}

/** A token's hash; literals that count have none and are told apart by their place, so that they are never taken for equal. */
function shapeOf(cells: Int32Array, k: number, half: number): number {
  const kind = kindIn(cells, k * CELL)
  if (kind === STRING || kind === NUMBER) return k + 1
  return cells[k * CELL + half] as number
}
