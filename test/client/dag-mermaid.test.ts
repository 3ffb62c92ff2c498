import { expect, test } from '@jest/globals'
import { dagMermaid } from '../../client/documents/dag-mermaid.ts'
import { checkDag } from '../../contracts/dag-check.ts'

test('a DAG is drawn with its groups, maps and conditions', () => {
  const checked = checkDag({
    tasks: {
      list: { run: 'mine.list' },
      scan: { run: 'mine.scan', after: ['list'], each: '$task.list' },
      push: { run: 'publish', after: ['scan'], group: 'sinks' },
      clean: { run: 'x"<y>', after: ['scan'], trigger: 'all_done', when: { value: '$task.list.items', op: '>', than: 0 } },
    },
  })
  expect(checked.ok && dagMermaid(checked.dag)).toBe(`flowchart LR
  t0["list<br/>mine.list"]
  t1[["scan<br/>mine.scan<br/>each item"]]
  t3["clean<br/>x&quot;&lt;y&gt;"]
  subgraph g0 ["sinks"]
    t2["push<br/>publish"]
  end
  t0 --> t1
  t1 --> t2
  t1 -->|all_done, when| t3
`)
})
