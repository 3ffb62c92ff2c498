/**
 * Words by which the sources say that a query did not succeed: Snowflake FAIL, INCIDENT; Redshift failed, canceled, aborted; Hive ERROR, FAILED;
 * Synapse Failed, Cancelled; SQL Server's Query Store Aborted, Exception; Databricks FAILED, CANCELED; Athena FAILED, CANCELLED; Trino FAILED.
 */
const FAILED_WORDS: ReadonlySet<string> = new Set([
  'abort',
  'aborted',
  'canceled',
  'cancelled',
  'cancelling',
  'error',
  'errored',
  'exception',
  'fail',
  'failed',
  'failed_with_error',
  'failed_with_incident',
  'failure',
  'false',
  'incident',
  'killed',
  'rejected',
  'timed_out',
  'timeout',
])
/** Words of an error's own key (`error_code`, `aborted`) that mean "none". */
const NO_ERROR: ReadonlySet<string> = new Set(['', '0', 'false', 'none', 'null', 'n/a', 'f', 'no'])
/** Numbers of a plain status that mean success: 0 of codes, 1 of flags, 200 of HTTP. */
const GOOD_NUMBERS: ReadonlySet<number> = new Set([0, 1, 200])

export type IsFailed = (status: unknown) => boolean

/** Judges the values of one log's status key; the key's own name decides what a number or a flag means (`aborted: 1`, `success: true`). */
export function failedJudge(key: string, failedStatuses: readonly string[]): IsFailed {
  const words = new Set([...FAILED_WORDS, ...failedStatuses.map((status) => status.toLowerCase())])
  const meansError = /abort|err(or|_|$)|fail|cancel|exception/i.test(key)
  const extra = new Set(failedStatuses.map((status) => status.toLowerCase()))
  return (status) => {
    if (status === undefined || status === null) return false
    if (extra.has(String(status).toLowerCase())) return true
    if (meansError) return typeof status === 'object' || !NO_ERROR.has(String(status).trim().toLowerCase())
    if (typeof status === 'boolean') return !status
    if (typeof status === 'number') return !GOOD_NUMBERS.has(status)
    if (typeof status === 'object') return false
    const text = String(status).trim()
    return /^-?\d+$/.test(text) ? !GOOD_NUMBERS.has(Number(text)) : words.has(text.toLowerCase())
  }
}
