import type { Expr } from '../tree.ts'

/** Units of time that functions take as a bare word. DATE and TIME are no units here: they are more often columns. */
const UNIT =
  /^(?:(?:iso|day_?of|week_?of)?(?:year|yr|years|yy|yyyy|y|quarter|quarters|qtr|qq|q|month|months|mon|mons|mm|week|weeks|wk|ww|isoweek|isoyear|w|day|days|d|dd|dy|weekday|dw|dow|doy|hour|hours|hr|hrs|hh|h|minute|minutes|min|mins|mi|n|m|second|seconds|sec|secs|ss|s)|isodow|dayofweek(?:_?iso)?|dayofyear|weekiso|yearofweek(?:iso)?|epoch(?:_?(?:second|millisecond|microsecond|nanosecond)s?)?|timezone(?:_hour|_minute)?|millisecond(?:s)?|msec(?:s|onds?)?|ms|microsecond(?:s)?|usec(?:s|onds?)?|us|mcs|nanosecond(?:s)?|nsec(?:s)?|ns|century|centuries|decade|decades|millennium|millennia|day_(?:hour|minute|second|microsecond)|hour_(?:minute|second|microsecond)|minute_(?:second|microsecond)|second_microsecond|year_month|nsecond|sql_tsi_\w+)$/i

export function isUnit(text: string): boolean {
  return UNIT.test(text)
}

/** Functions with the unit first: DATEADD(day, 1, x); and those with it last: DATE_TRUNC(x, MONTH) of BigQuery. */
const FIRST =
  /^(?:DATEADD|DATEDIFF(?:_BIG)?|DATE_ADD|DATE_SUB|DATESUB|DATE_DIFF|DATEPART|DATE_PART|DATENAME|DATETRUNC|DATE_TRUNC|DATE_BUCKET|TIMESTAMPADD|TIMESTAMPDIFF|TIMESTAMP_ADD|TIMESTAMP_DIFF|TIMEADD|TIMEDIFF|TIME_ADD|MONTHS_BETWEEN|TRUNC|AGE)$/
const LAST =
  /^(?:(?:DATE|DATETIME|TIME|TIMESTAMP)_(?:TRUNC|DIFF|BUCKET)|TRUNC|LAST_DAY|NEXT_DAY|TIME_SLICE|ROUND|FLOOR|CEIL|DATEDIFF|DATETRUNC|GENERATE_\w+_ARRAY)$/

/** The arguments with a bare unit made a literal: it is no column. At most one, the longer word where both ends could be: of `month` and `d` the latter is a column. */
export function withoutUnit(upper: string, args: Expr[]): Expr[] {
  const last = args.length - 1
  if (last === 1 && FORMS.test(upper) && isForm(args[1])) return replaceUnit(args, 1)
  // TIMESTAMP_TRUNC(x, HOUR, 'UTC') (BigQuery): a time zone behind the unit
  if (last === 2 && args[2]?.kind === 'literal' && LAST.test(upper) && isUnitColumn(args[1])) return replaceUnit(args, 1)
  const atEnd = last > 0 && LAST.test(upper) && isUnitColumn(args[last])
  const atStart = last > 0 && FIRST.test(upper) && isUnitColumn(args[0])
  if (atEnd && !(atStart && unitLength(args[0]) > unitLength(args[last]))) return replaceUnit(args, last)
  return atStart ? replaceUnit(args, 0) : args
}

/** NORMALIZE(x, NFC): the form is a bare word. */
const FORMS = /^(?:IS_)?NORMALIZED?(?:_AND_CASEFOLD)?$/

function isForm(expr: Expr | undefined): boolean {
  return expr?.kind === 'column' && expr.parts.length === 1 && /^nfk?[cd]$/i.test(expr.parts[0]?.text ?? '')
}

function isUnitColumn(expr: Expr | undefined): boolean {
  if (expr?.kind === 'call') return expr.upper === 'WEEK' && expr.args.length <= 1
  if (expr?.kind !== 'column' || expr.parts.length !== 1) return false
  const part = expr.parts[0]
  return part !== undefined && !part.quoted && UNIT.test(part.text)
}

function unitLength(expr: Expr | undefined): number {
  return expr === undefined ? 0 : expr.to - expr.from
}

function replaceUnit(args: Expr[], index: number): Expr[] {
  const unit = args[index] as Expr
  args[index] = { kind: 'literal', type: 'other', text: '', from: unit.from, to: unit.to }
  return args
}
