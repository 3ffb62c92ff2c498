import { athenaPolicy } from '../../../deploy/iam/athena.ts'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

export const command = defineCommand({
  summary: 'Print the least AWS policy for the Athena pipelines',
  description: 'For the role or user of the connection: metadata, tags, query history, and our own small queries. Ready to paste.',
  args: [],
  flags: {
    region: { type: 'string', value: 'REGION', description: 'Region of the connection', required: true },
    account: { type: 'string', value: 'ID', description: 'Account of catalog and workgroups', required: true },
    workgroup: { type: 'string', value: 'NAME', description: 'Workgroup of our own queries; primary when absent' },
    stagingDir: {
      type: 'string',
      value: 's3://BUCKET/PREFIX',
      description: 'Where their results go; left out where the workgroup manages results',
    },
    catalogId: {
      type: 'string',
      value: 'ID',
      description: "The connection's catalogId, where it has one: another account, or s3tablescatalog/BUCKET",
    },
    database: { type: 'strings', value: 'NAME', description: 'Glue database to read; may be repeated; all when absent' },
  },
  examples: [
    {
      line: 'lodeline policy athena --region eu-west-1 --account 123456789012 --staging-dir s3://results/lodeline',
      says: 'everything the three pipelines use',
    },
  ],
  async run({ region, account, workgroup, stagingDir, catalogId, database }) {
    const policy = athenaPolicy({
      region,
      account,
      databases: database,
      ...(workgroup === undefined ? {} : { workgroup }),
      ...(stagingDir === undefined ? {} : { stagingDir }),
      ...(catalogId === undefined ? {} : { catalogId }),
    })
    return { code: EXIT.done, text: JSON.stringify(policy, null, 2), data: policy }
  },
})
