import type { Relation, Select, SelectItem } from '../tree.ts'

/** A SELECT of these items that has no clause but FROM: what short forms stand for. */
export function plainSelect(items: readonly SelectItem[], relations: readonly Relation[], from: number, to: number): Select {
  return {
    kind: 'select',
    items,
    distinct: false,
    distinctOn: [],
    as: null,
    into: null,
    relations,
    where: null,
    groupBy: [],
    groupByAll: false,
    having: null,
    windows: [],
    qualify: null,
    connectBy: [],
    order: [],
    transform: null,
    from,
    to,
  }
}
