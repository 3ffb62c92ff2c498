import type { MessagePort } from 'node:worker_threads'
import { answerMessages } from '../../activities/mining/threads/answer.ts'

/** A thread that echoes, and breaks at what it is told to break at. */
export async function run({ port }: { readonly port: MessagePort }): Promise<void> {
  await answerMessages(port, (message: { readonly type: string }) => {
    if (message.type === 'break') throw new Error('broken on purpose')
    return [message]
  })
}
