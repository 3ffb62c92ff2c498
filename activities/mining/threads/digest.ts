import { hash } from 'node:crypto'

/** 128 bits in hexadecimal. Written in one piece: half of a longer text would keep all of it in memory. */
export function digestOfJson(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'buffer').toString('hex', 0, 16)
}
