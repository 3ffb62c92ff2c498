import { miningTasks } from './mining/tasks.ts'
import { publish } from './publish.ts'
import { sensors } from './sensors.ts'
import type { TaskFunction } from './task.ts'

/** The built-in tasks, by the name a DAG's `run` gives. Plugins add theirs through the registry; a plugin's name never hides one of these. */
export const TASKS: Readonly<Record<string, TaskFunction>> = { ...miningTasks, ...sensors, publish }
