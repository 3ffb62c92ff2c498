import type { PluginActivity } from '../../contracts/plugin.ts'
import type { TaskFunction } from '../task.ts'

/** A plugin's task as a task of ours: it is lent the host and its heartbeat, and sees neither Temporal nor the catalog. */
export function pluginTask(activity: PluginActivity): TaskFunction {
  return ({ call, host, heartbeat, checkpoint, manifest }) => {
    const { run, task, pipeline, window } = call
    const input = { run, task, pipeline, window, with: call.with, ...(call.item === undefined ? {} : { item: call.item }) }
    return activity.run(input, { ...host, heartbeat, checkpoint, list: manifest.write })
  }
}
