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
  }, 60_000)
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
  }, 60_000)

  it('are found by the name of a field, and a field can be asked for', async () => {
    expect((await cli.json(['catalog', 'search', 'geo.lat', '--columns'])).data).toMatchObject([{ name: 'AwsDataCatalog.shop.people' }])
    expect((await cli.json(['catalog', 'show', 'people.address.geo.LAT'])).data).toMatchObject({
      asset: 'AwsDataCatalog.shop.people',
      name: 'address.geo.lat',
      parent: 'address.geo',
      type: 'double',
      fields: [],
    })
    const { code, stderr } = await cli.run(['catalog', 'show', 'people.address.geo.lan'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('`address.geo.lat`') })
  }, 60_000)
})
