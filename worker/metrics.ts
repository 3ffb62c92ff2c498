import { createServer } from 'node:net'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The worker's own metrics; Temporal's come from its exporter and are shown with them. */
export interface Metrics {
  taskEnded(uses: string, outcome: string, seconds: number): void
  /** Gives both, as Prometheus reads them. */
  text(): Promise<string>
}

export interface MetricsSource {
  readonly threadsWaiting: () => number
  /** Address of Temporal's exporter, or null when there is none. */
  readonly temporal: string | null
}

export function createMetrics({ threadsWaiting, temporal }: MetricsSource): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const ended = new Counter({
    name: 'lodeline_tasks_total',
    help: 'Attempts of tasks by outcome',
    labelNames: ['task', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'lodeline_task_seconds',
    help: 'Duration of attempts of tasks',
    labelNames: ['task'],
    buckets: [0.01, 0.1, 1, 10, 60, 600, 3600],
    registers,
  })
  new Gauge({
    name: 'lodeline_threads_waiting',
    help: 'Work waiting for a thread',
    registers,
    collect() {
      this.set(threadsWaiting())
    },
  })
  return {
    taskEnded(uses, outcome, duration) {
      ended.inc({ task: uses, outcome })
      seconds.observe({ task: uses }, duration)
    },
    text: async () => `${await registry.metrics()}${await temporalMetrics(temporal)}`,
  }
}

async function temporalMetrics(address: string | null): Promise<string> {
  if (address === null) return ''
  try {
    const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(2000) })
    return answer.ok ? await answer.text() : ''
  } catch {
    return '' // ours are still worth showing
  }
}

/** Temporal's exporter wants a port and does not say which it took. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
