import { expect, test } from '@jest/globals'
import { countLineage, exportEdges, type LineageGraph, lineageOf } from '../../catalog/lineage.ts'
import { onEveryStore } from '../support/catalogs.ts'
import { idOfTable, writeProcesses } from '../support/lineage-rows.ts'

const everything = { direction: 'upstream', depth: 100 } as const

function told({ assets, distances, edges }: LineageGraph) {
  const name = (id: string) => assets.get(id)?.path.at(-1) ?? '?'
  const end = (id: string, column: string) => (column === '' ? name(id) : `${name(id)}.${column}`)
  return {
    assets: [...distances].map(([id, distance]) => `${name(id)} ${distance}`).sort(),
    edges: edges
      .map((edge) => `${end(edge.source, edge.sourceColumn)} -> ${end(edge.target, edge.targetColumn)} x${edge.processes}`)
      .sort(),
  }
}

onEveryStore('lineage', ({ open }) => {
  test('is walked up and down, so many steps, through cycles', async () => {
    const catalog = await open()
    await writeProcesses(catalog, [
      { id: 'p1', edges: ['a -> b', 'b -> c'] },
      { id: 'p2', edges: ['a -> b', 'c -> a', 'c -> d', 'd -> d'] },
    ])
    expect(told(await lineageOf(catalog.db, idOfTable('c'), { direction: 'upstream', depth: 1 }))).toEqual({
      assets: ['b 1', 'c 0'],
      edges: ['b -> c x1'],
    })
    expect(told(await lineageOf(catalog.db, idOfTable('d'), everything))).toEqual({
      assets: ['a 3', 'b 2', 'c 1', 'd 0'],
      edges: ['a -> b x2', 'b -> c x1', 'c -> a x1', 'c -> d x1', 'd -> d x1'],
    })
    expect(told(await lineageOf(catalog.db, idOfTable('a'), { direction: 'downstream', depth: 2 })).assets).toEqual(['a 0', 'b 1', 'c 2'])
    expect(await lineageOf(catalog.db, idOfTable('d'), { ...everything, limit: 2 })).toMatchObject({ truncated: true })
    expect(await countLineage(catalog.db, 'shop')).toEqual({ processes: 2, resolved: 2, tableEdges: 5, columnEdges: 0, controlEdges: 0 })
  })

  test('of a column follows that column alone, stars included, whatever the case', async () => {
    const catalog = await open()
    await writeProcesses(catalog, [
      { id: 'p1', edges: ['a -> b', 'a.x -> b.y', 'a.z -> b.other', 'a.w -> b FILTER'] },
      { id: 'p2', edges: ['b -> c', 'b.* -> c.*'] },
      { id: 'p3', edges: ['c -> d', 'c.Y -> d.end', 'd.end -> b.y'] },
    ])
    const upstream = await lineageOf(catalog.db, idOfTable('d'), { ...everything, column: 'end' })
    expect(told(upstream).edges).toEqual(['a.x -> b.y x1', 'b.* -> c.* x1', 'c.Y -> d.end x1', 'd.end -> b.y x1'])
    const withControl = await lineageOf(catalog.db, idOfTable('d'), { ...everything, column: 'end', control: true })
    expect(told(withControl).edges).toContain('a.w -> b x1')
    expect(told(await lineageOf(catalog.db, idOfTable('a'), { direction: 'downstream', depth: 9, column: 'z' })).edges).toEqual([
      'a.z -> b.other x1',
      'b.* -> c.* x1',
    ])
    const both = await lineageOf(catalog.db, idOfTable('b'), { direction: 'upstream', depth: 1, columns: true })
    expect(told(both).edges).toEqual(
      ['a -> b x1', 'a.x -> b.y x1', 'a.z -> b.other x1', 'd.end -> b.y x1'].filter((edge) => !edge.startsWith('d')),
    )
  })

  test('is exported edge by edge, of one connection or of all', async () => {
    const catalog = await open()
    await writeProcesses(
      catalog,
      Array.from({ length: 1203 }, (_, i) => ({ id: `p${i}`, edges: ['a -> b', `a.x -> b.c${i}`] })),
    )
    await writeProcesses(catalog, [{ id: 'q', edges: ['a.x -> b FILTER'] }], 'other')
    const edges = []
    for await (const edge of exportEdges(catalog.db, 'shop')) edges.push(edge)
    expect(edges).toHaveLength(2406)
    expect(new Set(edges.map((edge) => JSON.stringify(edge))).size).toBe(2406)
    const other = []
    for await (const edge of exportEdges(catalog.db, 'other')) other.push(edge)
    expect(other).toEqual([
      {
        connection: 'other',
        process: 'q',
        level: 'control',
        source: ['d', 's', 'a'],
        sourceColumn: 'x',
        target: ['d', 's', 'b'],
        kind: 'FILTER',
        confidence: 1,
      },
    ])
  })
})
