import type { Dag, Task } from '../../contracts/dag.ts'

/** https://mermaid.js.org/syntax/flowchart.html: tasks as boxes, groups around theirs, an arrow from each task to those after it. */
export function dagMermaid(dag: Dag): string {
  const ids = Object.keys(dag.tasks)
  const name = (id: string): string => `t${ids.indexOf(id)}`
  const entries = Object.entries(dag.tasks)
  const box = ([id, task]: [string, Task]): string =>
    `${name(id)}${task.each === undefined ? `[${label(id, task)}]` : `[[${label(id, task)}]]`}`
  const groups = [...new Set(entries.flatMap(([, { group }]) => (group === undefined ? [] : [group])))]
  const lines = [
    'flowchart LR',
    ...entries.filter(([, { group }]) => group === undefined).map((entry) => `  ${box(entry)}`),
    ...groups.flatMap((group, at) => [
      `  subgraph g${at} ["${quoted(group)}"]`,
      ...entries.filter(([, task]) => task.group === group).map((entry) => `    ${box(entry)}`),
      '  end',
    ]),
    ...entries.flatMap(([id, task]) => task.after.map((other) => `  ${name(other)} ${arrow(task)} ${name(id)}`)),
  ]
  return `${lines.join('\n')}\n`
}

function label(id: string, { run, each }: Task): string {
  return `"${quoted(id)}<br/>${quoted(run)}${each === undefined ? '' : '<br/>each item'}"`
}

/** Conditions and trigger rules other than the usual one stand on the arrow. */
function arrow({ trigger, when }: Task): string {
  const says = [...(trigger === 'all_success' ? [] : [trigger]), ...(when === undefined ? [] : ['when'])]
  return says.length === 0 ? '-->' : `-->|${says.join(', ')}|`
}

function quoted(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
