import Table from 'cli-table3'
import type { Output } from './output.ts'

const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const

export type Cell = string | number | null | undefined

/** A table without lines: easy to read, and to cut with awk. Numbers stand to the right. */
export function table(output: Pick<Output, 'paint'>, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = head.map(
    (_, column) =>
      rows.length > 0 && rows.every((row) => typeof row[column] === 'number' || row[column] === null || row[column] === undefined),
  )
  const drawn = new Table({
    head: head.map((word) => output.paint.bold(word)),
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
  })
  for (const row of rows) drawn.push(row.map((cell) => (typeof cell === 'number' ? number(cell) : (cell ?? ''))))
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Name and value, one pair a line; pairs without a value are left out. */
export function facts(output: Pick<Output, 'paint'>, pairs: readonly (readonly [string, Cell])[]): string {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '')
  const width = Math.max(0, ...shown.map(([name]) => name.length))
  return shown
    .map(([name, value]) => `${output.paint.dim(name.padEnd(width))}  ${typeof value === 'number' ? number(value) : value}`)
    .join('\n')
}

export function number(value: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 0.01 // a query of Athena may cost so little
  return value.toLocaleString('en-US', isSmall ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 })
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** In powers of 1,000, as clouds bill; empty for none. */
export function bytesText(bytes: number): string {
  if (bytes === 0) return ''
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${number(bytes / 1000 ** power)} ${UNITS[power]}`
}

/** `2026-01-05 03:04:05`, UTC, as all times of the command line. */
export function time(iso: string | undefined | null): string {
  return iso === undefined || iso === null ? '' : iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '')
}

export function duration(fromIso: string, toIso: string | undefined, now: number): string {
  const ms = (toIso === undefined ? now : Date.parse(toIso)) - Date.parse(fromIso)
  if (!Number.isFinite(ms) || ms < 0) return ''
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`
}
