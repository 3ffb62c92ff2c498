import type { Connection, Pipeline } from './pipeline.ts'
import type { CheckResult } from './plugin.ts'

/** What the command line asks of a process that has the worker's plugins and settings (worker/once.ts). */
export type OnceRequest =
  | { readonly action: 'config' }
  | { readonly action: 'plugins' }
  /** How names of each connection are made; one line each. */
  | { readonly action: 'names'; readonly connections: readonly Connection[] }
  | { readonly action: 'validate'; readonly connections: readonly Connection[]; readonly pipelines: readonly ValidatedPipeline[] }
  | { readonly action: 'checkConnection'; readonly connection: Connection }
  | { readonly action: 'checkPipeline'; readonly pipeline: Pipeline; readonly connection: Connection | null }
  /** The DAG that a run of the pipeline executes. */
  | { readonly action: 'dag'; readonly pipeline: Pipeline }
  /** The JSON Schema of the documents that `apply` reads, with the settings of every plugin. */
  | { readonly action: 'schema' }
  /** One plugin held against the contract, a result a line. */
  | { readonly action: 'checkPlugin'; readonly place: string }
  /** Bytes of an object, or of all objects below a prefix one after the other. */
  | { readonly action: 'read'; readonly url: string }

export interface ConnectionNames {
  readonly connection: string
  readonly dialect: string
  /** Outermost first. */
  readonly levels: readonly string[]
  readonly defaults: { readonly database?: string; readonly schema?: string }
}

export interface ValidatedPipeline {
  readonly pipeline: Pipeline
  /** Connector of its connection, where one is known. */
  readonly connector: string | null
}

export interface Validated {
  readonly problems: readonly ValidationProblem[]
  /** Settings that the plugins' schemas mark as secret and that hold a value. */
  readonly secrets: readonly DocumentPath[]
}

/** Where in the documents that were given. */
export interface DocumentPath {
  readonly kind: 'connection' | 'pipeline'
  readonly index: number
  readonly path: readonly (string | number)[]
}

export interface ValidationProblem extends DocumentPath {
  readonly message: string
  /** The complaint is about the key itself. */
  readonly key: boolean
}

export interface CheckedPart extends CheckResult {
  /** `connection`, `queryLog`, `sink openlineage`. */
  readonly part: string
}

export interface DescribedPlugins {
  readonly connectors: readonly {
    readonly name: string
    readonly title: string
    readonly dialect: string
    readonly levels: readonly string[]
    readonly capabilities: readonly string[]
  }[]
  readonly queryLogs: readonly { readonly kind: string; readonly title: string }[]
  readonly sinks: readonly { readonly name: string; readonly title: string }[]
  readonly tasks: readonly string[]
  readonly pipelineTypes: readonly string[]
  readonly problems: readonly { readonly folder: string; readonly message: string }[]
}
