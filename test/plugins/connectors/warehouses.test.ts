import { describe, expect, it } from '@jest/globals'
import type { Connector } from '../../../contracts/plugin.ts'
import { plugin } from '../../../plugins/connectors/warehouses/plugin.ts'
import { all, testHost } from '../../support/host.ts'

function named(name: string): Connector {
  const connector = plugin.connectors?.find((candidate) => candidate.name === name)
  if (connector === undefined) throw new Error(`no connector ${name}`)
  return connector
}

async function checked(connector: Connector, config: object) {
  if (connector.check === undefined) throw new Error('no check')
  return all(connector.check({ connection: 'shop', config: connector.config.parse(config), host: testHost() }))
}

describe('the seven sources', () => {
  it('are there under the names of the documents', () => {
    expect(plugin.connectors?.map(({ name }) => name).sort()).toEqual([
      'bigquery',
      'hive',
      'redshift',
      'snowflake',
      'sqlserver',
      'synapse',
      'teradata',
    ])
  })

  it.each([
    ['snowflake', { account: 'acme-prod' }, 'snowflake://acme-prod'],
    ['snowflake', {}, 'snowflake://shop'],
    ['bigquery', { project: 'acme' }, 'bigquery'],
    ['redshift', { cluster: 'examplecluster', region: 'us-west-2' }, 'redshift://examplecluster.us-west-2:5439'],
    [
      'redshift',
      { host: 'examplecluster.abc123.eu-west-1.redshift.amazonaws.com', port: 5440 },
      'redshift://examplecluster.eu-west-1:5440',
    ],
    ['redshift', {}, 'redshift://shop:5439'],
    ['hive', { host: 'metastore' }, 'hive://metastore:10000'],
    ['teradata', { host: 'td' }, 'teradata://td:1025'],
    ['sqlserver', { host: 'sql.acme.net' }, 'mssql://sql.acme.net:1433'],
    ['synapse', { host: 'acme.sql.azuresynapse.net' }, 'sqlserver://acme.sql.azuresynapse.net:1433'],
  ])('%s %j is %s to others', (name, config, namespace) => {
    const connector = named(name)
    expect(connector.namespace?.(connector.config.parse(config), 'shop')).toBe(namespace)
  })

  it.each([
    ['snowflake', { defaultDatabase: 'SHOP', defaultSchema: 'PUBLIC' }, { database: 'SHOP', schema: 'PUBLIC' }],
    ['bigquery', { project: 'acme', defaultSchema: 'mart' }, { database: 'acme', schema: 'mart' }],
    ['hive', { defaultDatabase: 'sales' }, { schema: 'sales' }],
    ['teradata', { defaultSchema: 'Sales' }, { schema: 'Sales' }],
    ['redshift', {}, {}],
  ])('%s %j completes names with %j', (name, config, defaults) => {
    const connector = named(name)
    expect(connector.defaults?.(connector.config.parse(config))).toEqual(defaults)
  })

  it('leave the database out of Synapse names only', () => {
    expect(plugin.connectors?.filter(({ names }) => names.omittedLevels !== undefined).map(({ name }) => name)).toEqual(['synapse'])
  })
})

describe('check', () => {
  it('says what is missing for complete names, and what others will see', async () => {
    const connector = named('snowflake')
    const run = (config: object) => checked(connector, config)
    expect((await run({})).map(({ status }) => status)).toEqual(['warning', 'warning'])
    expect((await run({ account: 'acme-prod', defaultDatabase: 'SHOP' })).map(({ status }) => status)).toEqual(['passed', 'passed'])
    expect((await run({}))[1]?.remedy).toContain('`account`')
  })
})
