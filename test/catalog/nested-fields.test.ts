import { describe, expect, it } from '@jest/globals'
import { fieldTree, nestedFields } from '../../catalog/nested-fields.ts'

const fields = (type: string, name = 'c') => nestedFields({ name, type }).map((field) => `${field.name} ${field.type}`)

describe('fields of nested columns', () => {
  it('are those of structs at any depth, with their type, place and parent', () => {
    const type = 'struct<street:string,geo:struct<lat:double,lon:decimal(9,6)>>'
    expect(nestedFields({ name: 'address', type })).toEqual([
      { name: 'address.street', path: ['address', 'street'], parent: 'address', type: 'string', ordinal: 0 },
      { name: 'address.geo', path: ['address', 'geo'], parent: 'address', type: 'struct<lat:double,lon:decimal(9,6)>', ordinal: 1 },
      { name: 'address.geo.lat', path: ['address', 'geo', 'lat'], parent: 'address.geo', type: 'double', ordinal: 0 },
      { name: 'address.geo.lon', path: ['address', 'geo', 'lon'], parent: 'address.geo', type: 'decimal(9,6)', ordinal: 1 },
    ])
  })

  it('go through arrays, and through maps by key and value', () => {
    expect(fields('array<struct<sku:string,tags:map<string,array<struct<k:int>>>>>', 'items')).toEqual([
      'items.sku string',
      'items.tags map<string,array<struct<k:int>>>',
      'items.tags.key string',
      'items.tags.value array<struct<k:int>>',
      'items.tags.value.k int',
    ])
    expect(fields('array<array<string>>')).toEqual([])
    expect(fields('decimal(10,2)')).toEqual([])
  })

  it('are a tree for sinks, with the elements of arrays', () => {
    expect(fieldTree('map<string,array<struct<a:int,b:array<string>>>>')).toEqual([
      { name: 'key', type: 'string' },
      {
        name: 'value',
        type: 'array<struct<a:int,b:array<string>>>',
        fields: [
          {
            name: '_element',
            type: 'struct<a:int,b:array<string>>',
            fields: [
              { name: 'a', type: 'int' },
              { name: 'b', type: 'array<string>', fields: [{ name: '_element', type: 'string' }] },
            ],
          },
        ],
      },
    ])
    expect(fieldTree('decimal(10,2)')).toEqual([])
    expect(fieldTree(`${'array<'.repeat(100_000)}int${'>'.repeat(100_000)}`)).toEqual([])
  })

  it('are read in the spellings of Trino, BigQuery and Snowflake, with quotes and comments', () => {
    expect(fields('row(a integer, "b.x" array(row(c varchar(10))))')).toEqual([
      'c.a integer',
      'c.b.x array(row(c varchar(10)))',
      'c.b.x.c varchar(10)',
    ])
    expect(fields('ARRAY<STRUCT<id INT64, at TIMESTAMP NOT NULL>>')).toEqual(['c.id INT64', 'c.at TIMESTAMP'])
    expect(fields('OBJECT(city VARCHAR(20), zip NUMBER(5,0) NOT NULL)')).toEqual(['c.city VARCHAR(20)', 'c.zip NUMBER(5,0)'])
    expect(nestedFields({ name: 'c', type: "struct<`a:b`:int comment 'one, <two>',d:string>" })).toMatchObject([
      { name: 'c.a:b', type: 'int', comment: 'one, <two>' },
      { name: 'c.d', type: 'string' },
    ])
  })

  it.each([
    'struct<',
    'struct<a',
    'struct<>',
    'struct<a:struct<b:int>',
    'map<int>',
    'row(integer)',
    "struct<a:int comment 'x",
    '<a:int>',
    '',
  ])('of `%s`, which is no whole type, are none', (type) => expect(fields(type)).toEqual([]))

  it('end somewhere, however deep or wide the text pretends to be', () => {
    expect(fields(`${'struct<a:'.repeat(5_000)}int${'>'.repeat(5_000)}`).length).toBe(501)
    expect(fields(`struct<${Array.from({ length: 20_000 }, (_, n) => `f${n}:int`).join(',')}>`)).toHaveLength(10_000)
  })
})
