/** What a thread of the pool is given: which function of which module to run with which value. */
export interface ThreadCall {
  readonly file: string
  readonly name: string
  readonly value: unknown
  /** One number: when the function began, in milliseconds since 1970; 0 while the call waits for a thread, or for its module to be loaded. */
  readonly began: SharedArrayBuffer
}

/** Says when the work begins: the time it waited for a thread is not the work's own. */
export async function run({ file, name, value, began }: ThreadCall): Promise<unknown> {
  const module: Readonly<Record<string, unknown>> = await import(file)
  const work = module[name]
  if (typeof work !== 'function') throw new TypeError(`${file} exports no function ${name}`)
  new Float64Array(began)[0] = Date.now()
  return await work(value)
}
