import { once } from 'node:events'
import { afterAll, expect, test } from '@jest/globals'
import { converse } from '../../activities/mining/converse.ts'
import { startThreads } from '../../worker/threads.ts'

const threads = startThreads({ count: 1, memoryMb: 128 })
afterAll(() => threads.close())

const { signal } = new AbortController()
const talk = { threads, task: { file: new URL('../support/answering-thread.ts', import.meta.url) }, start: {}, signal }
const never = new Promise<never>(() => undefined)

/** The pool has one thread: this is answered only when the one before has ended. */
async function isFree(): Promise<boolean> {
  return await converse(talk, async (port) => {
    port.postMessage({ type: 'hello' })
    const [answer] = await once(port, 'message')
    port.postMessage({ type: 'finish' })
    return (answer as { type: string }).type === 'hello'
  })
}

test('a thread that breaks at a message fails the conversation, whatever main waits for', async () => {
  const broken = converse(talk, async (port, thread) => {
    port.postMessage({ type: 'break' })
    await Promise.race([never, thread])
  })
  await expect(broken).rejects.toThrow('broken on purpose')
  expect(await isFree()).toBe(true)
})

test('what fails on main ends the thread, and so does the signal', async () => {
  await expect(converse(talk, () => Promise.reject(new Error('main failed')))).rejects.toThrow('main failed')
  expect(await isFree()).toBe(true)
  const stop = new AbortController()
  const stopped = converse({ ...talk, signal: stop.signal }, async (_port, thread) => {
    stop.abort(new Error('stopped'))
    await thread
  })
  await expect(stopped).rejects.toThrow('stopped')
  expect(await isFree()).toBe(true)
})
