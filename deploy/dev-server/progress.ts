/** Says what a slow step is doing; one short line each. */
export type Say = (line: string) => void
