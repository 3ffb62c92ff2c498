/** Text that both databases take, and keep alike: no NUL (Postgres' text has none), no half surrogates (UTF-8 has none). */
export function storable(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes('\u0000') ? whole.replaceAll('\u0000', '\uFFFD') : whole
}
