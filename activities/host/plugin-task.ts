import type { PluginActivity } from '../../contracts/plugin.ts'
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
    return activity.run(input, { ...host, heartbeat, checkpoint, list: manifest.write })
  }
}
