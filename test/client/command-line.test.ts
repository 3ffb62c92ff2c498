import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { COMMANDS } from '../../client/cli/commands.ts'
import { type CliHome, cliHome, environment, ROOT } from '../support/cli.ts'

let cli: CliHome
beforeAll(async () => {
  cli = await cliHome()
})
afterAll(() => cli.remove())

describe('help', () => {
  test('lists every command, and each has help with examples', async () => {
    const { stdout, code } = await cli.run([])
    expect(code).toBe(0)
    for (const { words } of COMMANDS) expect(stdout).toContain(`  ${words} `)
    for (const { words, load } of COMMANDS) {
      const { command } = await load()
      expect({ words, examples: command.examples.length > 0 }).toEqual({ words, examples: true })
      for (const { line } of command.examples) expect(`${words}: ${line}`).toContain('lodeline ')
    }
  })

  test('of one command shows its options, examples and exit codes', async () => {
    const { stdout, code } = await cli.run(['pipeline', 'run', '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/--window <FROM\/TO>[\s\S]*Examples:[\s\S]*Exit codes:[\s\S]*130/)
  })

  test('of a group is shown where no command is given, as a mistake', async () => {
    const { stdout, code } = await cli.run(['runs'])
    expect(code).toBe(2)
    expect(stdout).toContain('runs dead-letters')
  })
})

describe('mistakes', () => {
  test.each([
    [['lineag', 'show'], 'did you mean `lodeline lineage show`?'],
    [['bogus'], 'there is no command `lodeline bogus`. `lodeline --help` lists all'],
    [['runs', 'lst'], 'did you mean `lodeline runs list`?'],
    [['pipeline', 'run', 'x', '--reproces'], 'has no option `--reproces`; did you mean `--reprocess`?'],
    [['usage', 'top', '--limit', 'many'], '--limit takes a number of at least 1, not `many`'],
    [['pipeline', 'run', 'x', '--window', '2026-01-02/2026-01-01'], '--window takes FROM/TO'],
    [['up', '--temporal-port', '99999'], '--temporal-port takes a number from 0 to 65535, not `99999`'],
    [['runs', 'list', '--pipeline', 'nightly'], 'there is no pipeline `nightly`'],
    [['catalog', 'import', 'x.csv'], '`--connection <NAME>` not specified'],
    [['lineage', 'parse', '-', '--dialect', 'snoflake'], 'did you mean `snowflake`?'],
  ])('%j', async (args, says) => {
    const { stderr, stdout, code } = await cli.run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(says)
  })

  test('are JSON on standard output where JSON is asked for', async () => {
    const { code, data } = await cli.json(['pipeline', 'show', 'nightly'])
    expect(code).toBe(2)
    expect(data).toMatchObject({ error: { code: 'PIPELINE_UNKNOWN', hint: expect.stringContaining('lodeline apply') } })
  })

  test('a file that is not there has an exit code of its own', async () => {
    const { stderr, code } = await cli.run(['lineage', 'parse', '/nowhere/load.sql'])
    expect(code).toBe(4)
    expect(stderr).toContain('/nowhere/load.sql does not exist')
  })

  test.each(['/proc/lodeline', '/dev/null/home', '/etc/passwd'])('a home that cannot be made is one, at once: %s', async (home) => {
    const { stderr, code } = await cli.run(['pipeline', 'list'], { env: { LODELINE_HOME: home } })
    expect(stderr).toMatch(/error FILE_UNUSABLE {2}\/\S+ (cannot be made|may not be made|is a file)/)
    expect(code).toBe(4)
  })

  test('without Temporal a run says how to start one', async () => {
    await cli.run(['apply', '-f', join(ROOT, 'examples/pipelines/hive.yaml')])
    const { stderr, code } = await cli.run(['pipeline', 'run', 'hive-history'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } })
    expect(code).toBe(4)
    expect(stderr).toMatch(/no Temporal server answers at 127\.0\.0\.1:1[\s\S]*lodeline up[\s\S]*TEMPORAL_ADDRESS/)
  })
})

describe('the program', () => {
  test('is found through links, whatever the directory', async () => {
    const link = join(cli.home, 'linked')
    symlinkSync(join(ROOT, 'bin', 'lodeline'), link)
    const said = execFileSync(link, ['--version'], { cwd: '/', encoding: 'utf8', env: { ...environment(cli.home) } })
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(said).toContain(`lodeline ${version} (Node 24.`)
  })

  test('runs in the process it was started as', async () => {
    const child = spawn(join(ROOT, 'bin', 'lodeline'), ['lineage', 'batch'], {
      env: { ...environment(cli.home) },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.write('{"sql":"select 1"}\n')
    await new Promise((resolve) => child.stdout.once('data', resolve)) // answers while its input is open
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).toContain('client/cli/main.ts')
    const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
    child.kill('SIGTERM')
    expect(await ended).toBe('SIGTERM')
  })

  test('ends quietly when its reader is gone', async () => {
    const { stderr } = await new Promise<{ stderr: string }>((resolve) => {
      const child = spawn('sh', ['-c', `"${join(ROOT, 'bin', 'lodeline')}" --help | head -c 1 >/dev/null`], {
        env: { ...environment(cli.home) },
      })
      let said = ''
      child.stderr.on('data', (text) => (said += text))
      child.on('close', () => resolve({ stderr: said }))
    })
    expect(stderr).toBe('')
  })
})
