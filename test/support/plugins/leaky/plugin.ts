import { z } from 'zod'
import type { Asset } from '../../../../contracts/assets.ts'
import { LodelineError } from '../../../../contracts/errors.ts'
import {
  type CheckResult,
  defineConnector,
  definePlugin,
  PLUGIN_API_VERSION,
  type PluginActivity,
  type Source,
} from '../../../../contracts/plugin.ts'
import { secret } from '../../../../contracts/secret.ts'

const config = z.strictObject({ user: z.string(), password: secret('Password of the user'), token: secret('Token of the session') })
type LeakyConfig = z.infer<typeof config>

/** A connector as careless as drivers are: it quotes what it was given, in every form that requests have. */
const leaky = defineConnector<LeakyConfig>({
  name: 'leaky',
  title: 'Leaky',
  names: { levels: ['database'], dialect: 'ansi' },
  config,
  async *metadata({ config: { user, password, token }, host }: Source<LeakyConfig>): AsyncGenerator<Asset> {
    yield { kind: 'database', path: [`db-of-${user}`] }
    host.log('warn', `GET https://x.example/login?p=${encodeURIComponent(password)}`, { header: basic(user, password), body: { token } })
    throw new LodelineError('ACCESS_DENIED', `login of ${user} with ${password} and ${JSON.stringify({ token })} was refused`)
  },
  async *check({ config: { user, password } }: Source<LeakyConfig>): AsyncGenerator<CheckResult> {
    yield { step: 'login', status: 'failed', mandatory: true, message: `login of ${user} with ${password} was refused` }
  },
})

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** A task that hands on what it was given, to each who keeps it. */
const echo: PluginActivity = {
  name: 'leaky.echo',
  async run({ with: given }, host) {
    host.log('info', 'given', given)
    return { given, ...(await host.list([given])) }
  },
}

export const plugin = definePlugin({ name: 'leaky', apiVersion: PLUGIN_API_VERSION, connectors: [leaky], activities: [echo] })
