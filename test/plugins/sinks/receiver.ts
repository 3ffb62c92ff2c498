import { once } from 'node:events'
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import type { JobEvent } from '../../../plugins/sinks/openlineage/events.ts'

/** What the receiver answers next, in order; then 201 again. */
type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } | 'nothing' | 'reset'

export interface Receiver {
  readonly url: string
  /** Events taken (answered 2xx), in order of arrival. */
  readonly events: JobEvent[]
  readonly requests: { readonly path: string; readonly headers: Readonly<Record<string, string | string[] | undefined>> }[]
  readonly replies: Reply[]
  stop(): Promise<void>
}

/** A lineage receiver on loopback: takes what it is told to take. */
export async function startReceiver(): Promise<Receiver> {
  const events: JobEvent[] = []
  const requests: Receiver['requests'] = []
  const replies: Reply[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      requests.push({ path: request.url ?? '', headers: request.headers })
      const reply = replies.shift() ?? { status: 201 }
      if (reply === 'nothing') return
      if (reply === 'reset') {
        request.socket.resetAndDestroy()
        return
      }
      if (reply.status < 300 && request.method === 'POST') {
        const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
        events.push(JSON.parse(text.toString()) as JobEvent)
      }
      response.writeHead(reply.status, reply.headers).end(reply.body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    events,
    requests,
    replies,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
