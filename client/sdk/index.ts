import { type ConnectOptions, connectTemporal } from './connect.ts'
import { lodelineOver } from './lodeline.ts'
import type { Lodeline } from './runs.ts'

export { LodelineError } from '../../contracts/errors.ts'
export type { WorkflowInput } from '../../contracts/pipeline.ts'
export type { RunCounts, RunError, RunState, TaskState } from '../../contracts/runs.ts'
export type { RunStatus, Steered, TaskStatus } from '../../workflows/messages.ts'
export type { ConnectOptions } from './connect.ts'
export { type AppliedChange, type DeployedPipeline, type OpenOptions, openPipelines, type Pipelines } from './pipelines.ts'
export type {
  ListOptions,
  Lodeline,
  Retried,
  RetryOptions,
  RunHandle,
  RunListing,
  RunOutcome,
  StartOptions,
  SteerOptions,
} from './runs.ts'

/** Starts and steers pipelines from a program: it speaks to Temporal, as the command line does, and needs no catalog. */
export async function connect(options: ConnectOptions = {}): Promise<Lodeline> {
  return lodelineOver(await connectTemporal(options))
}
