/** Half-open UTC range [from, to), ISO strings. */
export interface Window {
  readonly from: string
  readonly to: string
}
