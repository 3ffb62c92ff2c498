import { type Dag, dagSchema, type Task } from './dag.ts'
import { nearest } from './nearest.ts'

/** What is wrong with a DAG document, and where: `tasks.load.after[1]`. */
export interface DagProblem {
  readonly path: string
  readonly message: string
}

export type CheckedDag = { readonly ok: true; readonly dag: Dag } | { readonly ok: false; readonly problems: readonly DagProblem[] }

/**
 * Reads a DAG document: its shape, names in `after` (a group's name stands for its tasks and is replaced by them), references,
 * cycles, and that each `run` is a task there is. Without `tasks` the latter is left out: the worker knows them, a client may not.
 */
export function checkDag(document: unknown, tasks?: ReadonlySet<string>): CheckedDag {
  const parsed = dagSchema.safeParse(document)
  if (!parsed.success) {
    return { ok: false, problems: parsed.error.issues.map(({ path, message }) => ({ path: pathOf(path), message })) }
  }
  const dag = expandGroups(parsed.data)
  const problems = [...namesProblems(dag, tasks), ...cycleProblems(dag), ...uselessProblems(dag)]
  return problems.length > 0 ? { ok: false, problems } : withReferences(dag)
}

function withReferences(dag: Dag): CheckedDag {
  const problems = Object.entries(dag.tasks).flatMap(([id]) => referenceProblems(dag, id))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, dag }
}

/** `after: [publish]` where `publish` is a group, not a task, means all its tasks. */
function expandGroups(dag: Dag): Dag {
  const groups = new Map<string, string[]>()
  for (const [id, { group }] of Object.entries(dag.tasks)) if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), id])
  const expand = (name: string): readonly string[] => (Object.hasOwn(dag.tasks, name) ? [name] : (groups.get(name) ?? [name]))
  const tasks = Object.entries(dag.tasks).map(([id, task]) => [id, { ...task, after: [...new Set(task.after.flatMap(expand))] }])
  return { ...dag, tasks: Object.fromEntries(tasks) }
}

function namesProblems(dag: Dag, known: ReadonlySet<string> | undefined): readonly DagProblem[] {
  const ids = Object.keys(dag.tasks)
  if (ids.length === 0) return [{ path: 'tasks', message: 'a DAG needs at least one task' }]
  return ids.flatMap((id) => {
    const task = dag.tasks[id]
    const unknownAfter = (task?.after ?? []).flatMap((other, at) =>
      ids.includes(other) ? [] : [{ path: `tasks.${id}.after[${at}]`, message: unknownName('task or group', other, ids) }],
    )
    const run = task?.run ?? ''
    const unknownRun = known === undefined || run.startsWith('pipeline:') || known.has(run)
    return unknownRun ? unknownAfter : [...unknownAfter, { path: `tasks.${id}.run`, message: unknownName('task', run, known) }]
  })
}

/** A field that would be ignored is a mistake in the document; so is a task that waits for a failure of nothing. */
function uselessProblems(dag: Dag): readonly DagProblem[] {
  return Object.entries(dag.tasks).flatMap(([id, task]) => {
    const problems = childProblems(id, task)
    if (task.failedItems !== undefined && task.each === undefined)
      problems.push({ path: `tasks.${id}.failedItems`, message: 'goes with `each`' })
    if (task.after.length === 0 && (task.trigger === 'one_failed' || task.trigger === 'all_failed'))
      problems.push({ path: `tasks.${id}.trigger`, message: `${task.trigger} is unreachable: the task comes after none that could fail` })
    return problems
  })
}

function childProblems(id: string, { run, retry, timeouts, pool, priority, queue }: Task): DagProblem[] {
  if (!run.startsWith('pipeline:')) return []
  const fields = { retry, timeouts, pool, priority, queue: queue === 'control' ? undefined : queue }
  const message = `does not go with \`${run}\`: the tasks of that pipeline have their own, and its \`dag\` may have a \`timeout\``
  return Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [{ path: `tasks.${id}.${field}`, message }]))
}

function cycleProblems(dag: Dag): readonly DagProblem[] {
  return Object.keys(dag.tasks).flatMap((id) => {
    const way = wayBack(dag, id)
    // A cycle is told once, at its first task by name.
    return way === null || way.some((other) => other < id)
      ? []
      : [{ path: `tasks.${id}.after`, message: `a cycle: ${[...way, id].join(' → ')}` }]
  })
}

/** A shortest way from a task over `after` back to itself, or null. */
function wayBack(dag: Dag, id: string): readonly string[] | null {
  const ways = [[id]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const other of dag.tasks[way.at(-1) ?? '']?.after ?? []) {
      if (other === id) return way
      if (seen.has(other)) continue
      seen.add(other)
      ways.push([...way, other])
    }
  }
  return null
}

function referenceProblems(dag: Dag, id: string): readonly DagProblem[] {
  const task = dag.tasks[id]
  if (task === undefined) return []
  const before = ancestors(dag, id)
  const found: DagProblem[] = []
  const check = (value: unknown, path: string): void => {
    if (typeof value === 'string') {
      const message = referenceProblem(value, dag, before, task.each !== undefined)
      if (message !== null) found.push({ path, message })
    } else if (Array.isArray(value)) for (const [at, one] of value.entries()) check(one, `${path}[${at}]`)
    else if (typeof value === 'object' && value !== null) for (const [key, one] of Object.entries(value)) check(one, `${path}.${key}`)
  }
  check(task.with, `tasks.${id}.with`)
  if (task.when !== undefined) {
    check(task.when.value, `tasks.${id}.when.value`)
    check(task.when.than, `tasks.${id}.when.than`)
  }
  if (task.each !== undefined) {
    if (/^\$task\.[^.]+$/.test(task.each)) check(task.each, `tasks.${id}.each`)
    else found.push({ path: `tasks.${id}.each`, message: 'must be `$task.ID`, a task that writes a list' })
  }
  return found
}

function referenceProblem(text: string, dag: Dag, before: ReadonlySet<string>, mapped: boolean): string | null {
  if (!text.startsWith('$') || text.startsWith('$$')) return null
  const [root, name = ''] = text.slice(1).split('.')
  if (root === 'task') return before.has(name) ? null : `${text}: ${name} is not a task that this one comes after`
  if (root === 'param') {
    const params = Object.keys(dag.params ?? {})
    return params.includes(name) ? null : `${text}: ${unknownName('parameter', name, params)}`
  }
  if (root === 'item') return mapped ? null : `${text}: only a task with \`each\` has an item`
  if (root === 'window') return name === 'from' || name === 'to' ? null : `${text}: there are $window.from and $window.to`
  return null
}

function ancestors(dag: Dag, id: string): ReadonlySet<string> {
  const found = new Set(dag.tasks[id]?.after)
  for (const one of found) for (const other of dag.tasks[one]?.after ?? []) found.add(other) // a Set's walk sees what is added
  return found
}

function unknownName(what: string, name: string, known: Iterable<string>): string {
  const near = nearest(name, known, 3)
  return `there is no ${what} ${name}${near.length > 0 ? `; the nearest: ${near.join(', ')}` : ''}`
}

function pathOf(path: readonly PropertyKey[]): string {
  return (
    path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
      '',
    ) || 'dag'
  )
}
