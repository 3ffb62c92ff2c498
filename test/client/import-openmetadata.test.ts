import { describe, expect, it } from '@jest/globals'
import { readDocuments } from '../../client/documents/read.ts'
import { importOpenMetadata } from '../../client/import/openmetadata.ts'
import { plugin } from '../../plugins/connectors/athena/plugin.ts'

const METADATA = `
source:
  type: athena
  serviceName: local athena
  serviceConnection:
    config:
      type: Athena
      scheme: awsathena+rest
      awsConfig:
        awsAccessKeyId: AKIAEXAMPLE
        awsSecretAccessKey: very-secret
        awsRegion: us-east-2
        assumeRoleArn: arn:aws:iam::123456789012:role/om
      s3StagingDir: s3://results/om/
      workgroup: bi
      databaseName: lake
      supportsProfiler: true
  sourceConfig:
    config:
      type: DatabaseMetadata
      markDeletedTables: true
      markAllDeletedTables: false
      includeStoredProcedures: true
      includeViews: false
      overrideMetadata: true
      threads: 8
      schemaFilterPattern: { includes: [sales.*], excludes: [tmp] }
      databaseFilterPattern: { includes: [default] }
      incremental: { enabled: true, lookbackDays: 7, safetyMarginDays: 1 }
sink: { type: metadata-rest, config: {} }
workflowConfig:
  loggerLevel: DEBUG
  openMetadataServerConfig: { hostPort: "http://localhost:8585/api" }
`
const USAGE = `
source:
  type: athena-usage
  serviceName: local athena
  sourceConfig:
    config: { type: DatabaseUsage, queryLogDuration: 3, stageFileLocation: /tmp/athena_usage, resultLimit: 1000 }
processor: { type: query-parser, config: {} }
`
const LINEAGE = `
source:
  type: athena-lineage
  serviceName: local athena
  sourceConfig:
    config: { type: DatabaseLineage, queryLogDuration: 1, parsingTimeoutLimit: 300, processViewLineage: true, tableFilterPattern: { excludes: [".*_tmp"] } }
`
const PROFILER = METADATA.replace('type: DatabaseMetadata', 'type: Profiler')

describe("OpenMetadata's workflows", () => {
  const { yaml, notes } = importOpenMetadata([METADATA, USAGE, LINEAGE, PROFILER].join('\n---\n'))
  const read = readDocuments('imported.yaml', yaml)

  it('become documents that apply', () => {
    expect(read.problems).toEqual([])
    expect(read.connections.map(({ value }) => value)).toEqual([
      {
        name: 'local-athena',
        connector: 'athena',
        config: {
          accessKeyId: 'AKIAEXAMPLE',
          region: 'us-east-2',
          assumeRoleArn: 'arn:aws:iam::123456789012:role/om',
          s3StagingDir: 's3://results/om/',
          workgroup: 'bi',
        },
        credentials: { secretAccessKey: 'env:AWS_SECRET_ACCESS_KEY' },
      },
    ])
    const [connection] = read.connections
    const config = { ...connection?.value.config, ...connection?.value.credentials }
    expect(plugin.connectors?.[0]?.config.safeParse(config).success).toBe(true)
    expect(
      read.pipelines.map(({ value: { name, type, options, logLevel } }) => ({
        name,
        type,
        options,
        ...(logLevel === undefined ? {} : { logLevel }),
      })),
    ).toEqual([
      {
        name: 'local-athena-metadata',
        type: 'metadataIngestion',
        logLevel: 'debug',
        options: {
          markDeletedTables: true,
          markDeletedFromFilterOnly: true,
          includeViews: false,
          override: true,
          threads: 8,
          schemaFilterPattern: { includes: ['sales.*'], excludes: ['tmp'] },
          incremental: { enabled: true, lookbackDays: 7, safetyMarginDays: 1 },
        },
      },
      { name: 'local-athena-usage', type: 'usageIngestion', options: { lookbackDays: 3 } },
      {
        name: 'local-athena-lineage',
        type: 'lineageIngestion',
        options: { lookbackDays: 1, viewLineage: true, tableFilterPattern: { includes: [], excludes: ['.*_tmp'] } },
      },
    ])
  })

  it('say what has no counterpart, and give no secret away', () => {
    expect(yaml).not.toContain('very-secret')
    for (const said of [
      'includeStoredProcedures: not taken over',
      'databaseFilterPattern: not taken over',
      'awsSecretAccessKey: not written here',
      'databaseName: not taken over',
      'stageFileLocation',
      'resultLimit',
      'parsingTimeoutLimit',
      'openMetadataServerConfig',
      'schedules',
      'Profiler: left out',
    ]) {
      expect(notes.join('\n')).toContain(said)
    }
  })

  it('what is allowed otherwise here is said, field by field', () => {
    const text = METADATA.replace('threads: 8', 'threads: 100\n      useFqnForFiltering: true')
      .replace('excludes: [tmp]', "excludes: ['a\\Z']")
      .replace('workgroup: bi', 'workgroup: ""')
      .replace('        awsSecretAccessKey: very-secret\n', '')
    const odd = importOpenMetadata(`${text}\n---\n${USAGE.replace('queryLogDuration: 3', 'queryLogDuration: 90')}`)
    for (const said of [
      'threads: 100 is 64 here',
      'useFqnForFiltering: full names are other ones here: `local-athena.AwsDataCatalog.database.table`',
      '`a\\Z` is no pattern here',
      'queryLogDuration: 90 is 45 here',
      'awsAccessKeyId: without its secret',
    ])
      expect(odd.notes.join('\n')).toContain(said)
    expect(odd.yaml).toContain('lookbackDays: 45')
    expect(odd.yaml).not.toContain('workgroup')
  })

  it('a usage workflow alone has no connection to apply, and says where it is', () => {
    const alone = importOpenMetadata(USAGE)
    expect(readDocuments('imported.yaml', alone.yaml).connections).toEqual([])
    expect(alone.notes.join('\n')).toContain('local-athena: the file has no serviceConnection')
  })

  it('OpenMetadata #5719, #6725: several workflows of one kind are several pipelines', () => {
    const { pipelines, problems } = readDocuments('imported.yaml', importOpenMetadata([METADATA, METADATA, METADATA].join('\n---\n')).yaml)
    expect(problems).toEqual([])
    expect(pipelines.map(({ value }) => value.name)).toEqual([
      'local-athena-metadata',
      'local-athena-metadata-2',
      'local-athena-metadata-3',
    ])
  })

  it('a connection without a region is said', () => {
    const { notes: said } = importOpenMetadata(METADATA.replace(/ +awsRegion: .*\n/, ''))
    expect(said.join('\n')).toContain('awsRegion is not there')
  })

  it('a file of something else is refused', () => {
    expect(() => importOpenMetadata('source: { type: mysql, serviceName: x }')).toThrow(/source\.type mysql/)
    expect(() => importOpenMetadata('a: 1')).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }))
    expect(() => importOpenMetadata('a: [')).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }))
  })
})
