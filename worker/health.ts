import { createServer, type Server, type ServerResponse } from 'node:http'
import { LodelineError } from '../contracts/errors.ts'
import type { PluginProblem } from '../contracts/registry.ts'

/** What `/readyz` tells: whether this worker takes tasks, and what is wrong with it though it does. */
export interface Readiness {
  readonly ready: boolean
  readonly state: string
  readonly problems: readonly (PluginProblem | { readonly code: string; readonly message: string })[]
}

export interface HealthOptions {
  readonly host: string
  readonly port: number
  readonly readiness: () => Readiness
  readonly metrics: () => Promise<string>
}

export interface HealthServer {
  readonly url: string
  close(): Promise<void>
}

/** `/healthz` (the process lives), `/readyz` (it takes tasks), `/metrics`. */
export async function serveHealth({ host, port, readiness, metrics }: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0]
    if (path === '/healthz') answer(response, 200, 'application/json', '{"status":"ok"}')
    else if (path === '/readyz') answerReadiness(response, readiness())
    else if (path === '/metrics') void answerMetrics(response, metrics)
    else answer(response, 404, 'text/plain', 'There are /healthz, /readyz and /metrics')
  })
  await listen(server, host, port)
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function answerReadiness(response: ServerResponse, readiness: Readiness): void {
  answer(response, readiness.ready ? 200 : 503, 'application/json', JSON.stringify(readiness))
}

async function answerMetrics(response: ServerResponse, metrics: () => Promise<string>): Promise<void> {
  try {
    answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await metrics())
  } catch {
    answer(response, 500, 'text/plain', 'metrics could not be collected')
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(taken ? new LodelineError('PORT_TAKEN', `Port ${port} on ${host} (\`health.port\`) is in use`, { port, host }, error) : error)
    })
    server.listen(port, host, () => resolve())
  })
}
