import type { ReadOfProcess } from './usage-messages.ts'

/** An asset that processes read, with the names of the columns that are read of it, in order. */
export interface ReadAsset {
  readonly asset: string
  readonly columns: readonly string[]
}

/** One read of a process: its own number, the asset's, and those of the columns. */
export interface Read {
  readonly number: number
  readonly asset: number
  readonly isSelect: boolean
  readonly columns: Int32Array
}

export interface UsageReads {
  readonly assets: readonly ReadAsset[]
  /** Numbers of the assets, by their ids. */
  readonly inOrder: readonly number[]
  readonly reads: readonly Read[]
  /** By the number of the process. */
  readonly ofProcess: readonly (readonly Read[] | undefined)[]
}

/** Collects what processes read as numbers: as texts it would be the largest part of counting. */
export function usageReads(processOf: (id: string) => number | undefined): {
  add(reads: readonly ReadOfProcess[]): void
  all(): UsageReads
} {
  const assets = new Map<string, { readonly number: number; readonly columns: Map<string, number> }>()
  const all: Read[] = []
  const ofProcess: Read[][] = []

  function assetOf(id: string) {
    const known = assets.get(id)
    if (known !== undefined) return known
    const asset = { number: assets.size, columns: new Map<string, number>() }
    assets.set(id, asset)
    return asset
  }

  return {
    add(reads) {
      for (const { process, asset: id, mode, columns } of reads) {
        const number = processOf(process)
        if (number === undefined) continue
        const asset = assetOf(id)
        const names = columns === null ? [] : (JSON.parse(columns) as string[]) // written by the resolver
        const numbers = Int32Array.from(names, (name) => numberIn(asset.columns, name))
        const read = { number: all.length, asset: asset.number, isSelect: mode === 'select', columns: numbers }
        all.push(read)
        const known = ofProcess[number]
        if (known === undefined) ofProcess[number] = [read]
        else known.push(read)
      }
    },
    all: () => ({ ...inOrder([...assets], all), reads: all, ofProcess }),
  }
}

function numberIn(columns: Map<string, number>, name: string): number {
  let number = columns.get(name)
  if (number === undefined) {
    number = columns.size
    columns.set(name, number)
  }
  return number
}

/** Columns get the numbers of their order. */
function inOrder(
  assets: readonly (readonly [string, { readonly columns: ReadonlyMap<string, number> }])[],
  reads: readonly Read[],
): Pick<UsageReads, 'assets' | 'inOrder'> {
  const sorted = assets.map(([asset, { columns }]) => ({ asset, columns: [...columns.keys()].sort(), before: columns }))
  const places = sorted.map(({ columns, before }) => {
    const moved = new Int32Array(columns.length)
    for (const [place, name] of columns.entries()) moved[before.get(name) ?? 0] = place
    return moved
  })
  for (const { asset, columns } of reads) for (const [index, column] of columns.entries()) columns[index] = places[asset]?.[column] ?? 0
  const ids = sorted.map(({ asset }) => asset)
  const inOrder = [...ids.keys()].sort((one, other) => ((ids[one] ?? '') < (ids[other] ?? '') ? -1 : 1))
  return { assets: sorted.map(({ asset, columns }) => ({ asset, columns })), inOrder }
}
