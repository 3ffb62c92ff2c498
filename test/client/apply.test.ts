import { readFileSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openSecret } from '../../catalog/secrets.ts'
import { problemText, readDocuments } from '../../client/documents/read.ts'
import { absoluteFileUrls } from '../../client/documents/relative.ts'
import { secretKeyOf } from '../../deploy/secret-key.ts'
import { type CliHome, cliHome } from '../support/cli.ts'

const problems = (text: string) => readDocuments('shop.yaml', text).problems.map(problemText)

describe('reading documents', () => {
  test('every mistake of every document is told with its line and column', () => {
    const text = [
      'connections:',
      '  - name: shop',
      '    connector: snowflake',
      '    confg: { defaultDatabase: SHOP }',
      '---',
      'pipelines:',
      '  - name: nightly',
      '    type: s3QueryMining',
      '    logLevel: inf',
      '  - name: hourly',
      '    type: s3QueryMining',
      '    options: { queryLog: { kind: s3 }, missingAsset: create }',
    ].join('\n')
    expect(problems(text)).toEqual([
      expect.stringMatching(/^shop\.yaml:4:5: connections\[0\]: there is no option `confg`; did you mean `config`\?/),
      expect.stringMatching(/^shop\.yaml:9:15: pipelines\[0\]\.logLevel: `inf` is none of .*; did you mean `info`\?/),
    ])
    expect(problems(text.split('---')[1]?.replace('s3QueryMining\n    logLevel: inf\n', 'pipeline\n') ?? '')).toEqual([
      expect.stringMatching(/^shop\.yaml:7:40: pipelines\[1\]\.options: there is no option `missingAsset`; did you mean `missingAssets`\?/),
    ])
  })

  test('broken YAML is told where it breaks', () => {
    expect(problems('connections:\n  - name: [shop\n')).toEqual([expect.stringMatching(/^shop\.yaml:3:1: this is no YAML: /)])
  })

  test('what is no document at all says so, and does not go on for ever', () => {
    expect(problems('just text')).toEqual(['shop.yaml:1:1: this is no document: it holds neither `connections:` nor `pipelines:`'])
    expect(problems('connections: &all [*all]')).toEqual(['shop.yaml:1:1: its aliases (`*name`) go round in a circle, or are too many'])
  })

  test('several documents, JSON and an empty file are read', () => {
    expect(
      readDocuments('a', 'connections: [{name: a, connector: hive}]\n---\nconnections: [{name: b, connector: hive}]').connections.map(
        ({ value }) => value.name,
      ),
    ).toEqual(['a', 'b'])
    expect(readDocuments('a', '{"connections":[{"name":"a","connector":"hive"}]}').connections).toHaveLength(1)
    expect(readDocuments('a', '# nothing\n')).toMatchObject({ connections: [], pipelines: [], problems: [] })
  })

  test('relative file URLs count from the document; other texts stay', () => {
    expect(absoluteFileUrls({ a: ['file://../logs/x', 'file:./y', 'file:///z', 'file:/secret', 'see file://..'] }, '/etc/shop')).toEqual({
      a: ['file:///etc/logs/x', 'file:///etc/shop/y', 'file:///z', 'file:/secret', 'see file://..'],
    })
  })
})

