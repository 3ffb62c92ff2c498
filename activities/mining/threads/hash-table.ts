/**
 * Values by 64 bits of a hash, given as two integers. A Map would take numbers of more than 32 bits as objects, and hash them anew: a look-up here is
 * a few reads of one array.
 */
export interface HashTable<Value> {
  get(high: number, low: number): Value | undefined
  /** Of a hash that is not in it. */
  add(high: number, low: number, value: Value): void
  readonly size: number
  clear(): void
}

const SMALLEST = 1024

export function hashTable<Value>(): HashTable<Value> {
  let capacity = SMALLEST
  /** High and low half, side by side. */
  let halves = new Int32Array(2 * capacity)
  let values: (Value | undefined)[] = new Array(capacity)
  let size = 0

  /** Where the hash is, or the free place where it would be: at least half of them are free. */
  function placeOf(high: number, low: number): number {
    let place = (high ^ low) & (capacity - 1)
    while (values[place] !== undefined && (halves[2 * place] !== high || halves[2 * place + 1] !== low))
      place = (place + 1) & (capacity - 1)
    return place
  }

  function put(high: number, low: number, value: Value | undefined): void {
    const place = placeOf(high, low)
    halves[2 * place] = high
    halves[2 * place + 1] = low
    values[place] = value
  }

  function empty(places: number): void {
    capacity = places
    halves = new Int32Array(2 * places)
    values = new Array(places)
  }

  function grow(): void {
    const [before, valuesBefore] = [halves, values]
    empty(2 * capacity)
    valuesBefore.forEach((value, place) => {
      put(before[2 * place] as number, before[2 * place + 1] as number, value) // a pair for each place
    })
  }

  return {
    get: (high, low) => values[placeOf(high | 0, low | 0)],
    add(high, low, value) {
      if (2 * ++size > capacity) grow()
      put(high | 0, low | 0, value)
    },
    get size() {
      return size
    },
    clear() {
      size = 0
      empty(SMALLEST)
    },
  }
}
