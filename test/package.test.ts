import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as sdk from '../client/sdk/index.ts'
import * as plugin from '../contracts/plugin.ts'
import * as lineage from '../lineage/index.ts'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)
const manifest: { dependencies: Record<string, string> } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))

const PROGRAM = `
import { analyze, fingerprint, normalise, readStatements, resolveStatement } from 'lodeline/lineage'
const [statement] = readStatements("insert into t select a + 1 as b from s", 'snowflake')
const { columns } = resolveStatement(statement, { schemas: { 'D.P.S': ['A'] }, defaults: { database: 'D', schema: 'P' } })
const [{ output, inputs }] = columns
console.log(output.table.name, output.column, inputs[0].table.name, inputs[0].column, inputs[0].transformation)
console.log(analyze('select 1').statements.length, normalise("select 'x' from t", 'snowflake'), fingerprint('select 1', 'hive') === fingerprint('SELECT 2', 'hive'))
`
const PRINTED = 'D.P.T B D.P.S A TRANSFORMATION\n1 SELECT ? FROM T true\n'

/** What a program imports by each of the names, sorted. */
const names = (entry: string) => `console.log(JSON.stringify(Object.keys(await import('${entry}')).sort()))`

describe('lodeline as a library, in a clone', () => {
  it('runs a program beside the README from the sources', async () => {
    const file = join(ROOT, `.program-${process.pid}.mjs`) // beside the README, as a user would have it
    await writeFile(file, `${PROGRAM}\nconsole.log(import.meta.resolve('lodeline/lineage').includes('/dist/'))`)
    try {
      expect((await run(process.execPath, [file])).stdout).toBe(`${PRINTED}false\n`)
    } finally {
      await rm(file)
    }
  })
})

describe('the package that npm pack makes', () => {
  let place: string
  let files: readonly string[]
  const installed = (...path: string[]) => join(place, 'node_modules', 'lodeline', ...path)
  const program = async (text: string) => {
    await writeFile(join(place, 'program.mjs'), text)
    return (await run(process.execPath, ['program.mjs'], { cwd: place })).stdout
  }

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'lodeline-package-'))
    await mkdir(installed(), { recursive: true })
    const packed = await run('npm', ['pack', '--json', '--silent', '--pack-destination', place], { cwd: ROOT, maxBuffer: 1 << 26 })
    const [{ filename, files: inside }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[')))
    files = inside.map((file: { path: string }) => file.path)
    await run('tar', ['xzf', join(place, filename), '-C', installed(), '--strip-components=1'])
  })
  afterAll(() => rm(place, { recursive: true, force: true }))

  it('gives the lineage engine without any dependency', async () => {
    expect(await program(PROGRAM)).toBe(PRINTED)
    expect(JSON.parse(await program(names('lodeline/lineage')))).toEqual(Object.keys(lineage).sort())
    expect(existsSync(installed('dist', 'lineage', 'index.d.ts'))).toBe(true)
  })

  it('gives programs, plugin authors and the command line what the clone gives, once its dependencies are there', async () => {
    for (const name of Object.keys(manifest.dependencies)) {
      await mkdir(join(place, 'node_modules', name, '..'), { recursive: true })
      await symlink(join(ROOT, 'node_modules', name), join(place, 'node_modules', name))
    }
    expect(JSON.parse(await program(names('lodeline')))).toEqual(Object.keys(sdk).sort())
    expect(JSON.parse(await program(names('lodeline/plugin')))).toEqual(Object.keys(plugin).sort())
    const parse = run(installed('bin', 'lodeline'), ['lineage', 'parse', '-', '--json'], {
      env: { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env['PATH']}` },
    })
    parse.child.stdin?.end('insert into t select a from s')
    expect(JSON.parse((await parse).stdout)).toMatchObject({ statements: [{ kind: 'INSERT', inputs: [{ name: 's' }] }] })
  })

  it('holds no sources, tests or benchmarks', () => {
    const below = [
      ...new Set(
        files.map((path) =>
          path
            .split('/')
            .slice(0, path.includes('/') ? 1 : undefined)
            .join('/'),
        ),
      ),
    ]
    expect(below.sort()).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'lib', 'package.json'])
    expect(files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([])
  })
})
