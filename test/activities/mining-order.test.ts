import { afterAll, describe, expect, test } from '@jest/globals'
import { catalogContent } from '../support/catalog-content.ts'
import { type Bench, miningBench, ndjson, twoThreads } from '../support/mining.ts'
import { orderedLog } from '../support/mining-log.ts'

const threads = twoThreads()
afterAll(() => threads.close())

const OBJECTS = 6

/** The log of a seed, cut into objects at places that do not care for sessions. */
function objectsOf(seed: number): readonly (readonly [string, string])[] {
  const records = orderedLog(seed, 420)
  const size = records.length / OBJECTS
  return Array.from(
    { length: OBJECTS },
    (_, index) => [`part-${index}.json`, ndjson(records.slice(index * size, (index + 1) * size))] as const,
  )
}

async function mined(seed: number, how: (bench: Bench, objects: readonly (readonly [string, string])[]) => Promise<void>): Promise<string> {
  const bench = await miningBench(threads)
  try {
    await how(bench, objectsOf(seed))
    return await catalogContent(bench.catalog)
  } finally {
    await bench.close()
  }
}

function putAll(bench: Bench, objects: readonly (readonly [string, string])[]): void {
  for (const [name, content] of objects) bench.put(name, content)
}

describe.each([1, 2, 3, 4])('what a log gives (seed %i)', (seed) => {
  const inOrder = mined(seed, async (bench, objects) => {
    putAll(bench, objects)
    await bench.mine({ width: 1, options: { shardBytes: 1_000_000_000 } })
  })

  test('holds temp tables that were folded, views over stars, and usage', async () => {
    const content = await inOrder
    expect(content).toContain('"level":"column"')
    expect(content).toContain('"state":"resolved"')
    expect(content).not.toContain('STAGE_A"]')
    expect(content).toContain('usage_by_asset')
  })

  test('is the same in many shards side by side', async () => {
    const content = await mined(seed, async (bench, objects) => {
      putAll(bench, objects)
      await bench.mine({ width: 2, options: { shardBytes: 65_536 } })
    })
    expect(content).toBe(await inOrder)
  })

  test('is the same when one object is cut into many ranges', async () => {
    const whole = (objects: readonly (readonly [string, string])[]): string =>
      objects
        .map(([, content]) => content)
        .join('')
        .repeat(4)
    const content = (shardBytes: number, width: number) =>
      mined(seed, async (bench, objects) => {
        bench.put('all.json', whole(objects))
        const { counts } = await bench.mine({ width, options: { shardBytes } })
        expect(counts).toMatchObject({ objects: 1, records: 420 * 4, bytes: whole(objects).length })
      })
    expect(await content(65_536, 2)).toBe(await content(1_000_000_000, 1))
  })

  test('is the same object by object in runs of their own', async () => {
    const content = await mined(seed, async (bench, objects) => {
      for (const [name, text] of objects) {
        bench.put(name, text)
        await bench.mine()
      }
    })
    expect(content).toBe(await inOrder)
  })

  test('is the same when the objects come in another order', async () => {
    const content = await mined(seed, async (bench, objects) => {
      for (const index of [3, 0, 5, 1, 4, 2]) {
        bench.put(...(objects[index] as readonly [string, string]))
        await bench.mine()
      }
    })
    expect(content).toBe(await inOrder)
  })

  test('does not change when it is mined again, skipped or reprocessed', async () => {
    const content = await mined(seed, async (bench, objects) => {
      putAll(bench, objects)
      await bench.mine()
      const again = await bench.mine()
      expect(again.counts).toMatchObject({ objects: 0, skippedObjects: OBJECTS, records: 0 })
      const all = await bench.mine({ reprocess: true })
      expect(all.counts).toMatchObject({ objects: OBJECTS, skippedObjects: 0, records: 420 })
    })
    expect(content).toBe(await inOrder)
  })
})
