/**
 * JSON objects of counters, built as text: most of usage is written this way. A tally is an array with a place for each name, and the list of the
 * places that are not zero; names are in order, so that equal counters are equal texts.
 */
export interface Tally {
  readonly counts: Float64Array
  readonly touched: number[]
}

export function tally(size: number): Tally {
  return { counts: new Float64Array(size), touched: [] }
}

export function addTo({ counts, touched }: Tally, place: number, by: number): void {
  const before = counts[place] as number // a place of its names
  if (before === 0) touched.push(place)
  counts[place] = before + by
}

export function clear({ counts, touched }: Tally): void {
  for (const place of touched) counts[place] = 0
  touched.length = 0
}

/** `keys` are the names as JSON with a colon behind. */
export function tallyJson({ counts, touched }: Tally, keys: readonly string[]): string {
  touched.sort(byNumber)
  let text = '{'
  for (const place of touched) text += `${text.length > 1 ? ',' : ''}${keys[place]}${counts[place]}`
  return `${text}}`
}

export const byNumber = (one: number, other: number): number => one - other

export function jsonKeys(names: readonly string[]): readonly string[] {
  return names.map((name) => `${JSON.stringify(name)}:`)
}

/** Two such texts added up; what is in one alone stays. Numbers, or lists of numbers. */
export function addJson(one: string, other: string): string {
  if (one === '{}') return other
  const sum = new Map(Object.entries(JSON.parse(one) as Record<string, number | number[]>)) // texts of this module
  for (const [name, value] of Object.entries(JSON.parse(other) as Record<string, number | number[]>)) {
    const known = sum.get(name)
    if (known === undefined) sum.set(name, value)
    else if (typeof value === 'number') sum.set(name, Number(known) + value)
    else
      sum.set(
        name,
        value.map((each, index) => each + ((known as number[])[index] ?? 0)),
      )
  }
  return JSON.stringify(Object.fromEntries([...sum].sort(([a], [b]) => (a < b ? -1 : 1))))
}

const ROWS_A_TEXT = 500

/** A JSON list of the rows of some hundred items, and the next: one text of all would be held several times over. */
export function* inTexts<Item>(items: readonly Item[], rowOf: (item: Item, index: number) => string): Generator<string> {
  for (let from = 0; from < items.length; from += ROWS_A_TEXT) {
    yield `[${items
      .slice(from, from + ROWS_A_TEXT)
      .map((item, index) => rowOf(item, from + index))
      .join(',')}]`
  }
}
