import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type CliHome, cliHome } from '../support/cli.ts'

describe('columns with nested types', () => {
  let cli: CliHome
  beforeAll(async () => {
    cli = await cliHome()
    const document = 'connections: [{ name: lake, connector: athena, config: { region: eu-west-1 } }]'
    expect((await cli.run(['apply', '-f', await cli.file('lake.yaml', document)])).stderr).not.toContain('error')
    const columns = [
      'table_catalog,table_schema,table_name,column_name,ordinal_position,data_type',
      'AwsDataCatalog,shop,people,id,1,bigint',
      'AwsDataCatalog,shop,people,address,2,"struct<street:string,geo:struct<lat:double,lon:double>>"',
      'AwsDataCatalog,shop,people,tags,3,"map<string,array<struct<at:date>>>"',
    ].join('\n')
    expect((await cli.run(['catalog', 'import', await cli.file('columns.csv', columns), '--connection', 'lake'])).code).toBe(0)
  })
  afterAll(() => cli.remove())

  it('are shown field by field, each with type, ordinal and parent', async () => {
    const { data } = await cli.json(['catalog', 'show', 'shop.people'])
    expect(data).toMatchObject({
      columns: [
        { name: 'id' },
        {
          name: 'address',
          fields: [
            { name: 'address.street' },
            { name: 'address.geo', parent: 'address', ordinal: 1 },
            { name: 'address.geo.lat', path: ['address', 'geo', 'lat'], parent: 'address.geo', type: 'double', ordinal: 0 },
            { name: 'address.geo.lon' },
          ],
        },
        { name: 'tags', fields: [{ name: 'tags.key', type: 'string' }, { name: 'tags.value' }, { name: 'tags.value.at', type: 'date' }] },
      ],
    })
    expect((await cli.run(['catalog', 'show', 'shop.people'])).stdout).toMatch(/\n +address\.geo\.lat +double/)
  })

  it('are found by the name of a field, and a field can be asked for', async () => {
    expect((await cli.json(['catalog', 'search', 'geo.lat', '--columns'])).data).toMatchObject([{ name: 'AwsDataCatalog.shop.people' }])
    expect((await cli.json(['catalog', 'search', 'lat', '--kind', 'column'])).data).toMatchObject([{ name: 'AwsDataCatalog.shop.people' }])
    expect((await cli.json(['catalog', 'search', 'people', '--kind', 'column'])).data).toEqual([])
    expect((await cli.run(['catalog', 'search', 'geo'])).stdout).toContain('--columns')
    expect((await cli.json(['catalog', 'show', 'people.address.geo.LAT'])).data).toMatchObject({
      asset: 'AwsDataCatalog.shop.people',
      name: 'address.geo.lat',
      parent: 'address.geo',
      type: 'double',
      fields: [],
    })
    expect((await cli.json(['usage', 'show', 'people.address'])).data).toMatchObject({ column: 'address', reads: 0, joins: [] })
    const { code, stderr } = await cli.run(['catalog', 'show', 'people.address.geo.lan'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('`address.geo.lat`') })
  })

  it('stand below databases and schemas, which show what is in them and have no lineage', async () => {
    const { data } = await cli.json(['catalog', 'show', 'AwsDataCatalog.shop'])
    expect(data).toMatchObject({ kind: 'schema', assets: [{ name: 'AwsDataCatalog.shop.people', kind: 'table' }], assetsInAll: 1 })
    expect((await cli.run(['catalog', 'show', 'AwsDataCatalog'])).stdout).toMatch(/shop +schema/)
    const { code, stderr } = await cli.run(['lineage', 'show', 'AwsDataCatalog.shop'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('catalog show AwsDataCatalog.shop') })
  }, 60_000)

  it('are not looked for in a file that is no text', async () => {
    const { code, stderr } = await cli.run(['catalog', 'import', '-', '--connection', 'lake'], { input: '\u0000\u0001\u001b[31m,x\n' })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('no text in UTF-8') })
    expect(stderr).not.toContain('\u0001')
  }, 60_000)
})
