import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { type CliHome, cliHome, ROOT } from '../support/cli.ts'
import { pythonProgram } from '../support/python.ts'

/** The schema that editors complete and check documents by, as another program reads it. */
let cli: CliHome
let folder: string

beforeAll(async () => {
  cli = await cliHome()
  folder = mkdtempSync(join(tmpdir(), 'lodeline-schema-'))
  const { code, stdout } = await cli.run(['schema'])
  expect(code).toBe(0)
  writeFileSync(join(folder, 'schema.json'), stdout)
})
afterAll(async () => {
  await cli.remove()
  rmSync(folder, { recursive: true, force: true })
})

const CHECK = `import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
found = Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[2])))
print(json.dumps(sorted(error.message for error in found)))`

async function complaints(document: unknown): Promise<readonly string[]> {
  const file = join(folder, 'document.json')
  writeFileSync(file, JSON.stringify(document))
  const { stdout } = await promisify(execFile)(await pythonProgram('python'), ['-c', CHECK, join(folder, 'schema.json'), file])
  return JSON.parse(stdout)
}

test('takes every example as it stands', async () => {
  const examples = join(ROOT, 'examples', 'pipelines')
  for (const name of readdirSync(examples)) {
    expect({ name, says: await complaints(parse(readFileSync(join(examples, name), 'utf8'))) }).toEqual({ name, says: [] })
  }
})

test('knows the settings of each connector, query log and sink, and takes references for them', async () => {
  const document = (more: { config?: object; queryLog?: object; sink?: object }) => ({
    connections: [{ name: 'lake', connector: 'athena', config: { region: 'env:REGION', ...more.config } }],
    pipelines: [
      {
        name: 'history',
        type: 's3QueryMining',
        connection: 'lake',
        options: { queryLog: { kind: 's3', bucket: 'logs', ...more.queryLog } },
        sinks: [{ sink: 'openlineage', config: { url: 'env:RECEIVER', ...more.sink } }],
      },
    ],
  })
  expect(await complaints(document({}))).toEqual([])
  expect((await complaints(document({ config: { regoin: 'eu-west-1' } }))).join()).toContain("'regoin' was unexpected")
  expect((await complaints(document({ queryLog: { prefx: 'a/' } }))).join()).toContain("'prefx' was unexpected")
  expect((await complaints(document({ sink: { tries: 'many' } }))).join()).toContain("'many' is not of type 'integer'")
  expect((await complaints(parse(stringify({ connections: [{ name: 'x', connector: 'snowflak' }] })))).join()).toContain(
    "'snowflak' is not one of",
  )
})
