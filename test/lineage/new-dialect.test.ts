import { describe, expect, test } from '@jest/globals'
import type { StatementLineage } from '../../contracts/lineage.ts'
import { defineDialect, names, words } from '../../lineage/dialects/define.ts'
import { DIALECTS, findDialect } from '../../lineage/dialects/index.ts'
import { postgres } from '../../lineage/dialects/postgres.ts'
import { readStatements } from '../../lineage/read-statements.ts'
import { resolveNode } from '../../lineage/resolver/resolve.ts'
import { createSchemas, recordLookup } from '../../lineage/resolver/schemas.ts'
import { leaves } from '../../lineage/resolver/script.ts'
import { NEW_SESSION } from '../../lineage/session.ts'

/** What docs/adding-a-dialect.md shows: Vertica over Postgres. https://docs.vertica.com/24.4.x/en/sql-reference/language-elements/identifiers/ */
const vertica = defineDialect({
  ...postgres,
  name: 'vertica',
  aliases: [],
  sources: ['https://docs.vertica.com/24.4.x/en/sql-reference/language-elements/identifiers/'],
  resolution: {
    ...postgres.resolution,
    // Quoted or not, names compare whatever their case.
    tables: { unquoted: 'lower', quoted: 'lower' },
    columns: { unquoted: 'lower', quoted: 'lower' },
    aliases: { unquoted: 'lower', quoted: 'lower' },
    lateralAliases: true,
    pseudoColumns: new Set(['EPOCH']),
    aggregates: names(postgres.resolution.aggregates, 'APPROXIMATE_COUNT_DISTINCT APPROXIMATE_MEDIAN'),
  },
  reserved: words(postgres.reserved, { add: ['LIMIT'] }),
})

function lineageOf(sql: string, schemas: Readonly<Record<string, readonly string[]>> = {}): readonly StatementLineage[] {
  const { statements } = readStatements(sql, vertica)
  return leaves(statements).map(({ node, rows, cursors, functions }, index) =>
    resolveNode(node, index, {
      dialect: vertica,
      schemas: createSchemas(recordLookup(schemas)),
      defaults: { database: 'vmart', schema: 'store' },
      session: NEW_SESSION,
      rows,
      cursors,
      functions,
    }),
  )
}

function edges(sql: string): readonly string[] {
  return lineageOf(sql).flatMap(({ columns }) =>
    columns.flatMap(({ output, inputs }) =>
      inputs.map((input) => `${input.table?.name}.${input.column} -> ${output.table?.name ?? ''}.${output.column} ${input.transformation}`),
    ),
  )
}

describe('a dialect made of another and its differences', () => {
  test('folds names by its own rules', () => {
    expect(edges('INSERT INTO Public."Sales" (Total) SELECT "Amount" FROM Orders')).toEqual([
      'vmart.store.orders.amount -> vmart.public.sales.total IDENTITY',
    ])
  })

  test('knows its own aggregates and columns that no schema lists', () => {
    expect(edges('SELECT approximate_count_distinct(id) AS n, epoch AS e FROM t')).toEqual([
      'vmart.store.t.id -> .n AGGREGATION',
      'vmart.store.t.epoch -> .e IDENTITY',
    ])
  })

  test('reads the statements of the one it is made from', () => {
    const [created] = lineageOf('CREATE TABLE x AS SELECT a, a + 1 AS b, b * 2 AS c FROM t WHERE d > 0')
    expect(created?.kind).toBe('CREATE_TABLE')
    expect(created?.diagnostics).toEqual([])
    expect(created?.columns.map(({ output, inputs }) => [output.column, inputs.map(({ column }) => column)])).toEqual([
      ['a', ['a']],
      ['b', ['a']],
      ['c', ['a']],
    ])
  })
})

describe('the dialects that are there', () => {
  test('have names and aliases of their own, and say their sources', () => {
    const all = DIALECTS.flatMap(({ name, aliases }) => [name, ...aliases])
    expect(new Set(all).size).toBe(all.length)
    for (const { name, aliases, sources } of DIALECTS) {
      expect(sources.filter((source) => source.startsWith('https://')).length).toBeGreaterThan(0)
      for (const each of [name, ...aliases]) expect(findDialect(each)?.name).toBe(name)
    }
  })
})
