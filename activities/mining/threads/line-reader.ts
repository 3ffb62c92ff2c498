import { readFileSync } from 'node:fs'

/**
 * The WebAssembly module that reads lines and texts where they stand, sixteen bytes at a time; its source is in ./line-reader/ (AssemblyScript), and
 * `npm run build:wasm` makes it. Each of a thread's dialects has an instance of its own, of 2 MB.
 */
export interface LineReader {
  /** All of its memory; what is written behind a block or text is zeros. */
  readonly bytes: Buffer
  readonly integers: Int32Array
  /** Addresses in `bytes`, and sizes. */
  readonly at: Readonly<Record<Place, number>>
  setRules(doubleQuote: number, escapes: boolean, triples: boolean, dashNeedsBlank: boolean): void
  /** Bits of the fields whose values are kept. */
  keepFields(fields: number): void
  /** LINE_… of the line in `block`. */
  readLine(start: number, end: number): number
  /** After the unknown member was filled in. */
  goOn(end: number): number
  /** Of the JSON string in `text`: 1 where it has a skeleton. */
  readText(): number
}

export const LINE_READ = 1
export const LINE_HAS_UNKNOWN_MEMBER = 2

/** Names of ./line-reader/memory.ts, which says what they are. */
const PLACES = [
  'kinds',
  'stopHalves',
  'wordHalves',
  'memberBytes',
  'memberLengths',
  'memberFields',
  'starts',
  'ends',
  'slots',
  'ids',
  'results',
  'places',
  'block',
  'text',
  'MEMBER_BYTES',
  'BLOCK_BYTES',
  'TEXT_BYTES',
  'SPARE_BYTES',
  'MOST_FIELDS',
  'KEPT_VALUES',
  'RESULT_HIGH',
  'RESULT_LOW',
  'RESULT_PLACES',
  'RESULT_MEMBER_AT',
  'RESULT_MEMBER',
] as const
type Place = (typeof PLACES)[number]

type Functions = Pick<LineReader, 'setRules' | 'keepFields' | 'readLine' | 'goOn' | 'readText'>

/** As far as it is used here: the types of the platform are not those of a browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

const FILE = new URL('./line-reader.wasm', import.meta.url)

export function openLineReader(): LineReader {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(FILE)))
  const { buffer } = exports['memory'] as { readonly buffer: ArrayBuffer } // the module's own
  const at = Object.fromEntries(PLACES.map((place) => [place, (exports[place] as { readonly value: number }).value])) as LineReader['at'] // ./line-reader/memory.ts has each
  return { ...(exports as unknown as Functions), bytes: Buffer.from(buffer), integers: new Int32Array(buffer), at } // ./line-reader/line.ts exports them
}
