import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type CliHome, cliHome, environment, ROOT } from '../support/cli.ts'

let cli: CliHome
beforeAll(async () => {
  cli = await cliHome()
})
afterAll(() => cli.remove())

test('a plugin written outside of any installation passes its own test, and the check', async () => {
  expect((await cli.run(['plugin', 'new', 'shelf'])).code).toBe(0)
  const node = join(ROOT, 'node_modules', '.bin', 'node')
  const options = { cwd: cli.home, env: environment(cli.home) as NodeJS.ProcessEnv }
  const { stdout } = await promisify(execFile)(node, ['--test', join(cli.home, 'plugins', 'shelf', 'plugin.test.ts')], options)
  expect(stdout).toContain('pass 2')
  expect((await cli.run(['plugin', 'check', 'shelf'])).code).toBe(0)
  expect(await cli.run(['plugin', 'new', 'shelf'])).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') })
})
