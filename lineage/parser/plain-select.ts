import type { Relation, Select, SelectItem, StarExpr } from '../tree.ts'

/** A `*` with nothing behind it. */
export function plainStar(from: number, to: number): StarExpr {
  return { kind: 'star', qualifier: [], base: null, except: [], replace: [], rename: [], pattern: null, each: false, from, to }
}

/** A `*` nobody wrote, as what FROM without SELECT means. */
export function starItem(at: number): SelectItem {
  return { expr: plainStar(at, at), alias: null, variable: false, aliases: [], from: at, to: at }
}

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
