import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** What goes wrong with a request on its way to the server. */
type Fault =
  | {
      readonly kind: 'error'
      readonly status: number
      readonly code: string
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** The connection breaks after so many bytes of the body. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The body ends early though the connection does not break: no length is told. */
  | { readonly kind: 'short'; readonly afterBytes: number }
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Nothing ever comes back. */
  | { readonly kind: 'hang' }

export interface FaultProxy {
  readonly endpoint: string
  /** Requests seen, as `GET /bucket/key bytes=0-9`. */
  readonly requests: readonly string[]
  /** The next `times` requests that match go wrong that way; `before` runs first, e.g. to replace the object. */
  fail(matches: RegExp, fault: Fault, times?: number): void
  /** Runs once, when a matching request comes in, before it goes on. */
  before(matches: RegExp, action: () => Promise<void>): void
  clear(): void
  stop(): Promise<void>
}

interface Rule {
  readonly matches: RegExp
  readonly fault: Fault | null
  readonly action?: () => Promise<void>
  left: number
}

/** A proxy on loopback that breaks what it is told to break, and passes everything else on. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const rules: Rule[] = []
  const requests: string[] = []
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing, target, rules, requests).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: endpointOf(server),
    requests,
    fail: (matches, fault, times = 1) => void rules.push({ matches, fault, left: times }),
    before: (matches, action) => void rules.push({ matches, fault: null, action, left: 1 }),
    clear() {
      rules.length = 0
      requests.length = 0
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function endpointOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

async function handle(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: string,
  rules: Rule[],
  requests: string[],
): Promise<void> {
  const line = `${incoming.method ?? ''} ${incoming.url ?? ''} ${incoming.headers.range ?? ''}`.trim()
  requests.push(line)
  const rule = rules.find(({ matches, left }) => left > 0 && matches.test(line))
  if (rule !== undefined) rule.left -= 1
  await rule?.action?.()
  const fault = rule?.fault ?? null
  if (fault?.kind === 'hang') return
  if (fault?.kind === 'error') answerError(outgoing, fault, incoming.method === 'HEAD')
  else await forward(incoming, outgoing, target, fault)
}

function answerError(outgoing: ServerResponse, fault: Extract<Fault, { kind: 'error' }>, bodyless: boolean): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${fault.code}</Code><Message>${fault.message ?? 'injected'}</Message></Error>`
  outgoing.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers })
  outgoing.end(bodyless ? undefined : body)
}

async function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: string, fault: Fault | null): Promise<void> {
  const upstream = request(target + (incoming.url ?? '/'), { method: incoming.method, headers: incoming.headers })
  incoming.pipe(upstream)
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage]
  const { 'content-length': length, ...headers } = answer.headers
  outgoing.writeHead(
    answer.statusCode ?? 500,
    fault?.kind === 'short' || length === undefined ? headers : { ...headers, 'content-length': length },
  )
  let sent = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (fault?.kind === 'slow') await delay(fault.delayMs)
    if (fault?.kind === 'reset' || fault?.kind === 'short') {
      const left = fault.afterBytes - sent
      if (chunk.length >= left) {
        outgoing.write(chunk.subarray(0, left))
        await delay(20) // lets the bytes go out first
        if (fault.kind === 'reset') outgoing.socket?.resetAndDestroy()
        else outgoing.end()
        answer.destroy()
        return
      }
    }
    sent += chunk.length
    if (!outgoing.write(chunk)) await once(outgoing, 'drain')
  }
  outgoing.end()
}
