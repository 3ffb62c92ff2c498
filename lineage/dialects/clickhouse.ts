import { ansi } from './ansi.ts'
import { defineDialect, names, words } from './define.ts'
import type { Dialect } from './dialect.ts'

/** https://clickhouse.com/docs/sql-reference/aggregate-functions/reference, those that no other dialect has. */
const AGGREGATES = `UNIQ UNIQEXACT UNIQCOMBINED UNIQCOMBINED64 UNIQHLL12 UNIQTHETA ANY ANYLAST ANYHEAVY GROUPARRAY GROUPUNIQARRAY GROUPARRAYSORTED GROUPARRAYLAST GROUPARRAYINSERTAT
  GROUPARRAYMOVINGSUM GROUPARRAYMOVINGAVG GROUPBITAND GROUPBITOR GROUPBITXOR GROUPBITMAP GROUPCONCAT QUANTILES QUANTILEEXACT QUANTILEEXACTLOW QUANTILEEXACTHIGH QUANTILEEXACTWEIGHTED QUANTILETDIGEST
  QUANTILETDIGESTWEIGHTED QUANTILETIMING QUANTILETIMINGWEIGHTED QUANTILEDETERMINISTIC QUANTILEBFLOAT16 QUANTILEGK QUANTILEDD SUMWITHOVERFLOW SUMMAP SUMKAHAN SUMCOUNT MINMAP MAXMAP TOPK TOPKWEIGHTED
  STDDEVPOP STDDEVSAMP VARPOP VARSAMP COVARPOP COVARSAMP SKEWPOP SKEWSAMP KURTPOP KURTSAMP DELTASUM DELTASUMTIMESTAMP AVGWEIGHTED ENTROPY SIMPLELINEARREGRESSION WINDOWFUNNEL RETENTION SEQUENCEMATCH
  SEQUENCECOUNT EXPONENTIALMOVINGAVERAGE`

/** ClickHouse: database.table, all names case-sensitive. https://clickhouse.com/docs/sql-reference/syntax, …/statements/select */
export const clickhouse: Dialect = defineDialect({
  ...ansi,
  name: 'clickhouse',
  aliases: ['chdb'],
  sources: ['https://clickhouse.com/docs/sql-reference/syntax', 'https://clickhouse.com/docs/sql-reference/statements/select'],
  lexical: {
    ...ansi.lexical,
    backslashEscapes: true,
    nestedComments: true,
    hashComments: true,
    dollarQuotes: 'tagged',
    stringPrefixes: 'x b',
  },
  grammar: { ...ansi.grammar, fileTables: false, selectIntoTable: false, inTables: true, withExpressions: true },
  resolution: {
    ...ansi.resolution,
    tables: { unquoted: 'exact', quoted: 'exact' },
    columns: { unquoted: 'exact', quoted: 'exact' },
    aliases: { unquoted: 'exact', quoted: 'exact' },
    nameDepth: 2,
    defaultSchema: 'default',
    lateralAliases: true,
    aggregates: names(ansi.resolution.aggregates, AGGREGATES),
    aggregateSuffixes: [
      'IF',
      'ARRAY',
      'MAP',
      'SIMPLESTATE',
      'STATE',
      'MERGE',
      'MERGESTATE',
      'FOREACH',
      'DISTINCT',
      'ORDEFAULT',
      'ORNULL',
      'RESAMPLE',
      'ARGMIN',
      'ARGMAX',
    ],
    valuesColumns: { prefix: 'c', first: 1 },
    pseudoColumns: new Set([
      '_TABLE',
      '_DATABASE',
      '_PATH',
      '_FILE',
      '_PART',
      '_PARTITION_ID',
      '_SAMPLE_FACTOR',
      '_TOPIC',
      '_OFFSET',
      '_TIMESTAMP',
      '_KEY',
      '_TIME',
      '_SIZE',
    ]),
  },
  reserved: words(ansi.reserved, {
    add: ['FINAL', 'PREWHERE', 'SETTINGS', 'ARRAY', 'GLOBAL', 'ASOF', 'ANY', 'SEMI', 'ANTI', 'FORMAT', 'SAMPLE', 'OFFSET', 'PASTE'],
    drop: ['ILIKE', 'SIMILAR'],
  }),
})