describe('lodeline apply', () => {
  let cli: CliHome
  beforeEach(async () => {
    cli = await cliHome()
  })
  afterEach(() => cli.remove())

  const shop = (more = '') => `connections:
  - name: shop
    connector: snowflake
    config: { defaultDatabase: SHOP }
pipelines:
  - name: history
    type: s3QueryMining
    connection: shop
    options: { queryLog: { kind: s3, bucket: "s3://logs", prefix: shop/ } }
${more}`

  const changes = async (file: string, ...flags: string[]) => {
    const { code, data } = await cli.json(['apply', '-f', file, ...flags])
    expect(code).toBe(0)
    return (data as { changes: { kind: string; name: string; change: string }[] }).changes.map(
      ({ kind, name, change }) => `${change} ${kind} ${name}`,
    )
  }

  test('creates, changes, and does nothing the second time', async () => {
    const file = await cli.file('shop.yaml', shop())
    expect(await changes(file, '--dry-run')).toEqual(['create connection shop', 'create pipeline history'])
    expect((await cli.json(['pipeline', 'list'])).data).toEqual([])
    expect(await changes(file)).toEqual(['create connection shop', 'create pipeline history'])
    expect(await changes(file)).toEqual(['same connection shop', 'same pipeline history'])
    await cli.file('shop.yaml', shop('    schedule: { every: day, at: "02:30", timeZone: Europe/Berlin }\n'))
    const { stdout } = await cli.run(['apply', '-f', file])
    expect(stdout).toMatch(
      /~ pipeline history\n {4}schedule: \(none\) → \{"every":"day","at":"02:30".*\n.*0 created, 1 changed, 0 removed, 1 unchanged/s,
    )
    const { data } = await cli.json(['pipeline', 'show', 'history'])
    expect(data).toMatchObject({
      generation: 2,
      deployment: { phase: 'pending', scheduleId: 'lodeline/history' },
      nextRuns: [expect.stringMatching(/T0[01]:30:00/), ...Array(4).fill(expect.any(String))],
    })
  })

  test('a time without a zone is UTC, wherever the machine is', async () => {
    const env = { TZ: 'America/New_York' }
    const file = await cli.file('shop.yaml', shop('    schedule: { every: day, at: "02:30", startAt: "2030-01-01T02:00" }\n'))
    await cli.run(['apply', '-f', file], { env })
    const { data } = await cli.json(['pipeline', 'show', 'history'], { env })
    expect(data).toMatchObject({ nextRuns: expect.arrayContaining(['2030-01-01T02:30:00.000Z']) })
  })

  test('tells at once what the document, the catalog and the plugins have against it', async () => {
    const text = shop('    sinks: [{ sink: openlinage }]\n')
      .replace('s3://logs', 'https://logs.example/x')
      .replace('prefix: shop/ }', 'keys: snowflke }, maxDeadLetterShare: 7')
    const { code, stderr } = await cli.run([
      'apply',
      '-f',
      await cli.file('shop.yaml', text.replace('connection: shop', 'connection: shp')),
    ])
    expect(code).toBe(2)
    for (const says of [
      'there is no connection `shp`, neither here nor in the catalog; did you mean `shop`?',
      'maxDeadLetterShare: must be at most 1',
      'queryLog.keys: `snowflke` is none of ',
      'there is no sink `openlinage`; did you mean `openlineage`? (there are openlineage)',
    ])
      expect(stderr).toContain(says)
    const place = await cli.run(['apply', '-f', await cli.file('place.yaml', shop().replace('s3://logs', 'https://logs.example/x'))])
    expect(place.stderr).toContain('is no bucket name: "https://logs.example/x"; give it as `s3://name`, or a directory as `file:///dir`')
  })

  test('refuses a DAG that no run could execute, where it is wrong', async () => {
    const file = await cli.file(
      'dags.yaml',
      `connections: [{ name: shop, connector: snowflake, config: {} }]
pipelines:
  - name: unknown
    type: pipeline
    dag:
      tasks:
        crawl: { run: metadata.extrct }
        tell: { run: publish, after: [crawl, crwl] }
        start: { run: "pipeline:nobody" }
        held: { run: wait.pipeline, with: { pipeline: shp-crawl } }
  - name: circle
    type: pipeline
    dag: { tasks: { a: { run: publish, after: [b] }, b: { run: publish, after: [a] } } }
  - name: itself
    type: pipeline
    dag: { tasks: { a: { run: "pipeline:itself" } } }
  - name: profiles
    type: profiling
    connection: shop
  - { name: mines, type: s3QueryMinin, connection: shop }
  - { name: crawls, type: metadataIngestion, connection: shop }
  - { name: usage, type: usageIngestion, connection: shop }
  - { name: lineage, type: lineageIngestion, connection: shop, options: { queryLog: { kind: connection } } }
  - { name: views, type: lineageIngestion, connection: shop, options: { queryLineage: false } }
  - { name: direct, type: s3QueryMining, connection: shop, options: { queryLog: { kind: connection } } }
`,
    )
    const { code, stderr } = await cli.run(['apply', '-f', file])
    expect(code).toBe(2)
    for (const complaint of [
      /dags\.yaml:7:23: unknown: dag\.tasks\.crawl\.run: there is no task metadata\.extrct; the nearest: metadata\.extract/,
      /dags\.yaml:8:46: unknown: dag\.tasks\.tell\.after\.1: there is no task or group crwl; the nearest: crawl/,
      /dags\.yaml:9:23: unknown: dag\.tasks\.start\.run: there is no pipeline `nobody`/,
      /dags\.yaml:10:55: unknown: dag\.tasks\.held\.with\.pipeline: there is no pipeline `shp-crawl`/,
      /dags\.yaml:13:\d+: circle: dag\.tasks\.a\.after: a cycle: a → b → a/,
      /dags\.yaml:16:\d+: itself: dag\.tasks\.a\.run: a pipeline cannot start itself/,
      /dags\.yaml:18:11: profiles: type: `profiling` is not built in yet, and no plugin here brings it \(there are lineageIngestion, /,
      /dags\.yaml:20:\d+: mines: type: there is no pipeline type `s3QueryMinin`; did you mean `s3QueryMining`\?/,
      /dags\.yaml:21:\d+: crawls: type: the connector `snowflake` reads no metadata \(it has: check\); `lodeline catalog import FILE --connection shop`/,
      /dags\.yaml:22:\d+: usage: type: the connector `snowflake` has no query history to read \(it has: check\); name a query log/,
      /dags\.yaml:23:\d+: lineage: options\.queryLog: the connector `snowflake` has no query history/,
      /dags\.yaml:25:\d+: direct: options\.queryLog: the connector `snowflake` has no query history/,
    ])
      expect(stderr).toMatch(complaint)
    expect(stderr).not.toContain('views:')
  })

  test('prunes what it applied before, not what others did', async () => {
    const folder = join(cli.home, 'documents')
    await mkdir(folder)
    await cli.file('documents/shop.yaml', shop())
    await cli.run(['connection', 'add', 'other', '--connector', 'hive'])
    await changes(folder)
    await cli.file('documents/shop.yaml', 'connections: [{ name: shop, connector: snowflake }]')
    expect(await changes(folder, '--prune')).toEqual(['change connection shop', 'remove pipeline history'])
    expect(((await cli.json(['connection', 'list'])).data as { name: string }[]).map(({ name }) => name)).toEqual(['other', 'shop'])
    expect((await cli.json(['pipeline', 'list'])).data).toEqual([])
  })

  test('does not prune a connection that a pipeline of another manager uses', async () => {
    const file = await cli.file('mine.yaml', 'connections: [{ name: shop, connector: snowflake }]')
    const theirs = await cli.file('theirs.yaml', shop().slice(shop().indexOf('pipelines:')))
    await changes(file, '--manager', 'one')
    await changes(theirs, '--manager', 'two')
    await cli.file('mine.yaml', 'connections: []')
    const { code, stderr } = await cli.run(['apply', '-f', file, '--manager', 'one', '--prune'])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('connection shop cannot be pruned: it is used by history, which others manage'),
    })
  })

  test('writes nothing when anything is wrong, and names what the plugins know', async () => {
    const file = await cli.file(
      'shop.yaml',
      `connections:
  - name: shop
    connector: snowflak
pipelines:
  - name: history
    type: s3QueryMining
    connection: shp
    options: { queryLog: { kind: s3, bukcet: logs, keys: { sql: Q, sesion: S } } }
    schedule: { every: day, at: "25:00" }
    sinks: [ { sink: openlinage } ]
`,
    )
    const { code, stderr } = await cli.run(['apply', '-f', file])
    expect(code).toBe(2)
    for (const said of [
      `${file}:3:16: shop: connector: there is no connector \`snowflak\`; did you mean \`snowflake\`?`,
      `${file}:7:17: history: connection: there is no connection \`shp\``,
      `${file}:8:38: history: options.queryLog.bukcet: there is no option \`bukcet\`; did you mean \`bucket\`?`,
      `there is no option \`sesion\`; did you mean \`session\`?`,
      `${file}:9:33: history: schedule.at: "25:00" is no time of day`,
      `${file}:10:22: history: sinks.0.sink: there is no sink \`openlinage\`; did you mean \`openlineage\`?`,
    ])
      expect(stderr).toContain(said)
    expect((await cli.json(['connection', 'list'])).data).toEqual([])
  })

  test('secrets are encrypted at rest, shown masked, and stay as they are when applied again', async () => {
    const secret = 'correct-horse-battery'
    const file = await cli.file(
      'shop.yaml',
      shop().replace('prefix: shop/', `accessKeyId: AKIA, secretAccessKey: ${secret}`) +
        `    sinks: [ { sink: openlineage, config: { url: "http://127.0.0.1:1", apiKey: "env:OL_KEY" } } ]\n`,
    )
    await changes(file)
    expect(await changes(file)).toEqual(['same connection shop', 'same pipeline history'])
    const { stdout } = await cli.run(['pipeline', 'show', 'history'])
    expect(stdout).toContain('secretAccessKey: "***"')
    expect(stdout).toContain('apiKey: env:OL_KEY')
    for (const end of ['', '-wal'])
      expect(readFileSync(join(cli.home, `catalog.db${end}`), { encoding: 'latin1', flag: 'a+' })).not.toContain(secret)
    expect(statSync(join(cli.home, 'secret.key')).mode & 0o777).toBe(0o600)
    const sealed =
      /enc:v1:[\w-]+/.exec(
        readFileSync(join(cli.home, 'catalog.db'), 'latin1') +
          readFileSync(join(cli.home, 'catalog.db-wal'), { encoding: 'latin1', flag: 'a+' }),
      )?.[0] ?? ''
    expect(openSecret(sealed, secretKeyOf({}, cli.home))).toBe(secret)
  })
})

