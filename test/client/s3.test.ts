import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type CliHome, cliHome } from '../support/cli.ts'
import { type S3Server, startS3 } from '../support/s3.ts'

/** What the command line does with S3, against a real S3 server. */

const LOG_BUCKET = 'query-logs'
const COLUMNS =
  'table_catalog,table_schema,table_name,column_name,ordinal_position,data_type\nSHOP,RAW,ORDERS,ID,1,NUMBER\nSHOP,RAW,ORDERS,AMOUNT,2,NUMBER\n'

let s3: S3Server
let cli: CliHome
let env: Record<string, string>
beforeAll(async () => {
  s3 = await startS3()
  cli = await cliHome()
  env = {
    AWS_ENDPOINT_URL: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: 'us-east-1',
  }
  await s3.createBucket(LOG_BUCKET)
  await s3.put(LOG_BUCKET, 'shop/1.json', '{"QUERY_TEXT":"insert into t select a from s","DB":"SHOP"}\n'.repeat(3))
  await s3.put(LOG_BUCKET, 'columns/part-1.csv', COLUMNS)
  await cli.run(['connection', 'add', 'shop', '--connector', 'snowflake', '--set', 'defaultDatabase=SHOP'])
})
afterAll(async () => {
  await s3.stop()
  await cli.remove()
})

describe('catalog import', () => {
  test('reads an export from S3; the same again changes nothing', async () => {
    const args = ['catalog', 'import', `s3://${LOG_BUCKET}/columns/`, '--connection', 'shop']
    expect(await cli.json(args, { env })).toMatchObject({ code: 0, data: { tables: 1, columns: 2, rows: 2 } })
    expect(await cli.json(args, { env })).toMatchObject({ code: 0, data: { changed: 0 } })
    const { stdout } = await cli.run(['catalog', 'show', 'raw.orders'])
    expect(stdout).toMatch(/SHOP\.RAW\.ORDERS {2}table of shop[\s\S]*imported[\s\S]*AMOUNT +NUMBER/)
  })

  test('reads a file and standard input', async () => {
    const file = await cli.file('more.csv', COLUMNS.replaceAll('ORDERS', 'ITEMS'))
    expect(await cli.json(['catalog', 'import', file, '--connection', 'shop'])).toMatchObject({ code: 0, data: { tables: 1 } })
    const input = '{"table_schema":"RAW","table_name":"LINES","column_name":"ID","data_type":"NUMBER"}\n'
    expect(await cli.json(['catalog', 'import', '-', '--connection', 'shop'], { input })).toMatchObject({ code: 0, data: { tables: 1 } })
    expect((await cli.json(['catalog', 'search', 'raw.'])).data).toMatchObject([
      { name: 'SHOP.RAW.ITEMS' },
      { name: 'SHOP.RAW.LINES' },
      { name: 'SHOP.RAW.ORDERS' },
    ])
  })

  test.each([
    ['a bucket that is not there', 's3://no-such-bucket/columns/', 'shop', /no-such-bucket/],
    ['nothing below the prefix', `s3://${LOG_BUCKET}/none/`, 'shop', /no object at s3:\/\/query-logs\/none\//],
    ['a file that is no export', 'plain.csv', 'shop', /plain\.csv: the columns a, b are of none of the known exports/],
    ['a connection that is not there', 'plain.csv', 'shp', /no connection `shp`; did you mean `shop`\?/],
  ])('%s is told', async (_, file, connection, says) => {
    await cli.file('plain.csv', 'a,b\n1,2\n')
    const { code, stderr } = await cli.run(['catalog', 'import', file, '--connection', connection], { env, cwd: cli.home })
    expect(code).not.toBe(0)
    expect(stderr).toMatch(says)
    expect(stderr).toContain('→')
  })
})

describe('pipeline check', () => {
  const check = async (queryLog: object) => {
    const pipeline = {
      name: 'history',
      type: 's3QueryMining',
      connection: 'shop',
      options: { queryLog: { kind: 's3', endpoint: s3.endpoint, ...queryLog } },
    }
    const file = await cli.file('history.json', JSON.stringify({ pipelines: [pipeline] }))
    expect((await cli.run(['apply', '-f', file])).code).toBe(0)
    return await cli.run(['pipeline', 'check', 'history'], { env })
  }

  test('goes through bucket, listing, object and records', async () => {
    const { code, stdout } = await check({
      bucket: `s3://${LOG_BUCKET}/`,
      prefix: 'shop/',
      keys: { sql: 'QUERY_TEXT', defaultDatabase: 'DB' },
    })
    expect({ code, well: stdout.includes('All is well.') }).toEqual({ code: 0, well: true })
    expect(stdout).toMatch(/✓ queryLog: records +3 of 3 records have QUERY_TEXT/)
  })

  test('a wrong key names the keys that are there', async () => {
    const { code, stdout } = await check({ bucket: LOG_BUCKET, prefix: 'shop/', keys: { sql: 'SQL_TEXT' } })
    expect(code).toBe(3)
    expect(stdout).toMatch(/✗ queryLog: records[^\n]*SQL_TEXT[\s\S]*QUERY_TEXT/)
  })

  test('a bucket that is not there, and one that may not be read', async () => {
    const missing = await check({ bucket: 'no-such-bucket' })
    expect(missing).toMatchObject({ code: 3, stdout: expect.stringMatching(/✗ queryLog: bucket[\s\S]*no-such-bucket/) })
    await s3.enforceIam(true)
    const denied = await check({
      bucket: LOG_BUCKET,
      prefix: 'shop/',
      keys: { sql: 'QUERY_TEXT' },
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'hidden-from-all',
    })
    await s3.enforceIam(false)
    expect(denied.code).toBe(3)
    expect(denied.stdout).toMatch(/✗ queryLog: [\s\S]*→/)
    expect(denied.stdout + denied.stderr).not.toContain('hidden-from-all')
  })
})

test('policy prints what reading needs, filled in', async () => {
  const { data } = await cli.json([
    'policy',
    's3-query-log',
    '--bucket',
    `s3://${LOG_BUCKET}`,
    '--prefix',
    'shop/',
    '--role-arn',
    'arn:aws:iam::111122223333:role/lodeline',
  ])
  expect(JSON.stringify(data)).toContain(`arn:aws:s3:::${LOG_BUCKET}/shop/*`)
  expect(data).toMatchObject({
    bucket: {
      Statement: expect.arrayContaining([expect.objectContaining({ Principal: { AWS: 'arn:aws:iam::111122223333:role/lodeline' } })]),
    },
  })
})
