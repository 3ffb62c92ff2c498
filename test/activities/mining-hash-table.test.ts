import { expect, test } from '@jest/globals'
import { hashTable } from '../../activities/mining/threads/hash-table.ts'

test('a hash table finds what a Map finds, also where hashes crowd in one place', () => {
  const table = hashTable<string>()
  const map = new Map<string, string>()
  for (let each = 0; each < 5_000; each++) {
    const [high, low] = each % 3 === 0 ? [each, each ^ 5] : [Math.imul(each, 0x9e3779b1), Math.imul(each, 0x85ebca6b) >>> 0]
    if (map.has(`${high} ${low | 0}`)) continue
    expect(table.get(high, low)).toBeUndefined()
    table.add(high, low, String(each))
    map.set(`${high} ${low | 0}`, String(each))
  }
  expect(table.size).toBe(map.size)
  for (const [key, value] of map) {
    const [high = 0, low = 0] = key.split(' ').map(Number)
    expect(table.get(high, low)).toBe(value)
    expect(table.get(high, low + 2 ** 32)).toBe(value)
    expect(table.get(low, high ^ 1)).not.toBe(value)
  }
  table.clear()
  expect(table.size).toBe(0)
  expect(table.get(0, 5)).toBeUndefined()
})