describe('connections', () => {
  let cli: CliHome
  beforeEach(async () => {
    cli = await cliHome()
  })
  afterEach(() => cli.remove())

  test('are added, checked, shown and removed; not while a pipeline uses them', async () => {
    const added = await cli.run([
      'connection',
      'add',
      'shop',
      '--connector',
      'snowflake',
      '--set',
      'defaultDatabase=SHOP',
      '--set',
      'account=acme-shop',
    ])
    expect(added.stdout).toContain('Added connection shop')
    expect((await cli.json(['connection', 'show', 'shop'])).data).toMatchObject({
      config: { defaultDatabase: 'SHOP', account: 'acme-shop' },
      managedBy: 'command line',
    })
    const checked = await cli.json(['connection', 'check', 'shop'])
    expect(checked).toMatchObject({
      code: 0,
      data: {
        passed: true,
        steps: expect.arrayContaining([
          expect.objectContaining({ step: 'names', message: expect.stringContaining('SHOP completes them') }),
        ]),
      },
    })
    const file = await cli.file(
      'p.yaml',
      'pipelines: [{ name: p, type: s3QueryMining, connection: shop, options: { queryLog: { kind: s3, bucket: "file:///nowhere" } } }]',
    )
    await cli.run(['apply', '-f', file])
    expect(await cli.run(['connection', 'remove', 'shop'])).toMatchObject({ code: 2, stderr: expect.stringContaining('is used by p') })
    const broken = await cli.json(['pipeline', 'check', 'p'])
    expect(broken).toMatchObject({
      code: 3,
      data: {
        passed: false,
        steps: expect.arrayContaining([expect.objectContaining({ part: 'queryLog', step: 'directory', status: 'failed' })]),
      },
    })
    await cli.file('q.yaml', 'pipelines: [{ name: q, type: pipeline, dag: { tasks: { a: { run: publish } } } }]')
    await cli.run(['apply', '-f', join(cli.home, 'q.yaml')])
    expect((await cli.json(['pipeline', 'remove', 'p', 'nobody'])).code).toBe(2)
    expect((await cli.json(['pipeline', 'remove', 'p', 'q'])).data).toEqual({ removed: ['p', 'q'] })
    expect((await cli.json(['pipeline', 'list'])).data).toEqual([])
    expect((await cli.run(['pipeline', 'list'])).stdout).toContain('q was removed; its schedule leaves Temporal')
    expect((await cli.run(['connection', 'remove', 'shop'])).code).toBe(0)
  })
})
