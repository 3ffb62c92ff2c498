import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * A small AWS for what moto lacks: Glue and Athena by AWS JSON 1.1 (`x-amz-target`), Lake Formation by its paths, AssumeRole across accounts. It pages as the API
 * reference says, denies single actions with the errors of AWS, throttles on demand, and writes down who called what.
 */
export interface FakeAws {
  readonly endpoint: string
  readonly world: World
  /** Every call so far, in order: action, access key and body. */
  readonly calls: readonly FakeCall[]
  count(action: string): number
  /** Calls of the action that were under way at the same time, at most. */
  mostAtOnce(action: string): number
  /** Such calls are not answered before so many of them are under way at once; then, or when that does not come about, all are. */
  gather(count: number, matches: (call: FakeCall) => boolean): void
  /** From now on AWS denies these actions (`glue:GetTables`, or `glue:GetTables(sales)` for one database). */
  deny(...actions: readonly string[]): void
  /** From now on the action fails with this error; `allowAll` ends it. */
  fail(action: string, type: string, message: string): void
  allowAll(): void
  /** The next so many calls of the action are throttled. */
  throttle(action: string, times: number): void
  /** Called after each answered call of the action, before the next is taken. */
  onCall(listener: ((action: string) => void) | null): void
  /** Forgets the calls. */
  forget(): void
  close(): Promise<void>
}

export interface FakeCall {
  readonly action: string
  readonly accessKey: string
  readonly body: Body
}

export type Body = Readonly<Record<string, unknown>>

/** An array, or something that makes its elements when they are asked for. */
export interface Items<T> {
  readonly length: number
  at(index: number): T | undefined
}

/** Lake Formation is slow: calls made side by side are seen to be. */
const LF_MS = 5
const GATHER_WITHIN_MS = 30_000

/** What the servers have; tests change it as they like. */
export interface World {
  /** By catalog id: '' is the own account's. Federated ones by their name, for Athena alone. */
  readonly catalogs: Map<string, Map<string, FakeDatabase>>
  readonly workGroups: Map<string, FakeWorkGroup>
  /** Rows of a query's result, by its text without comments. */
  readonly results: Map<string, readonly string[]>
  /** Tags by `database` or `database.table`, as GetResourceLFTags gives them. */
  readonly tags: Map<string, Body>
  /** External ids of the roles that can be assumed, by ARN; their keys begin with `ASIA` and the account. */
  readonly roles: Map<string, string>
  /** Catalogs that only some keys may read, by catalog id. */
  readonly readers: Map<string, (accessKey: string) => boolean>
  /** What a request without an own page size gets. */
  pageSize: number
}

export interface FakeDatabase {
  Description?: string
  LocationUri?: string
  tables: Items<Body> & { find?(test: (table: Body) => boolean): Body | undefined }
}

export interface FakeWorkGroup {
  State: 'ENABLED' | 'DISABLED'
  Configuration?: Body
  /** Newest first, as Athena lists them. */
  history: Items<Body>
  /** Of histories that are made when asked for. */
  byId?: (id: string) => Body | undefined
}

type Handler = (body: Body, server: State) => Body

interface State {
  readonly world: World
  readonly denied: Set<string>
  readonly failing: Map<string, AwsError>
  readonly throttled: Map<string, number>
  readonly executions: Map<string, Body>
  readonly underWay: Map<string, number>
  readonly most: Map<string, number>
  gathering: Gathering | null
}

interface Gathering {
  readonly count: number
  readonly matches: (call: FakeCall) => boolean
  readonly waiting: (() => void)[]
}

