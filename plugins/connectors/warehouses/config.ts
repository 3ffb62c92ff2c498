import { z } from 'zod'

/** Settings of the seven sources. All are optional: a connection that is only mined needs none, and says more with each. */

const text = () => z.string().min(1).optional()
const defaultDatabase = text().describe('Database of names that come without one and whose record and session tell none')
const defaultSchema = text().describe('Schema of names that come without one, likewise')
const host = text().describe('Host name of the server; part of the names that other systems see')
const port = (usual: number) => z.number().int().min(1).max(65535).default(usual).describe(`Port of the server, usually ${usual}`)

export const snowflakeConfig = z
  .strictObject({
    account: text().describe('Account identifier, organization-account, e.g. acme-prod; locators such as xy12345.eu-west-1 also do'),
    defaultDatabase,
    defaultSchema,
  })
  .meta({ examples: [{ account: 'acme-prod', defaultDatabase: 'SHOP', defaultSchema: 'PUBLIC' }, {}] })

export const bigqueryConfig = z
  .strictObject({
    project: text().describe('Project of names that come without one; the same as defaultDatabase'),
    defaultDatabase: text().describe('Project of names that come without one'),
    defaultSchema: text().describe('Dataset of names that come without one'),
  })
  .meta({ examples: [{ project: 'acme-shop', defaultSchema: 'mart' }] })

export const redshiftConfig = z
  .strictObject({
    cluster: text().describe('Cluster or workgroup, e.g. examplecluster'),
    region: text().describe('AWS region of the cluster, e.g. us-west-2'),
    host: text().describe('Endpoint, from which cluster and region are read: examplecluster.abc123.us-west-2.redshift.amazonaws.com'),
    port: port(5439),
    defaultDatabase,
    defaultSchema,
  })
  .meta({ examples: [{ cluster: 'examplecluster', region: 'us-west-2', defaultDatabase: 'dev', defaultSchema: 'public' }] })

/** Two levels: a database is all there is above a table, whichever of the two keys it is written under. */
const twoLevels = {
  defaultDatabase: text().describe('Database of names that come without one'),
  defaultSchema: text().describe('The same as defaultDatabase; the source has two name levels'),
}

export const hiveConfig = z
  .strictObject({ host, port: port(10000), ...twoLevels })
  .meta({ examples: [{ host: 'metastore.example.com', defaultDatabase: 'default' }] })
export const teradataConfig = z
  .strictObject({ host, port: port(1025), ...twoLevels })
  .meta({ examples: [{ host: 'td.example.com', defaultDatabase: 'Shop' }] })
export const sqlServerConfig = z
  .strictObject({ host, port: port(1433), defaultDatabase, defaultSchema })
  .meta({ examples: [{ host: 'sql.example.com', defaultDatabase: 'Shop', defaultSchema: 'dbo' }] })
export const synapseConfig = z
  .strictObject({ host, port: port(1433), defaultDatabase, defaultSchema })
  .meta({ examples: [{ host: 'acme.sql.azuresynapse.net', defaultDatabase: 'Shop', defaultSchema: 'dbo' }] })
