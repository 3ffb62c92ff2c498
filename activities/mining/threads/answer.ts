import type { MessagePort } from 'node:worker_threads'

/** A thread's end of a port: answers every message, until `finish` is answered or the port is closed. What fails ends the thread's task. */
export async function answerMessages<To extends { readonly type: string }, From>(
  port: MessagePort,
  answer: (message: To) => Iterable<From>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    port.on('message', (message: To) => {
      try {
        for (const one of answer(message)) port.postMessage(one)
        if (message.type === 'finish') resolve()
      } catch (error) {
        reject(error)
      }
    })
    port.on('close', resolve)
  }).finally(() => port.close())
}