class AwsError extends Error {
  readonly type: string
  readonly status: number
  constructor(type: string, message: string, status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

export async function startFakeAws(): Promise<FakeAws> {
  const world: World = {
    catalogs: new Map([['', new Map()]]),
    workGroups: new Map([['primary', { State: 'ENABLED', history: [] }]]),
    results: new Map([['SELECT 1', ['1']]]),
    tags: new Map(),
    roles: new Map(),
    readers: new Map(),
    pageSize: 50,
  }
  const state: State = {
    world,
    denied: new Set(),
    failing: new Map(),
    throttled: new Map(),
    executions: new Map(),
    underWay: new Map(),
    most: new Map(),
    gathering: null,
  }
  const calls: FakeCall[] = []
  let listener: ((action: string) => void) | null = null
  const server = createServer((request, response) => {
    answer(request, response, state, (call) => {
      calls.push(call)
      listener?.(call.action)
    }).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    world,
    calls,
    mostAtOnce: (action) => state.most.get(action) ?? 0,
    gather: (count, matches) => {
      state.gathering = { count, matches, waiting: [] }
    },
    count: (action) => calls.filter((call) => call.action === action).length,
    deny: (...actions) => actions.forEach((action) => void state.denied.add(action)),
    fail: (action, type, message) => void state.failing.set(action, new AwsError(type, message)),
    allowAll: () => {
      state.denied.clear()
      state.failing.clear()
    },
    throttle: (action, times) => void state.throttled.set(action, times),
    onCall: (given) => {
      listener = given
    },
    forget: () => {
      calls.splice(0)
      state.most.clear()
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, state: State, note: (call: FakeCall) => void): Promise<void> {
  const raw = await text(request)
  if (raw.startsWith('Action=AssumeRole&')) return assumeRole(new URLSearchParams(raw), response, state)
  const body = (raw === '' ? {} : JSON.parse(raw)) as Body // the SDK sends objects
  const action = actionOf(request)
  const accessKey = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const call = { action, accessKey, body }
  note(call)
  const now = (state.underWay.get(action) ?? 0) + 1
  state.underWay.set(action, now)
  state.most.set(action, Math.max(now, state.most.get(action) ?? 0))
  await gathered(call, state)
  if (action.startsWith('lakeformation:')) await delay(LF_MS)
  state.underWay.set(action, (state.underWay.get(action) ?? 1) - 1)
  try {
    refuse(call, state)
    const handler = HANDLERS[action]
    if (handler === undefined) throw new AwsError('UnknownOperationException', `no ${action} here`)
    send(response, 200, handler(body, state))
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    send(response, error.status, { __type: error.type, message: error.message, Message: error.message })
  }
}

async function gathered(call: FakeCall, state: State): Promise<void> {
  const { gathering } = state
  if (gathering === null || !gathering.matches(call)) return
  const { count, waiting } = gathering
  const all = (): void => {
    state.gathering = null
    for (const go of waiting) go()
  }
  const timer = setTimeout(all, GATHER_WITHIN_MS)
  await new Promise<void>((go) => {
    if (waiting.push(go) === count) all()
  })
  clearTimeout(timer)
}

/** STS speaks XML; a role's trust policy asks for its external id. */
function assumeRole(asked: URLSearchParams, response: ServerResponse, { world, denied }: State): void {
  const arn = asked.get('RoleArn') ?? ''
  const allowed = world.roles.has(arn) && world.roles.get(arn) === asked.get('ExternalId') && !denied.has('sts:AssumeRole')
  const body = allowed
    ? `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA${arn.split(':')[4]}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
    : `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`
  response.writeHead(allowed ? 200 : 403, { 'content-type': 'text/xml' }).end(body)
}

function actionOf({ headers, url }: IncomingMessage): string {
  const target = String(headers['x-amz-target'] ?? '')
  if (target.startsWith('AWSGlue.')) return `glue:${target.slice('AWSGlue.'.length)}`
  if (target.startsWith('AmazonAthena.')) return `athena:${target.slice('AmazonAthena.'.length)}`
  return `lakeformation:${(url ?? '').slice(1)}`
}

function refuse({ action, accessKey, body }: FakeCall, { world, denied, failing, throttled }: State): void {
  const failure = failing.get(action)
  if (failure !== undefined) throw failure
  const left = throttled.get(action) ?? 0
  if (left > 0) {
    throttled.set(action, left - 1)
    throw new AwsError('ThrottlingException', 'Rate exceeded')
  }
  const resource = String(body.DatabaseName ?? body.WorkGroup ?? body.Name ?? '')
  const mayRead = world.readers.get(String(body.CatalogId ?? ''))?.(accessKey) ?? true
  if (mayRead && !denied.has(action) && !denied.has(`${action}(${resource})`)) return
  throw new AwsError('AccessDeniedException', `User: arn:aws:iam::123456789012:user/u is not authorized to perform: ${action}`)
}

function send(response: ServerResponse, status: number, body: Body): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}

/** Tokens say where to go on; one that is not ours is refused, as an expired one is. */
function page<T>(items: Items<T>, body: Body, { pageSize }: World): { readonly part: readonly T[]; readonly token: Body } {
  const from = body.NextToken === undefined ? 0 : Number(/^page-(\d+)$/.exec(String(body.NextToken))?.[1] ?? Number.NaN)
  if (Number.isNaN(from)) throw new AwsError('InvalidInputException', 'Invalid continuation token')
  const to = Math.min(items.length, from + Math.min(Number(body.MaxResults ?? pageSize), pageSize))
  const part: T[] = []
  for (let at = from; at < to; at++) {
    const item = items.at(at)
    if (item !== undefined) part.push(item)
  }
  return { part, token: to < items.length ? { NextToken: `page-${to}` } : {} }
}

function databasesOf({ world }: State, id: unknown): Map<string, FakeDatabase> {
  const found = world.catalogs.get(String(id ?? ''))
  if (found === undefined) throw new AwsError('EntityNotFoundException', `Catalog ${String(id)} not found.`)
  return found
}

function databaseNamed(state: State, id: unknown, name: unknown): FakeDatabase {
  const found = databasesOf(state, id).get(String(name))
  if (found === undefined) throw new AwsError('EntityNotFoundException', `Database ${String(name)} not found.`)
  return found
}

const databaseBody = ([name, { tables: _, ...rest }]: readonly [string, FakeDatabase]): Body => ({ Name: name, ...rest })

function workGroupNamed({ world }: State, name: unknown): FakeWorkGroup {
  const found = world.workGroups.get(String(name ?? 'primary'))
  if (found === undefined) throw new AwsError('InvalidRequestException', `WorkGroup ${String(name)} is not found.`)
  return found
}

function executionById(state: State, id: string): Body | undefined {
  const own = state.executions.get(id)
  if (own !== undefined) return own
  for (const { history, byId } of state.world.workGroups.values()) {
    const found = byId === undefined ? Array.isArray(history) && history.find((one: Body) => one.QueryExecutionId === id) : byId(id)
    if (found) return found
  }
  return undefined
}

function tableNamed(state: State, body: Body): Body {
  const { tables } = databaseNamed(state, body.CatalogId, body.DatabaseName)
  const found = tables.find?.((table) => table.Name === body.Name)
  if (found === undefined) throw new AwsError('EntityNotFoundException', `Entity Not Found: table ${String(body.Name)}`)
  return found
}

const withDatabase = (body: Body) => (table: Body) => ({ DatabaseName: body.DatabaseName, ...table })

const HANDLERS: Readonly<Record<string, Handler>> = {
  'glue:GetDatabases': (body, state) => {
    const { part, token } = page([...databasesOf(state, body.CatalogId)], body, state.world)
    return { DatabaseList: part.map(databaseBody), ...token }
  },
  'glue:GetDatabase': (body, state) => ({ Database: databaseBody([String(body.Name), databaseNamed(state, body.CatalogId, body.Name)]) }),
  'glue:GetTables': (body, state) => {
    const { part, token } = page(databaseNamed(state, body.CatalogId, body.DatabaseName).tables, body, state.world)
    return { TableList: part.map(withDatabase(body)), ...token }
  },
  'glue:GetTable': (body, state) => ({ Table: withDatabase(body)(tableNamed(state, body)) }),
  'athena:ListDatabases': (body, state) => {
    const { part, token } = page([...databasesOf(state, federated(state, body))], body, state.world)
    return {
      DatabaseList: part.map(([Name, { Description }]) => ({ Name, ...(Description === undefined ? {} : { Description }) })),
      ...token,
    }
  },
  'athena:GetDatabase': (body, state) => {
    const { Description } = databaseNamed(state, federated(state, body), body.DatabaseName)
    return { Database: { Name: body.DatabaseName, ...(Description === undefined ? {} : { Description }) } }
  },
  'athena:GetTableMetadata': (body, state) => ({
    TableMetadata: tableMetadata(tableNamed(state, { ...body, CatalogId: federated(state, body), Name: body.TableName })),
  }),
  'athena:ListTableMetadata': (body, state) => {
    const { part, token } = page(databaseNamed(state, federated(state, body), body.DatabaseName).tables, body, state.world)
    return { TableMetadataList: part.map(tableMetadata), ...token }
  },
  'athena:ListWorkGroups': (body, state) => {
    const { part, token } = page([...state.world.workGroups], body, state.world)
    return { WorkGroups: part.map(([Name, { State }]) => ({ Name, State })), ...token }
  },
  'athena:GetWorkGroup': (body, state) => ({
    WorkGroup: { Name: body.WorkGroup, ...workGroupNamed(state, body.WorkGroup), history: undefined },
  }),
  'athena:ListQueryExecutions': (body, state) => {
    const { part, token } = page(workGroupNamed(state, body.WorkGroup).history, body, state.world)
    return { QueryExecutionIds: part.map((execution) => execution.QueryExecutionId), ...token }
  },
  'athena:BatchGetQueryExecution': (body, state) => {
    const ids = body.QueryExecutionIds as readonly string[] // what the SDK sends
    if (ids.length > 50) throw new AwsError('InvalidRequestException', 'at most 50 ids')
    const found = ids.map((id) => [id, executionById(state, id)] as const)
    return {
      QueryExecutions: found.flatMap(([, execution]) => execution ?? []),
      UnprocessedQueryExecutionIds: found
        .filter(([, execution]) => execution === undefined)
        .map(([QueryExecutionId]) => ({ QueryExecutionId, ErrorCode: 'INTERNAL' })),
    }
  },
  'athena:StartQueryExecution': (body, state) => {
    workGroupNamed(state, body.WorkGroup)
    const id = `own-${state.executions.size + 1}`
    const known = state.world.results.has(withoutComments(String(body.QueryString)))
    const Status = known ? { State: 'SUCCEEDED' } : { State: 'FAILED', StateChangeReason: 'SYNTAX_ERROR: no such thing' }
    state.executions.set(id, { QueryExecutionId: id, Query: body.QueryString, WorkGroup: body.WorkGroup, Status })
    return { QueryExecutionId: id }
  },
  'athena:GetQueryExecution': (body, state) => {
    const found = executionById(state, String(body.QueryExecutionId))
    if (found === undefined) throw new AwsError('InvalidRequestException', `QueryExecution ${String(body.QueryExecutionId)} was not found`)
    return { QueryExecution: found }
  },
  'athena:GetQueryResults': (body, state) => {
    const query = withoutComments(String(executionById(state, String(body.QueryExecutionId))?.Query ?? ''))
    const rows = (state.world.results.get(query) ?? []).map((line) => ({ Data: [{ VarCharValue: line }] }))
    return { ResultSet: { Rows: rows, ResultSetMetadata: { ColumnInfo: [{ Name: 'result', Type: 'varchar' }] } } }
  },
  'athena:StopQueryExecution': () => ({}),
  'lakeformation:GetResourceLFTags': (body, state) => state.world.tags.get(tagKey(body)) ?? {},
}

/** A catalog that Athena knows by a name of its own, where there is one of that name. */
const federated = ({ world }: State, { CatalogName }: Body): unknown => (world.catalogs.has(String(CatalogName)) ? CatalogName : undefined)

const withoutComments = (sql: string): string => sql.replace(/^\/\*.*?\*\/\s*/, '')

function tagKey(body: Body): string {
  const resource = body.Resource as Readonly<Record<string, Body>> // what the SDK sends
  if (resource.Database !== undefined) return String(resource.Database.Name)
  const table = resource.TableWithColumns ?? resource.Table
  return `${String(table?.DatabaseName)}.${String(table?.Name)}`
}

/** What Athena tells of the same table is less. */
function tableMetadata(table: Body): Body {
  const storage = (table.StorageDescriptor ?? {}) as Body // as the tests make it
  const parameters = (table.Parameters ?? {}) as Body // likewise
  return {
    Name: table.Name,
    TableType: table.TableType,
    Columns: storage.Columns,
    PartitionKeys: table.PartitionKeys ?? [],
    Parameters: { ...parameters, ...(storage.Location === undefined ? {} : { location: storage.Location }) },
  }
}
