import { LodelineError } from '../../contracts/errors.ts'
import type { PluginActivity, TaskOutput } from '../../contracts/plugin.ts'
import type { TaskFunction } from '../task.ts'

/** A plugin's task as a task of ours: it is lent the host and its heartbeat, gets secrets instead of references to them, and sees neither Temporal nor the catalog. */
export function pluginTask(activity: PluginActivity): TaskFunction {
  return async ({ call, host, heartbeat, checkpoint, manifest, resolveSecrets }) => {
    const { run, task, pipeline, window } = call
    const input = {
      run,
      task,
      pipeline,
      window,
      with: await resolveSecrets(call.with),
      ...(call.item === undefined ? {} : { item: call.item }),
    }
    return outputOf(activity.name, await activity.run(input, { ...host, heartbeat, checkpoint, list: manifest.write }))
  }
}

/** Plugins in JavaScript give what they like: nothing stands for an empty result. */
function outputOf(name: string, given: unknown): TaskOutput {
  if (given === undefined || given === null) return {}
  if (typeof given === 'object' && !Array.isArray(given)) return given as TaskOutput // an object, as checked
  const kind = Array.isArray(given) ? 'a list' : `a ${typeof given}`
  throw new LodelineError('PLUGIN_INVALID', `The task ${name} gave ${kind}: a task gives an object of references and counters, or nothing`)
}
